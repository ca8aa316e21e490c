"""The bound of a run on money and tokens: one for all that is paid, in all of its sittings."""

from collections.abc import Iterator
from contextlib import contextmanager

import orjson

from synth_agent.calls.budget import Budget, Spent
from synth_agent.pipeline import Run
from synth_agent.writing.means import Means

__all__ = ["bounded"]


@contextmanager
def bounded(run: Run, means: Means) -> Iterator[Budget]:
    """Give the budget of a run, with all that earlier sittings spent or may have spent.

    At the end it is written down what may have been charged without an answer.
    """
    paid = run.journal.paid()
    usd, tokens = orjson.loads(run.journal.meta("forfeited") or "[0, 0]")
    spent = Spent(paid.cost_usd + usd, paid.tokens_in + paid.tokens_out + tokens)
    go_on = f"synth-agent resume {run.path}"
    budget = Budget(means.budget_usd, means.budget_tokens, spent=spent, resume=go_on)
    try:
        yield budget
    finally:
        paid, spent = run.journal.paid(), budget.spent
        forfeited = (spent.usd - paid.cost_usd, spent.tokens - paid.tokens_in - paid.tokens_out)
        if any(forfeited):
            run.journal.set_meta(forfeited=orjson.dumps(forfeited).decode())
