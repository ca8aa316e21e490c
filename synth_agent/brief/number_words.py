"""Numbers, written with digits or in words: "2.5k", "two hundred and fifty", "half a million"."""

import re
from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from synth_agent.brief.terms import Terms
from synth_agent.brief.tokens import Token, normal

__all__ = ["FRACTIONS", "read_number"]

_UNITS: Final = {
    "en": "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen",
    "fr": "zéro _ deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze "
    "seize",
    "es": "cero _ dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince "
    "dieciséis diecisiete dieciocho diecinueve veinte veintiuno veintidós veintitrés veinticuatro "
    "veinticinco veintiséis veintisiete veintiocho veintinueve",
}
_MORE: Final = {
    "en": "twenty=20 thirty=30 forty=40 fourty=40 fifty=50 sixty=60 seventy=70 eighty=80 ninety=90",
    "fr": "vingt=20 trente=30 quarante=40 cinquante=50 soixante=60 quatre-vingt=80 "
    "quatre-vingts=80",
    "es": "treinta=30 cuarenta=40 cincuenta=50 sesenta=60 setenta=70 ochenta=80 noventa=90 "
    "cien=100 "
    "ciento=100 doscientos=200 doscientas=200 trescientos=300 trescientas=300 cuatrocientos=400 "
    "cuatrocientas=400 quinientos=500 quinientas=500 seiscientos=600 seiscientas=600 "
    "setecientos=700 setecientas=700 ochocientos=800 ochocientas=800 novecientos=900 "
    "novecientas=900",
}
_SCALES: Final = {
    "en": "dozen=12 dozens=12 hundred=100 hundreds=100 thousand=1000 grand=1000 million=1000000",
    "de": "dutzend=12 hundert=100 tausend=1000 million=1000000 millionen=1000000",
    "fr": "douzaine=12 douzaines=12 dizaine=10 centaine=100 cent=100 cents=100 mille=1000 "
    "million=1000000 millions=1000000 vingtaine=20 cinquantaine=50",
    "es": "docena=12 docenas=12 centenar=100 mil=1000 millón=1000000 millones=1000000",
}
_GERMAN: Final = {
    word: value
    for value, word in enumerate(
        [
            "null",
            "ein",
            "zwei",
            "drei",
            "vier",
            "fünf",
            "sechs",
            "sieben",
            "acht",
            "neun",
            "zehn",
            "elf",
            "zwölf",
            "dreizehn",
            "vierzehn",
            "fünfzehn",
            "sechzehn",
            "siebzehn",
            "achtzehn",
            "neunzehn",
        ]
    )
} | {
    "zwanzig": 20,
    "dreißig": 30,
    "vierzig": 40,
    "fünfzig": 50,
    "sechzig": 60,
    "siebzig": 70,
    "achtzig": 80,
    "neunzig": 90,
    "hundert": 100,
    "tausend": 1000,
}
_GERMAN_FOLDED: Final = {normal(word): value for word, value in _GERMAN.items()}
_GERMAN_PARTS: Final = re.compile("|".join(sorted((*_GERMAN_FOLDED, "und"), key=len, reverse=True)))

FRACTIONS: Final = Terms(
    {
        phrase: Fraction(part)
        for part, phrases in {
            "1/2": "half,a half,one half,one-half,½,die hälfte,hälfte,la moitié,moitié,la mitad,"
            "mitad",
            "1/3": "a third,one third,⅓,ein drittel,un tiers,un tercio",
            "2/3": "two thirds,⅔,zwei drittel,deux tiers,dos tercios",
            "1/4": "a quarter,one quarter,a fourth,¼,ein viertel,un quart,un cuarto",
            "3/4": "three quarters,three fourths,¾,drei viertel,trois quarts,tres cuartos",
            "1/5": "a fifth,one fifth,ein fünftel,un cinquième,un quinto",
            "1/10": "a tenth,one tenth,ein zehntel,un dixième",
        }.items()
        for phrase in phrases.split(",")
    }
)
"""Shares that have a name."""


def _numbered(text: str) -> dict[str, int]:
    pairs = (entry.rsplit("=", 1) for entry in text.split())
    return {normal(word).replace("-", " "): int(value) for word, value in pairs}


def _small(language: str) -> Terms[int]:
    names = {w: n for n, w in enumerate(_UNITS.get(language, "").split()) if w != "_"}
    return Terms(names | _numbered(_MORE.get(language, "")))


_SMALL: Final = {language: _small(language) for language in ("en", "fr", "es")}
_SCALE: Final = {language: Terms(_numbered(text)) for language, text in _SCALES.items()}
_ENOUGH: Final = 10**12  # a number beyond it is nonsense, however it goes on
_JOINING: Final = frozenset({"and", "y", "et"})
_ONE: Final = frozenset({"a", "an", "ein", "une", "un", "eine", "una"})


def read_number(
    tokens: Sequence[Token], at: int, language: str = "en"
) -> tuple[Fraction, int] | None:
    """Return the number that begins at a token and the index behind it, or None.

    Words are those of `language` and of English. An article counts as one before a scale only:
    "a hundred" is a number, "a question" is none.
    """
    if at >= len(tokens):
        return None
    if tokens[at].norm == "minus":
        below = read_number(tokens, at + 1, language)
        return below and (-below[0], below[1])
    if (special := _halved(tokens, at, language)) is not None:
        return special
    value, end = _digits(tokens, at)
    if value is not None:
        return _scaled(tokens, value, end, language)
    return _in_words(tokens, at, language)


def _digits(tokens: Sequence[Token], at: int) -> tuple[Fraction | None, int]:
    token = tokens[at]
    if token.kind != "number":
        return None, at
    return token.value, at + 1


def _scaled(
    tokens: Sequence[Token], value: Fraction, end: int, language: str
) -> tuple[Fraction, int]:
    while value < _ENOUGH and (scale := _term(_SCALE, tokens, end, language)) is not None:
        value, end = value * scale[0], scale[1]
    return value, end


def _halved(tokens: Sequence[Token], at: int, language: str) -> tuple[Fraction, int] | None:
    """Read "half a million", "half a dozen"."""
    if tokens[at].norm not in {"half", "demi", "halbe", "media", "medio"}:
        return None
    after = at + 1
    if after < len(tokens) and tokens[after].norm in _ONE:
        after += 1
    scale = _term(_SCALE, tokens, after, language)
    return scale and (Fraction(scale[0], 2), scale[1])


def _in_words(tokens: Sequence[Token], at: int, language: str) -> tuple[Fraction, int] | None:
    total, current, position, seen = Fraction(0), Fraction(0), at, False
    if tokens[at].norm in _ONE and _term(_SCALE, tokens, at + 1, language):
        position = at + 1
    elif (couple := _couple(tokens, at, language)) is not None:
        return couple
    while position < len(tokens) and current < _ENOUGH:
        start = position + (seen and tokens[position].norm in _JOINING)
        if (small := _small_at(tokens, start, language)) and _fits(current, small[0], language):
            current, position, seen = current + small[0], small[1], True
        elif start == position and (scale := _term(_SCALE, tokens, start, language)):
            current = (current or Fraction(1)) * scale[0]
            if scale[0] >= 1000:
                total, current = total + current, Fraction(0)
            position, seen = scale[1], True
        else:
            break
    return (total + current, position) if seen else None


def _couple(tokens: Sequence[Token], at: int, language: str) -> tuple[Fraction, int] | None:
    """Read "a couple of dozen"; "a couple of" alone is two."""
    start = at + (tokens[at].norm in _ONE)
    if tuple(token.norm for token in tokens[start : start + 2]) != ("couple", "of"):
        return None
    return _scaled(tokens, Fraction(2), start + 2, language)


def _small_at(tokens: Sequence[Token], at: int, language: str) -> tuple[int, int] | None:
    if at >= len(tokens):
        return None
    if language == "de" and (value := _german(tokens[at].norm)) is not None:
        return value, at + 1
    return _term(_SMALL, tokens, at, language)


def _fits(current: Fraction, small: int, language: str) -> bool:
    """Whether a word goes behind what stands: "two hundred" "fifty", "soixante" "quinze"."""
    if current == 0:
        return True
    for unit in (1000, 100, 20 if language == "fr" else 10, 10):
        if current % unit == 0:
            return small < unit
    return False


def _german(word: str) -> int | None:
    """Read a compound: "zweihundertfünfzig"."""
    parts = _GERMAN_PARTS.findall(word)
    if not parts or "".join(parts) != word or parts in (["ein"], ["und"]):
        return None
    total = current = 0
    for part in parts:
        if part == "und":
            continue
        value = _GERMAN_FOLDED[part]
        if value == 1000:
            total, current = (total + current or 1) * 1000, 0
        elif value == 100:
            current = (current or 1) * 100
        else:
            current += value
    return total + current


def _term(
    tables: dict[str, Terms[int]], tokens: Sequence[Token], at: int, language: str
) -> tuple[int, int] | None:
    for name in dict.fromkeys((language, "en")):
        if name in tables and (found := tables[name].match(tokens, at)):
            return found
    return None
