"""Which language is named, and which one a brief is written in."""

import re
from functools import cache
from typing import TYPE_CHECKING, Final

from synth_agent.brief.lexicon import FUNCTION_WORDS, MAKE
from synth_agent.brief.terms import Terms, vocabulary
from synth_agent.brief.tokens import normal

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

__all__ = ["DECIMAL_COMMA", "detect", "language_names", "language_tag"]

DECIMAL_COMMA: Final = frozenset({"de", "fr", "es", "it", "pt", "nl"})
"""Languages that write 1.500 for fifteen hundred and 1,5 for one and a half."""

_LONGER: Final = ("fil", "yue", "haw", "ckb", "gsw")
_OTHER_NAMES: Final = {
    "mandarin": "zh",
    "mandarin chinese": "zh",
    "castilian": "es",
    "castellano": "es",
    "farsi": "fa",
    "tagalog": "tl",
    "flemish": "nl-BE",
    "norwegian": "no",
    "american english": "en-US",
    "us english": "en-US",
    "uk english": "en-GB",
    "swiss german": "gsw",
    "latin american spanish": "es-419",
    "mexican spanish": "es-MX",
    "canadian french": "fr-CA",
    "deutsche": "de",
    "deutscher": "de",
    "deutschen": "de",
    "englische": "en",
    "englischen": "en",
    "französische": "fr",
    "französischen": "fr",
    "spanische": "es",
    "spanischen": "es",
    "italienische": "it",
    "anglaises": "en",
    "allemandes": "de",
    "espagnoles": "es",
    "françaises": "fr",
    "italiano": "it",
    "português": "pt",
    "nederlands": "nl",
    "polski": "pl",
    "svenska": "sv",
    "dansk": "da",
    "norsk": "no",
    "suomi": "fi",
    "čeština": "cs",
    "magyar": "hu",
    "română": "ro",
    "türkçe": "tr",
    "русский": "ru",
    "українська": "uk",
    "ελληνικά": "el",
    "العربية": "ar",
    "עברית": "he",
    "हिन्दी": "hi",
    "中文": "zh",
    "日本語": "ja",
    "한국어": "ko",
}
_SCRIPTS: Final = (
    (re.compile(r"[\u3040-\u30ff]"), "ja"),
    (re.compile(r"[\uac00-\ud7af]"), "ko"),
    (re.compile(r"[\u4e00-\u9fff]"), "zh"),
    (re.compile(r"[іїєґ]"), "uk"),
    (re.compile(r"[\u0400-\u04ff]"), "ru"),
    (re.compile(r"[\u0370-\u03ff]"), "el"),
    (re.compile(r"[\u0600-\u06ff]"), "ar"),
    (re.compile(r"[\u0590-\u05ff]"), "he"),
    (re.compile(r"[\u0e00-\u0e7f]"), "th"),
    (re.compile(r"[\u0900-\u097f]"), "hi"),
)
_QUOTED: Final = re.compile(r"\"[^\"\n]*\"|“[^”\n]*”|«[^»\n]*»|<[^>\n]*>|(?<!\w)'[^'\n]*'(?!\w)")
_WORDS: Final = re.compile(r"(?:qu|[dl])'|[^\W\d]+")
_LETTERS: Final = (("de", "äöüß"), ("fr", "èêçœàùî"), ("es", "ñ¿¡"))
_ONE_IS_ENOUGH: Final = {
    "de": vocabulary(
        "und mit für davon jeweils bitte sowie werden fragen beispiele datensätze bewertungen "
        "aufgaben nachrichten kundenbewertungen sätze textaufgaben"
    ),
    "fr": vocabulary("avec dont chaque réponses exemples lignes avis questions-réponses"),
    "es": vocabulary("sobre cada preguntas ejemplos respuestas reseñas mensajes correos"),
    "it": vocabulary("domande esempi sulla"),
}
"""Words that no other language writes so: one of them tells, where nothing is English."""
_CERTAIN: Final = 0.99
_ENOUGH: Final = 5_000  # characters; a language shows itself early, and briefs can be long


@cache
def language_names() -> Terms[str]:
    """Return the names of languages in English, German, French, Spanish and in themselves."""
    from babel import Locale

    names: dict[str, str] = {}
    for speaker in ("es", "fr", "de", "en"):
        for code, name in Locale(speaker).languages.items():
            if len(code) == 2 or "_" in code or code in _LONGER:
                names[normal(name)] = code.replace("_", "-")
    return Terms({**names, **_OTHER_NAMES})


def language_tag(text: str) -> str | None:
    """Return a BCP 47 tag in its usual form, or None if it is none that is known.

    >>> language_tag("pt_br"), language_tag("xx")
    ('pt-BR', None)
    """
    from babel import Locale, UnknownLocaleError

    try:
        return str(Locale.parse(text.replace("_", "-"), sep="-")).replace("_", "-")
    except (UnknownLocaleError, ValueError):
        return None


def detect(text: str) -> str:
    """Return the language that a brief is written in; English where nothing speaks strongly else.

    Counts function words, and words that only briefs have; a quotation does not count. Other
    alphabets speak for themselves when most letters are theirs.
    """
    sample = _QUOTED.sub(" ", text[:_ENOUGH])
    if script := _by_script(sample):
        return script
    found = _WORDS.findall(normal(sample))
    own = _spelled(sample.casefold())
    said = {language: _score(language, set(found)) for language in FUNCTION_WORDS}
    scores = {language: score + own.get(language, 0) for language, score in said.items()}
    best = max(scores, key=lambda language: scores[language])
    if best != "en" and scores[best] >= 2 and scores[best] > scores["en"]:
        return best
    if not scores["en"] and (plain := _by_one_word(set(found)) or (own.get(best) and best)):
        return plain
    if len(found) >= 8 and not any(said.values()):
        return _by_model(sample)
    return "en"


def _spelled(sample: str) -> dict[str, int]:
    """Return a point for the languages whose own letters stand in the text."""
    return {name: 1 for name, letters in _LETTERS if any(char in letters for char in sample)}


def _score(language: str, found: set[str]) -> int:
    makes = MAKE.get(language, frozenset()) - (MAKE["en"] if language != "en" else set())
    return len(FUNCTION_WORDS[language] & found) + 2 * len(makes & found)


def _by_one_word(found: set[str]) -> str | None:
    return next((name for name, own in _ONE_IS_ENOUGH.items() if own & found), None)


def _by_script(sample: str) -> str | None:
    letters = sum(char.isalpha() for char in sample)
    for pattern, language in _SCRIPTS:
        own = len(pattern.findall(sample))
        if own and own * 5 > letters and _foreign(sample) * 2 > letters:
            return language
    return None


def _foreign(sample: str) -> int:
    return sum(char.isalpha() and ord(char) > 0x36F for char in sample)


def _by_model(sample: str) -> str:
    language, probability = _identifier().classify(sample)
    return str(language) if probability > _CERTAIN else "en"


@cache
def _identifier() -> "LanguageIdentifier":
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
