"""Models by name, any provider: what they cost, how their tokens are counted, how they fail.

Here is what loads at once. What stands on LangChain's chat models, which take half a second, is
imported from its module: `resolve`, `openai_client`, `embeddings`.
"""

from synth_agent.models.prices import Price, price_of
from synth_agent.models.tokens import TokenCounter, counter_for

__all__ = ["Price", "TokenCounter", "counter_for", "price_of"]
