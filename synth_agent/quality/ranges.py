"""Exact arithmetic on numbers that may have been rounded: a value and the bounds it lies within."""

from fractions import Fraction
from typing import Final, NamedTuple

__all__ = ["Range", "RangeError"]

_MOST_BITS: Final = 4096
_MOST_POWER: Final = 64


class RangeError(ArithmeticError):
    """A result that no record needs: too many digits, a division by zero, an odd exponent."""


class Range(NamedTuple):
    """A value and its bounds, low <= mid <= high."""

    low: Fraction
    mid: Fraction
    high: Fraction

    @classmethod
    def of(cls, value: Fraction, slack: Fraction = Fraction(0)) -> "Range":
        """Return value ± slack."""
        return cls(value - slack, value, value + slack)

    @property
    def exact(self) -> bool:
        """Whether nothing was rounded."""
        return self.low == self.high

    def plus(self, other: "Range") -> "Range":
        """Return the sum."""
        return Range(self.low + other.low, self.mid + other.mid, self.high + other.high)

    def negative(self) -> "Range":
        """Return the value with the other sign."""
        return Range(-self.high, -self.mid, -self.low)

    def times(self, other: "Range") -> "Range":
        """Return the product; raises RangeError."""
        corners = [a * b for a in (self.low, self.high) for b in (other.low, other.high)]
        return _bounded(Range(min(corners), self.mid * other.mid, max(corners)))

    def over(self, other: "Range") -> "Range":
        """Return the quotient; raises RangeError where the divisor may be zero."""
        if other.low <= 0 <= other.high:
            raise RangeError("division by what may be zero")
        return self.times(Range(1 / other.high, 1 / other.mid, 1 / other.low))

    def to(self, exponent: "Range") -> "Range":
        """Return the power; raises RangeError unless the exponent is a small integer."""
        if not exponent.exact or exponent.mid.denominator != 1 or abs(exponent.mid) > _MOST_POWER:
            raise RangeError("an exponent that is no small integer")
        if not self.exact and self.low < 0:
            raise RangeError("a power of what may be negative")
        power = int(exponent.mid)
        if abs(power) * max(_bits(self.low), _bits(self.high), _bits(self.mid)) > _MOST_BITS:
            raise RangeError("a power of too many digits")
        if power < 0:
            return Range.of(Fraction(1)).over(self.to(exponent.negative()))
        return Range(self.low**power, self.mid**power, self.high**power)

    def meets(self, other: "Range") -> bool:
        """Return whether both can be the same number."""
        return self.low <= other.high and other.low <= self.high


def _bits(value: Fraction) -> int:
    return value.numerator.bit_length() + value.denominator.bit_length()


def _bounded(value: Range) -> Range:
    if max(map(_bits, value)) > _MOST_BITS:
        raise RangeError("a result of too many digits")
    return value
