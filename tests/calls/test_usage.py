from dataclasses import replace

from synth_agent.calls.usage import Usage
from tests.calls.test_ledger import answered


def test_answers_add_to_the_totals_of_earlier_sittings() -> None:
    usage = Usage(answered=2, tokens_in=10, tokens_out=5, cached=1, cost_usd=0.5)

    usage.add(replace(answered(), tokens_in=7, tokens_out=3, cached=2, cost_usd=0.25))
    usage.failed["server"] += 1

    assert (usage.tokens_in, usage.tokens_out, usage.cached) == (17, 8, 3)
    assert usage.cost_usd == 0.75
    assert (usage.answered, usage.requests) == (3, 4)


def test_one_answer_of_unknown_price_makes_the_cost_unknown_for_good() -> None:
    usage = Usage()

    usage.add(replace(answered(), cost_usd=None))
    usage.add(replace(answered(), cost_usd=0.25))

    assert usage.cost_usd is None
