"""A token bucket for a limit per minute."""

from collections.abc import Callable

__all__ = ["Bucket"]


class Bucket:
    """Lets through at most so much in any minute.

    It holds a second's worth, so the first second's burst and a minute's refill together keep to
    the limit: both are a 61st of it. What is larger than the bucket goes when it is full, and the
    bucket is then below empty until that is paid off.
    """

    __slots__ = ("_clock", "_level", "_most", "_rate", "_since")

    def __init__(self, per_minute: int, clock: Callable[[], float]) -> None:
        if per_minute < 1:
            raise ValueError(f"a limit per minute is at least 1, not {per_minute}")
        self._rate = per_minute / 61
        self._most = max(1.0, self._rate)
        self._level = self._most
        self._clock = clock
        self._since = clock()

    def wait(self, amount: float) -> float:
        """Return the seconds until this much may go; 0 means now."""
        now = self._clock()
        self._level = min(self._most, self._level + (now - self._since) * self._rate)
        self._since = now
        missing = min(amount, self._most) - self._level
        # A rest of rounding must not cost another timer.
        return missing / self._rate if missing > 1e-9 else 0.0

    def take(self, amount: float) -> None:
        """Let this much go."""
        self._level -= amount

    def correct(self, amount: float) -> None:
        """Give back what was taken too much; a negative amount takes more."""
        self._level = min(self._most, self._level + amount)
