"""An arithmetic expression read from symbols and computed, with the bounds that rounding leaves.

Grammar: sums of products of powers of numbers, brackets and percentages; a number may carry units.
What is not understood makes the whole expression unreadable. Nothing is ever evaluated as code.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final, Literal, NamedTuple

from synth_agent.quality.measures import UNITS
from synth_agent.quality.ranges import Range, RangeError
from synth_agent.quality.symbols import Symbol
from synth_agent.quality.unit_words import ARTICLES, POWERS, UnreadableError, pass_units
from synth_agent.quality.written import SCALES, VULGAR, Written, read_written

__all__ = ["Calculation", "Reading", "calculate"]

_PERCENT: Final = frozenset({"percent", "pct", "percentage"})
_CENT: Final = Fraction(1, 100)
_FIVE: Final = Fraction(5, 100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How an expression is to be understood."""

    percent: Literal["share", "unit", "change"] = "share"
    """15 % is 0.15; or 15 of a unit; or, added, a change by 0.15 of what stands before."""
    european: bool = False
    by_fraction: bool = False
    """Behind a division sign, a/b is one number: 50 / 1/2 is 100."""
    rounded: frozenset[str] | None = frozenset()
    """Numbers known to be rounded; None: every number with decimals may be."""


@dataclass(slots=True)
class Calculation:
    """An expression's value, and what it was made of."""

    value: Range
    end: int
    """Index of the first symbol behind it."""
    signs: list[int] = field(default_factory=list)
    """Indices of the operators between operands."""
    numbers: list["Number"] = field(default_factory=list)
    measures: set[str] = field(default_factory=set)


class Number(NamedTuple):
    """A number of an expression."""

    text: str
    value: Fraction
    slack: Fraction
    """Half the worth of its last digit; 0 for a fraction."""


class _Part(NamedTuple):
    value: Range
    percent: bool = False


def calculate(symbols: Sequence[Symbol], at: int, reading: Reading) -> Calculation | None:
    """Return the longest expression that begins at a symbol; None if it is not understood."""
    parser = _Parser(symbols, at, reading)
    try:
        value = parser.sum()
    except (UnreadableError, RangeError, RecursionError):
        return None
    parser.found.value, parser.found.end = value, parser.at
    return parser.found


class _Parser:
    def __init__(self, symbols: Sequence[Symbol], at: int, reading: Reading) -> None:
        self.symbols = symbols
        self.at = at
        self.reading = reading
        self.found = Calculation(Range.of(Fraction(0)), at)

    def sum(self) -> Range:
        total = self.product().value
        while (sign := self._sign("+-")) is not None:
            part = self.product()
            value = part.value
            if part.percent and self.reading.percent == "change":
                value = value.times(total)
            total = total.plus(value.negative() if sign == "-" else value)
        return total

    def product(self) -> _Part:
        part, divided = self.factor(), False
        while True:
            if self._opens_at_once():
                if divided:
                    raise UnreadableError  # 6/2(1+2): nobody agrees
                part = _Part(part.value.times(self.factor().value))
            elif (sign := self._sign("*/")) is not None:
                other = self._divisor() if sign == "/" else self.factor().value
                divided = divided or sign == "/"
                part = _Part(part.value.over(other) if sign == "/" else part.value.times(other))
            elif self._of(part):
                part = _Part(part.value.times(self.factor().value))
            else:
                return part

    def _divisor(self) -> Range:
        value = self.factor().value
        if self.reading.by_fraction and self._sign("/") is not None:
            value = value.over(self.factor().value)
        return value

    def factor(self) -> _Part:
        if self._is("sign", "-"):
            self.at += 1
            part = self.factor()
            return _Part(part.value.negative(), part.percent)
        part = self.operand()
        if self._sign("^") is not None:
            return _Part(part.value.to(self.factor().value))
        if (raised := self._peek()) and raised.text in POWERS:
            self.found.signs.append(self.at)
            self.at += 1
            return _Part(part.value.to(Range.of(Fraction(POWERS[raised.text]))))
        return part

    def operand(self) -> _Part:
        money = self._is("money")
        if money and (sign := self._peek()):
            self.found.measures.add(UNITS[sign.text])
            self.at += 1
        symbol = self._peek()
        if symbol is None:
            raise UnreadableError
        if symbol.kind == "open":
            return self._bracket()
        if symbol.kind == "vulgar":
            self.at += 1
            return self._measured(symbol, Written(VULGAR[symbol.text], Fraction(0)), money=money)
        written = (
            read_written(symbol.text, european=self.reading.european)
            if symbol.kind == "number"
            else None
        )
        if written is None:
            raise UnreadableError
        self.at += 1
        return self._measured(symbol, self._mixed(written), money=money)

    def _bracket(self) -> _Part:
        self.at += 1
        value = self.sum()
        if not self._is("close"):
            raise UnreadableError
        self.at += 1
        percent = self._percent()
        self._units(self.symbols[self.at - 1].end)
        return _Part(self._share(value) if percent else value, percent)

    def _mixed(self, whole: Written) -> Written:
        """Return 2 1/2 and 2½ as one number."""
        near = self.symbols[self.at : self.at + 3]
        if whole.place != 1 or not near:
            return whole
        if near[0].kind == "vulgar":
            self.at += 1
            return Written(whole.value + VULGAR[near[0].text], Fraction(0))
        if self.reading.by_fraction and (bottom := self._bottom(near)):
            return Written(whole.value / bottom.value, Fraction(0))
        shape = [s.kind for s in near] == ["number", "sign", "number"] and near[1].text == "/"
        if shape and near[0].end == near[1].start and near[1].end == near[2].start:
            top, bottom = (read_written(near[i].text) for i in (0, 2))
            if top and bottom and top.value < bottom.value and bottom.place == top.place == 1:
                self.at += 3
                return Written(whole.value + top.value / bottom.value, Fraction(0))
        return whole

    def _bottom(self, near: Sequence[Symbol]) -> Written | None:
        """Pass over `/2`, without blanks around, and return the 2."""
        tight = len(near) > 1 and self.symbols[self.at - 1].end == near[0].start
        if not tight or near[0].text != "/" or near[0].end != near[1].start:
            return None
        bottom = read_written(near[1].text) if near[1].kind == "number" else None
        if bottom is None or not bottom.value:
            return None
        self.at += 2
        return bottom

    def _measured(self, symbol: Symbol, written: Written, *, money: bool) -> _Part:
        scale = self._scale(symbol.end)
        percent = scale == 1 and self._percent()
        self._units(symbol.end)
        value, slack = written.value * scale, written.place * scale / 2
        self.found.numbers.append(Number(symbol.text, value, slack))
        if not self._rounded(symbol.text, written, scale, money=money, percent=percent):
            slack = Fraction(0)
        range_ = Range.of(value, slack)
        return _Part(self._share(range_) if percent else range_, percent)

    def _rounded(
        self, text: str, written: Written, scale: int, *, money: bool, percent: bool
    ) -> bool:
        known = self.reading.rounded
        fine = written.place < 1
        if known is None:
            return fine
        if text in known:
            return True
        if percent and written.place == 1:
            return written.value % 5 != 0
        if not fine or (money and scale == 1):
            return False
        # 0.05, 0.25 and 1.5 were chosen; 0.83 and 12.7 may have been computed.
        digits = sum(letter.isdigit() for letter in text.lstrip("0."))
        chosen = digits < 2 or (
            digits == 2 and (written.place > _CENT or written.value % _FIVE == 0)
        )
        return scale > 1 or not chosen

    def _share(self, value: Range) -> Range:
        if self.reading.percent == "unit":
            return value
        return value.times(Range.of(Fraction(1, 100)))

    def _scale(self, end: int) -> int:
        symbol = self._peek()
        if symbol is None or symbol.kind != "word" or symbol.text not in SCALES:
            return 1
        if symbol.text == "k" and symbol.start != end:
            return 1
        self.at += 1
        return SCALES[symbol.text]

    def _percent(self) -> bool:
        symbol = self._peek()
        if symbol is None or not (symbol.kind == "percent" or symbol.text in _PERCENT):
            return False
        self.at += 1
        behind = self._peek()
        if behind and behind.kind in {"number", "vulgar"}:
            raise UnreadableError  # 17 % 5 is a remainder
        self.found.measures.add("%")
        return True

    def _units(self, end: int) -> None:
        self.at, measures = pass_units(self.symbols, self.at, end)
        self.found.measures |= measures

    def _of(self, part: _Part) -> bool:
        """Pass over `of`, which multiplies a share: 20% of 50, 1/4 of the 8."""
        symbol = self._peek()
        if symbol is None or symbol.text != "of":
            return False
        at = 1
        while at <= 2 and (word := self._peek(at)) and word.text in ARTICLES:
            at += 1
        behind = self._peek(at)
        if behind is None or behind.kind not in {"number", "money", "open", "vulgar"}:
            return False
        if not part.percent and part.value.mid >= 1:
            raise UnreadableError
        self.found.signs.append(self.at)
        self.at += at
        return True

    def _opens_at_once(self) -> bool:
        symbol = self._peek()
        if symbol is None or symbol.kind != "open" or symbol.text != "(":
            return False
        before = self.symbols[self.at - 1]
        if before.end != symbol.start or before.kind not in {"number", "close"}:
            return False
        self.found.signs.append(self.at)
        return True

    def _sign(self, signs: str) -> str | None:
        symbol = self._peek()
        if symbol is None:
            return None
        text = "*" if symbol.kind == "word" and symbol.text == "x" else symbol.text
        if text not in signs or (symbol.kind != "sign" and text != "*"):
            return None
        self.found.signs.append(self.at)
        self.at += 1
        return text

    def _peek(self, ahead: int = 0) -> Symbol | None:
        at = self.at + ahead
        return self.symbols[at] if 0 <= at < len(self.symbols) else None

    def _is(self, kind: str, text: str | None = None, *, at: int = 0) -> bool:
        symbol = self._peek(at)
        return symbol is not None and symbol.kind == kind and text in {None, symbol.text}
