"""Phrase rules for what is written: its language, file and layout."""

from typing import Final

from synth_agent.brief.cursor import Cursor
from synth_agent.brief.languages import language_tag
from synth_agent.brief.lexicon import AND, ARTICLES, DIFFICULTY, FLUFF, NOUNS, STOPS
from synth_agent.brief.readings import Match, Refused, Setting
from synth_agent.brief.terms import by_words, vocabulary
from synth_agent.schemas import LAYOUTS
from synth_agent.text import nearest_name

__all__ = ["layout", "layout_key", "output_format", "spoken_language"]

_IN_LANGUAGE: Final = vocabulary("in into auf en in im")

_FORMATS: Final = by_words(
    {
        "json": "json, json array",
        "jsonl": "jsonl, json lines, jsonlines, json l, ndjson",
        "csv": "csv, comma separated values, comma separated",
        "parquet": "parquet",
        "txt": "txt, text file, plain text, plaintext, textdatei, fichier texte, archivo de texto",
    }
)
_OTHER_FORMATS: Final = by_words(
    {"": "xml, yaml, yml, xlsx, excel, tsv, sql, pdf, docx, word, html, markdown, avro, pickle"}
)
_TO: Final = vocabulary(
    "as in to into a an of . output format : = als im in ein eine en un au format: formato "
    "comme valid file save export return single one using use the only just pure raw strict"
)
_FILE: Final = vocabulary(
    "file files format output array lines datei format fichier archivo dataset export list with "
    "formatted only"
)
_FORMAT_KEYS: Final = vocabulary("format output file filetype type ausgabe ausgabeformat formato")

_LAYOUTS: Final = by_words(
    {
        "alpaca": "alpaca",
        "sharegpt": "sharegpt, share gpt",
        "messages": "chatml, chat ml, messages, openai messages",
        "openai-sft": "openai fine tuning, openai finetuning, openai fine tune, openai chat, "
        "openai, "
        "openai sft, openai's fine tuning",
        "openai-dpo": "openai dpo, openai preference, openai preferences",
        "llama-factory": "llama factory, llamafactory",
        "prompt-completion": "prompt completion, prompt completions",
        "preference": "dpo, preference, trl dpo",
        "records": "records, plain records",
    }
)
_CLEAR_LAYOUTS: Final = frozenset({"sharegpt", "llama-factory", "openai-dpo"})
_LAYOUT_AFTER: Final = vocabulary("format layout style structure formatted")


def spoken_language(cursor: Cursor) -> Match | None:
    """Read "in French", "auf Deutsch", "Spanish questions", "language: pt-BR"."""
    begin = cursor.at
    if cursor.word("language", "lang", "sprache", "langue", "idioma"):
        return _language_key(cursor, begin)
    if cursor.any_of(_IN_LANGUAGE):
        return _in_language(cursor, begin)
    tag = cursor.language()
    code = len(cursor.brief.token(begin).text) < 3 and cursor.at - begin == 1
    if tag is None or code:
        return None
    end = cursor.at
    called = cursor.word("language")
    cursor.skip(FLUFF, limit=2)
    cursor.term(DIFFICULTY)
    cursor.label()
    called = called or cursor.term(NOUNS) is not None
    return Match(Setting("language", tag, 2), begin, end) if called else None


def _in_language(cursor: Cursor, begin: int) -> Match | None:
    cursor.any_of(ARTICLES)
    tag = cursor.spoken()
    if tag is None:
        return None
    cursor.word("language")
    end = cursor.at
    if cursor.word("and", "und", "et", "y", "or") and cursor.spoken() not in {None, tag}:
        said = cursor.brief.between(begin, cursor.at)
        line = f"expected one language, got {said!r}; make one dataset for each"
        return Match(Refused(line), begin, cursor.at)
    return Match(Setting("language", tag, 3), begin, end)


def _language_key(cursor: Cursor, begin: int) -> Match | None:
    if not cursor.word(":", "=", "is", "ist", "est", "es"):
        return None
    start = cursor.at
    tag = cursor.language()
    if tag is None:
        cursor.take()
        while cursor.peek().glued:
            cursor.take()
        tag = language_tag(cursor.brief.between(start, cursor.at))
    if tag is None:
        said = cursor.peek(start - cursor.at).text
        return Match(
            Refused(f"unknown language {said!r}; write it as 'fr' or 'French'"), begin, start
        )
    return Match(Setting("language", tag, 4), begin, cursor.at)


def output_format(cursor: Cursor) -> Match | None:
    """Read "Json file", "as CSV", "in JSONL", "output: parquet", "data.csv"."""
    begin = cursor.at
    before = cursor.peek(-1)
    name = cursor.term(_FORMATS)
    if name is None:
        return _other_format(cursor, begin)
    if (refused := _second_format(cursor, begin, name)) is not None:
        return refused
    token = cursor.peek()
    alone = before.kind in {"stop", "break"} or before.norm in {",", ";", "("}
    alone = alone and (token.kind != "word" or token.norm in STOPS | AND)
    after = cursor.any_of(_FILE)
    fielded = token.kind in {"angle", "braces"} or token.norm in {"keys", "columns", "fields"}
    if not (after or alone or fielded or before.norm in _TO):
        return None
    modifies = token.kind == "word" and token.norm not in STOPS | AND
    if modifies and not (after or fielded) and before.norm in {"a", "an", "in", "of", "the"}:
        return None
    return Match(Setting("output_format", name), begin, cursor.at)


def _second_format(cursor: Cursor, begin: int, name: str) -> Match | None:
    """Refuse "json and csv"."""
    end = cursor.at
    placed = cursor.brief.token(begin - 1).norm in _TO
    joined = placed and cursor.word("and", "or", "und", "et", "y")
    if joined and cursor.term(_FORMATS) not in {None, name}:
        said = cursor.brief.between(begin, cursor.at)
        line = f"expected one output format, got {said!r}; name one"
        return Match(Refused(line), begin, cursor.at)
    cursor.at = end
    return None


def _other_format(cursor: Cursor, begin: int) -> Match | None:
    if cursor.term(_OTHER_FORMATS) is None or cursor.peek(-2).norm not in {":", "="}:
        return None
    if cursor.peek(-3).norm not in _FORMAT_KEYS:
        return None
    said = cursor.brief.between(begin, cursor.at)
    line = f"unknown output format {said!r}; expected json, jsonl, csv, parquet or txt"
    return Match(Refused(line), begin, cursor.at)


def layout(cursor: Cursor) -> Match | None:
    """Read "alpaca format", "ShareGPT", "in the OpenAI fine-tuning format"."""
    begin = cursor.at
    slashed = cursor.phrase("prompt", "/", "completion")
    name = "prompt-completion" if slashed else cursor.term(_LAYOUTS)
    if name is None:
        return None
    said = cursor.peek(-1).norm
    cursor.word("json", "jsonl", "dataset")
    before = cursor.peek(begin - 1 - cursor.at)
    called = cursor.any_of(_LAYOUT_AFTER)
    if not called and said == "dpo" and before.norm not in {"about", "on"}:
        return Match(Setting("layout", name, 0), begin, cursor.at)
    if not called and name not in _CLEAR_LAYOUTS:
        placed = before.norm in {"in", "as"} and name in {"alpaca", "messages"}
        if not placed or not (cursor.at_end_of_clause or cursor.peek().norm in STOPS | {","}):
            return None
    return Match(Setting("layout", name), begin, cursor.at)


def layout_key(cursor: Cursor) -> Match | None:
    """Read "layout: sharegpt"; another name than the known ones is nonsense."""
    begin = cursor.at
    if not (cursor.word("layout") and cursor.word(":", "=")):
        return None
    start = cursor.at
    if (name := cursor.term(_LAYOUTS)) is not None:
        return Match(Setting("layout", name, 3), begin, cursor.at)
    if cursor.peek().kind != "word":
        return None
    said = cursor.take().text
    while cursor.peek().glued:
        said = cursor.brief.between(start, cursor.at + 1)
        cursor.take()
    close = nearest_name(said, LAYOUTS)
    hint = f"did you mean {close!r}?" if close else f"known: {', '.join(LAYOUTS)}"
    return Match(Refused(f"unknown layout {said!r}; {hint}"), begin, cursor.at)
