"""The exact value of a number as it is written, and the place that it was rounded to."""

import re
import unicodedata
from fractions import Fraction
from typing import Final, NamedTuple

__all__ = ["SCALES", "VULGAR", "Written", "read_written"]

SCALES: Final = {
    "k": 10**3,
    "hundred": 100,
    "thousand": 10**3,
    "million": 10**6,
    "mn": 10**6,
    "billion": 10**9,
    "bn": 10**9,
}
"""What a word behind a number multiplies it by."""
VULGAR: Final = {
    sign: Fraction(unicodedata.normalize("NFKC", sign).replace("\u2044", "/"))
    for sign in "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅐⅛⅜⅝⅞⅑⅒"
}
"""Fractions that are one character."""

_LONGEST: Final = 40
_ENGLISH: Final = re.compile(r"(?:\d+|\d{1,3}(?:[,'’\u00a0\u202f]\d{3})+)?(?:\.\d+)?")
_EUROPEAN: Final = re.compile(r"\d+,\d{1,2}|\d{1,3}(?:[.'’\u00a0\u202f]\d{3})+(?:,\d+)?")
_GROUPING: Final = re.compile(r"['’\u00a0\u202f]")


class Written(NamedTuple):
    """A number without sign."""

    value: Fraction
    place: Fraction
    """Worth of one step of the last digit: 1 for `12`, 1/100 for `0.25`."""


def read_written(token: str, *, european: bool = False) -> Written | None:
    """Return the value of digits and marks; None for a version, a date, a list or half a kilobyte.

    Args:
        token: Digits with inner marks, no sign, no unit.
        european: The comma is the decimal mark, the full stop groups thousands.

    >>> read_written("1,250.50")
    Written(value=Fraction(2501, 2), place=Fraction(1, 100))
    >>> read_written("1.250,5") is None
    True
    """
    if len(token) > _LONGEST or not token:
        return None
    if token.isdecimal():
        if token[0] == "0" and len(token) > 1:
            return None  # a code, a clock: 0730
        return Written(Fraction(int(token)), Fraction(1))
    if not (_EUROPEAN if european else _ENGLISH).fullmatch(token):
        return None
    plain = _GROUPING.sub("", token)
    plain = plain.replace(".", "").replace(",", ".") if european else plain.replace(",", "")
    return Written(Fraction(plain), Fraction(1, 10 ** len(plain.partition(".")[2])))
