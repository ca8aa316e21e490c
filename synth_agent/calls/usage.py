"""What the calls of a run have used, readable at any time."""

from collections import Counter
from dataclasses import dataclass, field

from synth_agent.calls.ledger import Answered

__all__ = ["Usage"]


@dataclass(slots=True)
class Usage:
    """Counts along; begin it with the ledger's totals of earlier sittings.

    What may have been charged without an answer (cut connections, time-outs) is not in here, for
    nobody knows what it cost; it counts against the budget (`Budget.spent`).
    """

    answered: int = 0
    """Requests with an answer."""
    replayed: int = 0
    """Calls answered from the ledger: nothing was sent or paid."""
    hedges: int = 0
    """Second requests that were sent because the first took long."""
    failed: Counter[str] = field(default_factory=Counter)
    """Attempts without an answer, by kind (`charges.kind_of`)."""
    tokens_in: int = 0
    tokens_out: int = 0
    cached: int = 0
    """Those of `tokens_in` that the provider had in its cache."""
    cost_usd: float | None = 0.0
    """None as soon as one answer's price is not known."""

    def add(self, answered: Answered) -> None:
        """Count an answer."""
        self.answered += 1
        self.tokens_in += answered.tokens_in
        self.tokens_out += answered.tokens_out
        self.cached += answered.cached
        known = self.cost_usd is not None and answered.cost_usd is not None
        self.cost_usd = (self.cost_usd or 0) + (answered.cost_usd or 0) if known else None

    @property
    def requests(self) -> int:
        """Requests that came to an end, answered or failed."""
        return self.answered + self.failed.total()
