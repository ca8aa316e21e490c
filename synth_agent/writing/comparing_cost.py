"""What it costs to compare records by an embedder that is paid by the token."""

from math import ceil
from typing import Final

from synth_agent.models.prices import price_of
from synth_agent.models.tokens import counter_for
from synth_agent.schemas import DatasetSpec, Estimate
from synth_agent.store.embedders.resolve import is_remote
from synth_agent.writing.hand_size import TYPICAL_TOKENS
from synth_agent.writing.means import Means

__all__ = ["with_embeddings"]

_AGAIN: Final = 1.08
"""Drafts that are dropped are compared too."""
_AT_ONCE: Final = 128
"""Drafts that are compared by one request: at most 256, and fewer where few have come."""


def with_embeddings(estimate: Estimate, spec: DatasetSpec, means: Means) -> Estimate:
    """Return an estimate with what the spec's embedder adds, where that is somebody's model.

    Seeds are left out, for they are few; protected files are not, and are said to be so.
    """
    if spec.embedder is None or not is_remote(spec.embedder):
        return estimate
    texts = spec.count * _AGAIN
    tokens = ceil(texts * TYPICAL_TOKENS[spec.task])
    local = spec.embedder.startswith("openai:") and bool(
        means.access and means.access.openai_base_url
    )
    price = price_of(spec.embedder, local=local)
    known = estimate.cost_usd is not None and price is not None
    besides = ("embedding the protected files",) if spec.protect else ()
    return estimate.model_copy(
        update={
            "calls": estimate.calls + ceil(texts / _AT_ONCE),
            "tokens_in": estimate.tokens_in + tokens,
            "cost_usd": (estimate.cost_usd or 0) + price.cost(tokens, 0)
            if known and price
            else None,
            "exact_tokens": estimate.exact_tokens and counter_for(spec.embedder).exact,
            "besides": (*estimate.besides, *besides),
        }
    )
