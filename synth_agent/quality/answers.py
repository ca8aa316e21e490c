r"""The answer that a text ends with, and whether two answers are the same.

An answer is looked for in `\boxed{}`, then behind `####` and English markers ("The answer is"),
then as the option, the yes or no, or the last number that the text ends with.
"""

import re
from fractions import Fraction
from typing import Final, NamedTuple

from synth_agent.quality.symbols import plain_maths
from synth_agent.quality.written import SCALES, VULGAR, read_written
from synth_agent.text import fold

__all__ = ["final_answer", "same_answer"]

_BOX: Final = re.compile(r"\\(?:boxed|fbox)\s*\{")
_MARKER: Final = re.compile(
    r"####\s*|\b(?:final |correct |best |right )?(?:answer|solution|result|(?<=correct )option)\b"
    r"(?: choice| option)?"
    r"(?:\s+(?:to|for) [^.:\n]{1,60}?)?\s*(?:is\s*:|:|=|\bis\b|→)\s*(?:therefore |thus |simply )?",
    re.IGNORECASE,
)
_FIGURE: Final = re.compile(
    r"(?P<sign>[-−+](?:\s?(?=[$€£¥₹]))?)?(?P<money>[$€£¥₹]\s?)?(?P<second>[-−])?"
    r"(?:(?P<whole>\d+)\s)?(?:(?P<top>\d+)\s?/\s?(?P<bottom>\d+)"
    r"|(?P<number>\d+(?:[.,'’\u00a0\u202f]\d+)*|(?<![\d.])\.\d+)(?:\s?(?P<vulgar>[½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞]))?"
    r"|(?P<part>[½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞]))"
    r"(?:\s?(?P<percent>%|per ?cent\b|pct\b)"
    r"|\s?(?P<scale>k|hundred|thousand|million|mn|billion|bn)\b)?",
    re.IGNORECASE,
)
_CLOCK: Final = re.compile(r"\d{1,2}:\d{2}(?::\d{2})?(?:\s?[ap]\.?m\b\.?)?", re.IGNORECASE)
_STACKED: Final = re.compile(r"\(\((\d+)\)/\((\d+)\)\)")
"""How `plain_maths` writes a fraction."""
_OPTION: Final = re.compile(r"(?:option |choice )?(?:\(([A-Ja-j])\)|([A-J])(?=[).:,]|\s*$))")
_LAST_OPTION: Final = re.compile(r"\(([A-Ja-j])\)\W*$|\b(?:option|choice)\s+([A-J])\W*$")
_YES_NO: Final = re.compile(r"(yes|no|true|false)(?=\W*$|\s*[,.;:!])", re.IGNORECASE)
_END: Final = re.compile(r"\n|[.!?;](?=\s|$)")
_EDGES: Final = " \t\r\n*_`\"'“”‘’:,;"
_MOST_WORDS: Final = 12


class _Value(NamedTuple):
    value: Fraction
    place: Fraction
    """Worth of the last digit; 0 where the value is exact, 1 for whole numbers."""
    percent: bool = False


def final_answer(text: str) -> str | None:
    r"""Return the answer that a text ends with, as it is written, or None.

    >>> final_answer("3 + 4 = 7, so the answer is $7."), final_answer("It must be (B).")
    ('$7', 'B')
    """
    if boxed := _last_box(text):
        return _answer_in(plain_maths(boxed)) or boxed.strip() or None
    plain = plain_maths(text)
    markers = list(_MARKER.finditer(plain))
    for marker in reversed(markers):
        if answer := _answer_in(_clause(plain[marker.end() :])):
            return answer
    return _last_resort(plain)


def same_answer(a: str, b: str) -> bool:
    """Return whether two answers are the same.

    Numbers are compared by value, whatever their unit; of two with decimals the finer is rounded as
    the coarser is written; 50 %, 50 and 0.5 are the same. Others are compared as folded text.

    >>> same_answer("$1,250.50", "1250.5 dollars"), same_answer("3", "3.4")
    (True, False)
    """
    one, other = _value(a), _value(b)
    if one is not None and other is not None:
        return _same_value(one, other)
    if one is None and other is None:
        return _bare(a) == _bare(b)
    return False


def _last_box(text: str) -> str | None:
    found = None
    for match in _BOX.finditer(text):
        depth, at = 1, match.end()
        while at < len(text) and depth:
            depth += {"{": 1, "}": -1}.get(text[at], 0)
            at += 1
        found = text[match.end() : at - 1] if not depth else found
    return found


def _clause(text: str) -> str:
    """Return what a marker points to, up to the end of the sentence."""
    text = text.lstrip(_EDGES)
    end = _END.search(text)
    return text[: end.start()] if end else text


def _answer_in(clause: str) -> str | None:
    clause = _STACKED.sub(r"\1/\2", _undollared(clause.strip(_EDGES)))
    if "=" in clause:
        clause = clause.rpartition("=")[2].strip(_EDGES + "~≈ ")
    if option := _OPTION.match(clause):
        return (option[1] or option[2]).upper()
    if said := _YES_NO.match(clause):
        return said[1].lower()
    if clock := _CLOCK.match(clause):
        return clock[0]
    figures = list(_FIGURE.finditer(clause))
    if figures and (figures[0].start() == 0 or len(figures) == 1):
        return figures[0][0].strip()
    if figures:
        return figures[-1][0].strip()
    return clause if clause and len(clause.split()) <= _MOST_WORDS else None


def _undollared(text: str) -> str:
    """Return the text without the dollars that enclose formulas; a single one is money."""
    return text.replace("$", "").strip(_EDGES) if text.count("$") % 2 == 0 else text


def _last_resort(plain: str) -> str | None:
    if option := _LAST_OPTION.search(plain):
        return (option[1] or option[2]).upper()
    last = re.split(r"(?<=[.!?])\s+|\n+", plain.strip())[-1].lstrip(_EDGES)
    if (said := _YES_NO.match(last)) and len(last.split()) <= _MOST_WORDS:
        return said[1].lower()
    clocks = list(_CLOCK.finditer(plain))
    figures = list(_FIGURE.finditer(plain))
    if clocks and (not figures or clocks[-1].end() >= figures[-1].start()):
        return clocks[-1][0]
    if figures:
        return figures[-1][0].strip()
    said = _YES_NO.match(plain.lstrip(_EDGES))
    return said[1].lower() if said else None


def _value(answer: str) -> _Value | None:
    """Return the number that an answer is or begins with; None for a text."""
    answer = _STACKED.sub(r"\1/\2", _undollared(plain_maths(answer))).strip(_EDGES + "()[]{}~≈")
    match = _FIGURE.match(answer)
    if match is None or _CLOCK.match(answer) or answer[match.end() : match.end() + 1].isalnum():
        return None
    value = _magnitude(match)
    if value is None:
        return None
    negative = (match["sign"] or match["second"] or "+") in {"-", "−"} or "-" in (
        match["sign"] or ""
    )
    sign, scale = -1 if negative else 1, SCALES.get((match["scale"] or "").lower(), 1)
    return _Value(sign * value.value * scale, value.place * scale, bool(match["percent"]))


def _magnitude(match: re.Match[str]) -> _Value | None:
    whole = Fraction(match["whole"] or 0)
    if match["top"]:
        bottom = int(match["bottom"])
        return _Value(whole + Fraction(int(match["top"]), bottom), Fraction(0)) if bottom else None
    if match["part"]:
        return _Value(whole + VULGAR[match["part"]], Fraction(0))
    token = f"{match['whole']}\u202f{match['number']}" if match["whole"] else match["number"]
    written = read_written(token) or read_written(token, european=True)
    if written is None:
        return None
    if match["vulgar"]:
        return _Value(written.value + VULGAR[match["vulgar"]], Fraction(0))
    return _Value(written.value, written.place)


def _same_value(one: _Value, other: _Value) -> bool:
    if one.percent != other.percent:
        share, plain = (one, other) if one.percent else (other, one)
        as_share = _Value(share.value / 100, share.place / 100)
        return _close(share, plain) or _close(as_share, plain)
    return _close(one, other)


def _close(one: _Value, other: _Value) -> bool:
    """Return whether the finer is the coarser, rounded; whole numbers must be equal."""
    coarse = max(one.place, other.place)
    slack = coarse / 2 if coarse < 1 else Fraction(0)
    return abs(one.value - other.value) <= slack


def _bare(answer: str) -> str:
    return fold(plain_maths(answer).strip("()[]*$ ")).strip("()[]*$ ")
