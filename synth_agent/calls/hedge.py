"""A second request for stragglers: the first answer wins.

A request that takes far longer than its like mostly hangs. After three times the median of recent
answers, or twice their 95th percentile if that is longer, and half a second at least, it is sent
again, and the slower of the two is cancelled. So a hang at an endpoint of 200 ms costs 0.8 s
instead of the time-out. At most one call in twenty is sent twice, none before 20 answers are known.

Source: Dean and Barroso, The Tail at Scale, CACM 56(2), 2013.
"""

from typing import Final

__all__ = ["Hedge"]

_RECENT: Final = 128
_EVERY: Final = 16
"""Answers after which the delay is worked out anew."""


class Hedge:
    """Says when a request is a straggler; one for each model, for their latencies differ.

    Args:
        floor: Seconds below which no request is a straggler.
        share: Second requests among all, at most; 0 sends none.
        samples: Answers that must be known before.
    """

    def __init__(self, *, floor: float = 0.5, share: float = 0.05, samples: int = 20) -> None:
        if not 0 <= share <= 1:
            raise ValueError(f"a share is between 0 and 1, not {share}")
        self._floor = floor
        self._share = share
        self._samples = samples
        self._recent: list[float] = []
        self._seen = 0
        self._sent = 0
        self._hedged = 0
        self._delay: float | None = None

    @property
    def delay(self) -> float | None:
        """Seconds after which a request is a straggler; None while nobody knows."""
        return self._delay

    def began(self) -> None:
        """A request was sent."""
        self._sent += 1

    def answered(self, seconds: float) -> None:
        """A request was answered after so long."""
        if len(self._recent) < _RECENT:
            self._recent.append(seconds)
        else:
            self._recent[self._seen % _RECENT] = seconds
        self._seen += 1
        due = self._delay is None or self._seen % _EVERY == 0
        if self._share and self._seen >= self._samples and due:
            by_length = sorted(self._recent)
            median = by_length[len(by_length) // 2]
            slow = by_length[len(by_length) * 19 // 20]
            self._delay = max(self._floor, 3 * median, 2 * slow)

    def take(self) -> bool:
        """Return whether one more may be sent twice, and count it."""
        if self._hedged >= max(1.0, self._share * self._sent):
            return False
        self._hedged += 1
        return True
