"""A model's source of drafts: what each hand is given, the chain that writes, the critic.

Here is what loads at once; the rest stands on LangChain and is imported from its module.
"""

from synth_agent.writing.means import CONCURRENCY, Means

__all__ = ["CONCURRENCY", "Means"]
