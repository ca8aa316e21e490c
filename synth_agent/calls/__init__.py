"""Paid model calls: journalled, within a budget, throttled, tried again, stopped when it is no use.

`synth_agent.calls.paid.PaidModel` is the chat model that does it all. It is imported from its own
module, because LangChain's chat models take a second to load and this folder is read by the command
line as well.
"""

from synth_agent.calls.breaker import Breaker
from synth_agent.calls.budget import Budget, Price, Spent
from synth_agent.calls.hands import HandCalls, belonging_to
from synth_agent.calls.hedge import Hedge
from synth_agent.calls.ledger import Answered, Grouping, Ledger, MemoryLedger
from synth_agent.calls.retry import Retry
from synth_agent.calls.throttle import Throttle
from synth_agent.calls.usage import Usage

__all__ = [
    "Answered",
    "Breaker",
    "Budget",
    "Grouping",
    "HandCalls",
    "Hedge",
    "Ledger",
    "MemoryLedger",
    "Price",
    "Retry",
    "Spent",
    "Throttle",
    "Usage",
    "belonging_to",
]
