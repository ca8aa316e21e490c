"""Phrase rules for what is written: language, file, layout, line format, seed, duplicates, pack."""

import re
from typing import Final

from synth_agent.brief.cursor import Cursor
from synth_agent.brief.languages import language_tag
from synth_agent.brief.lexicon import AND, ARTICLES, DIFFICULTY, FLUFF, NOUNS, STOPS
from synth_agent.brief.readings import Ignored, Match, Refused, Setting
from synth_agent.brief.terms import Terms, by_words, vocabulary
from synth_agent.schemas import LAYOUTS, METHODS
from synth_agent.text import nearest_name

__all__ = [
    "duplicates",
    "layout",
    "layout_key",
    "line_format",
    "method",
    "output_format",
    "pack",
    "section",
    "seed",
    "spoken_language",
]

_SECTIONS: Final = vocabulary(
    "instruction instructions input inputs output outputs context goal objective task description "
    "prompt requirements details request background notes format response rules constraints your "
    "aufgabe ausgabe eingabe sortie entrée salida entrada system user human"
)
_IN_LANGUAGE: Final = vocabulary("in into auf en in im")
_NOT_LANGUAGE: Final = vocabulary("history culture cuisine literature law grammar restaurants")

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
    "comme valid file save export return single one using use the"
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
        "openai-sft": "openai fine tuning, openai finetuning, openai fine tune, openai chat, openai, "
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
_SPLIT_NAMES: Final = Terms({"prompt": "prompt", "completion": "completion"})

_FORMAT_WORDS: Final = vocabulary(
    "format formats template pattern formatted form formato formatiert"
)
_PLACEHOLDER: Final = re.compile(r"<[^<>\n]{1,80}>")
_CURLY: Final = re.compile(r"\{([^\W\d]\w{0,60})\}")
_AFTER_TEMPLATE: Final = re.compile(r"[.!?](?=\s+[^\W\da-z_])|\n")
_METHODS: Final = Terms(
    {name.replace("_", " "): name for name in METHODS} | {n: n for n in METHODS}
)


def section(cursor: Cursor) -> Match | None:
    """Pass over "## instruction:", "## Output"."""
    begin = cursor.at
    heading = cursor.peek().kind == "heading"
    if heading:
        cursor.take()
    elif cursor.peek(-1).kind not in {"stop", "break"}:
        return None
    words = cursor.skip(_SECTIONS, limit=3)
    if heading and (not words or cursor.word(":") or cursor.peek().kind == "break"):
        return Match(Ignored(), begin, cursor.at)
    if words and cursor.peek().norm == ":" and cursor.peek(1).kind == "break":
        return Match(Ignored(), begin, cursor.at + 1)
    return None


def line_format(cursor: Cursor) -> Match | None:
    """Read "use this format: Q: <sentence>A: <sentiment>" and the same in quotes or lines."""
    begin = cursor.at
    if not cursor.any_of(_FORMAT_WORDS):
        return None
    for _ in range(8):
        token = cursor.peek()
        if token.kind in {"quoted", "angle"} or token.norm in {":", "="}:
            break
        if cursor.at_end_of_clause:
            return None
        cursor.take()
    token = cursor.peek()
    if token.kind == "quoted" and (template := _template(token.inner)):
        return Match(Setting("line_format", template), begin, cursor.at + 1)
    if token.kind != "angle" and token.norm not in {":", "="}:
        return None
    place = token.start if token.kind == "angle" else token.end
    quoted = cursor.peek(1)
    if quoted.kind == "quoted" and (template := _template(quoted.inner)):
        return Match(Setting("line_format", template), begin, cursor.at + 2)
    return _raw_template(cursor, begin, place)


def _template(text: str) -> str | None:
    text = text.strip()
    if not _PLACEHOLDER.search(text):
        text = _CURLY.sub(r"<\1>", text)
    holes = _PLACEHOLDER.findall(text)
    if not holes or any("," in hole for hole in holes):
        return None
    return text


def _raw_template(cursor: Cursor, begin: int, place: int) -> Match | None:
    text = cursor.brief.text
    end = _template_end(text, place)
    template = _template(text[place:end])
    if template is None or _only_list(template):
        return None
    while cursor.at < len(cursor.brief.tokens) and cursor.peek().start < end:
        cursor.take()
    return Match(Setting("line_format", template), begin, cursor.at)


def _only_list(template: str) -> bool:
    """Whether fields are only listed, with nothing to write between them."""
    return not re.sub(r"<[^<>]*>", "", template).strip()


def _template_end(text: str, place: int) -> int:
    """Return where the template ends: its line, and the next lines while they have fields."""
    end = place
    limit = min(len(text), place + 2_000)
    while end < limit:
        line = text.find("\n", end, limit)
        line = limit if line < 0 else line
        holes = [m.end() for m in re.finditer(r"<[^<>\n]{1,80}>|\{\w{1,60}\}", text[end:line])]
        if not holes:
            if text[end:line].strip():
                break
            end = line + 1
            continue
        last = end + holes[-1]
        stop = _AFTER_TEMPLATE.search(text, last, line)
        if stop is not None:
            return stop.start()
        end = line + 1
    return len(text[:end].rstrip().removesuffix("."))


def spoken_language(cursor: Cursor) -> Match | None:
    """Read "in French", "auf Deutsch", "Spanish questions", "language: pt-BR"."""
    begin = cursor.at
    if cursor.word("language", "lang", "sprache", "langue", "idioma"):
        return _language_key(cursor, begin)
    if cursor.any_of(_IN_LANGUAGE):
        cursor.any_of(ARTICLES)
        tag = cursor.spoken()
        if tag is None:
            return None
        cursor.word("language")
        if cursor.word("and", "und", "et", "y", "or") and cursor.spoken() not in {None, tag}:
            said = cursor.brief.between(begin, cursor.at)
            line = f"expected one language, got {said!r}; make one dataset for each"
            return Match(Refused(line), begin, cursor.at)
        return Match(Setting("language", tag, 3), begin, cursor.at)
    tag = cursor.language()
    if tag is None or (len(cursor.brief.token(begin).text) < 3 and cursor.at - begin == 1):
        return None
    end = cursor.at
    if cursor.word("language"):
        return Match(Setting("language", tag, 2), begin, cursor.at)
    cursor.skip(FLUFF, limit=2)
    cursor.term(DIFFICULTY)
    cursor.term(cursor.brief.labels)
    named = cursor.term(NOUNS) is not None
    return Match(Setting("language", tag, 2), begin, end) if named else None


def _language_key(cursor: Cursor, begin: int) -> Match | None:
    if not cursor.word(":", "=", "is", "ist", "est", "es"):
        return None
    start = cursor.at
    tag = cursor.language()
    if tag is None:
        while cursor.at - start < 3 and (cursor.at == start or cursor.peek().glued):
            cursor.take()
        tag = language_tag(cursor.brief.between(start, min(cursor.at, len(cursor.brief.tokens))))
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
    if placed and cursor.word("and", "or", "und", "et", "y"):
        if cursor.term(_FORMATS) not in {None, name}:
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


def seed(cursor: Cursor) -> Match | None:
    """Read "seed 42", "random seed: 42", "seed=42"."""
    begin = cursor.at
    cursor.word("random")
    if not cursor.word("seed"):
        return None
    cursor.word(":", "=", "of", "is", "to")
    value = cursor.number()
    if value is None:
        return None
    if value.denominator != 1 or not 0 <= value < 2**63:
        line = f"seed: expected a whole number of 0 or more, got {float(value):g}"
        return Match(Refused(line), begin, cursor.at)
    return Match(Setting("seed", int(value)), begin, cursor.at)


def duplicates(cursor: Cursor) -> Match | None:
    """Read "dedup threshold 0.85", "similarity below 0.8", "no dedup", "no duplicates"."""
    begin = cursor.at
    no = cursor.word("no", "without", "skip", "disable", "allow", "keep")
    cursor.word("near")
    if not cursor.word("dedup", "deduplication", "similarity", "duplicate", "duplicates", "dedupe"):
        return None
    if no:
        off = cursor.peek(-1).norm.startswith("dedup") or cursor.brief.token(begin).norm == "allow"
        found = Setting("dedup_threshold", "off") if off else Ignored()
        return Match(found, begin, cursor.at)
    cursor.skip(vocabulary("threshold of : = at below under is above limit cosine"), limit=4)
    value = cursor.number()
    if value is None:
        return None
    if cursor.word("%", "percent"):
        value /= 100
    return Match(Setting("dedup_threshold", float(value)), begin, cursor.at)


def method(cursor: Cursor) -> Match | None:
    """Read "method: self-instruct", "using the persona method"."""
    begin = cursor.at
    if cursor.word("method") and cursor.word(":", "="):
        name = cursor.term(_METHODS)
        return Match(Setting("method", name), begin, cursor.at) if name else None
    cursor.at = begin
    cursor.word("the")
    name = cursor.term(_METHODS)
    if name is None or not cursor.word("method"):
        return None
    return Match(Setting("method", name), begin, cursor.at)


def pack(cursor: Cursor) -> Match | None:
    """Read "use the finance pack", "pack: industrial"."""
    begin = cursor.at
    if cursor.word("pack"):
        token = cursor.peek(1)
        if not cursor.word(":", "=") or token.kind not in {"word", "quoted"}:
            return None
        cursor.take()
        return Match(Setting("pack", token.inner or token.text), begin, cursor.at)
    if not cursor.word("use", "using", "with", "from"):
        return None
    cursor.any_of(ARTICLES)
    token = cursor.take()
    if token.kind not in {"word", "quoted"} or not cursor.word("pack"):
        return None
    if cursor.peek().kind == "word" and cursor.peek().norm not in STOPS | AND:
        return None
    return Match(Setting("pack", token.inner or token.text), begin, cursor.at)
