"""Somebody else's embeddings as an embedder."""

import asyncio
import random
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.embeddings import DeterministicFakeEmbedding
from langchain_core.exceptions import (
    ContextOverflowError,
    ModelAPIError,
    ModelAuthenticationError,
    ModelConnectionError,
    ModelError,
    ModelInvalidRequestError,
    ModelRateLimitError,
)

from synth_agent.calls import Budget, Retry, Spent
from synth_agent.errors import BudgetError, ConfigError, ProviderError, RunError
from synth_agent.models import counter_for
from synth_agent.models.failures import QuotaExhaustedError
from synth_agent.store.embedders.foreign import ForeignEmbedder
from synth_agent.store.embedders.sender import EmbeddingsLike, Terms
from synth_agent.store.embedders.shelf import MemoryShelf
from tests.store.embedders.model import Act, Asked, AskedAtOnce, lengths

KEY = "sk-test-0123456789abcdefghijklmnop"
PROBE = ["How wide is a vector?"]


def price(tokens_in: int, tokens_out: int, cached: int, /) -> float:
    """A dollar for a thousand tokens."""
    return tokens_in * 1e-3


def foreign(
    model: EmbeddingsLike, *, shelf: MemoryShelf | None = None, name: str = "far:m", **terms: Any
) -> ForeignEmbedder:
    quick = {"retry": Retry(attempts=3, base=0.001, rng=random.Random(1)), **terms}
    return ForeignEmbedder(model, name=name, threshold=0.9, shelf=shelf, terms=Terms(**quick))


def fail(error: BaseException) -> Act:
    def act(texts: list[str]) -> Any:
        raise error

    return act


def up_to(longest: int) -> Act:
    """Refuse all texts if one of them is too long."""

    def act(texts: list[str]) -> Any:
        if any(len(text) > longest for text in texts):
            raise ContextOverflowError("HTTP 400: too many tokens")
        return lengths(texts)

    return act


def test_vectors_are_normalised() -> None:
    one = foreign(Asked())

    rows = one.embed(["abc", "four"])

    assert rows.dtype == np.float32
    assert rows == pytest.approx(np.array([[3, 1, 1], [4, 2, 1]]) / [[11**0.5], [21**0.5]])
    assert (one.name, one.dimensions, one.threshold) == ("far:m", 3, 0.9)


def test_langchains_own_embeddings_fit() -> None:
    one = foreign(DeterministicFakeEmbedding(size=8))

    asyncio.run(one.prepare(["a", "b"]))

    assert one.embed(["b"]).shape == (1, 8)


def test_a_text_is_asked_for_once() -> None:
    model = Asked()
    one = foreign(model)

    first = one.embed(["same", "other", "same"])
    again = one.embed(["other", "same", "new"])

    assert model.asked == [["same", "other"], ["new"]]
    assert first[0].tobytes() == first[2].tobytes() == again[1].tobytes()


def test_what_is_on_the_shelf_is_not_asked_for() -> None:
    shelf = MemoryShelf()
    before = foreign(Asked(), shelf=shelf).embed(["a", "b"])
    model = Asked(fail(AssertionError("asked")))

    after = foreign(model, shelf=shelf).embed(["b", "a"])

    assert np.array_equal(after, before[::-1])


def test_a_vector_is_on_the_shelf_before_it_is_used() -> None:
    class Full(MemoryShelf):
        def put(self, rows: Sequence[tuple[bytes, bytes]], paid: Any) -> None:
            raise RunError("the disk is full")

    one = foreign(Asked(), shelf=Full())

    for _ in range(2):
        with pytest.raises(RunError, match="disk"):
            one.embed(["a"])


def test_what_was_prepared_is_not_asked_for_again() -> None:
    model = AskedAtOnce()
    one = foreign(model)

    async def work() -> Any:
        await one.prepare(["a", "bb"])
        await one.prepare(["bb", "ccc"])
        return one.embed(["a", "bb", "ccc"])

    assert asyncio.run(work()).shape == (3, 3)
    assert model.asked == [["a", "bb"], ["ccc"]]


def test_more_vectors_than_memory_keeps_come_from_the_shelf() -> None:
    model = Asked()
    one = foreign(model)
    texts = [f"text {number}" for number in range(2_300)]

    asyncio.run(one.prepare(texts))
    rows = one.embed(texts)

    assert np.array_equal(rows[[0, 2_299]], foreign(Asked()).embed([texts[0], texts[2_299]]))
    assert list(map(len, model.asked)) == [256] * 8 + [252]


def test_preparing_does_not_block_the_loop_where_the_model_does() -> None:
    async def work() -> bool:
        loop, came = asyncio.get_running_loop(), asyncio.Event()

        def act(texts: list[str]) -> Any:
            # It can only return when the loop goes round meanwhile.
            asyncio.run_coroutine_threadsafe(asyncio.sleep(0), loop).result()
            loop.call_soon_threadsafe(came.set)
            return lengths(texts)

        await foreign(Asked(act)).prepare(["a"])
        await came.wait()
        return True

    assert asyncio.run(work())


def test_who_prepares_at_once_shares_what_is_under_way() -> None:
    model = AskedAtOnce()
    one = foreign(model)

    async def work() -> None:
        await asyncio.gather(*(one.prepare(["a", f"b{n % 2}"]) for n in range(4)))

    asyncio.run(work())

    assert sorted(text for asked in model.asked for text in asked) == ["a", "b0", "b1"]


def test_who_waited_for_another_who_failed_asks_himself() -> None:
    model = AskedAtOnce(fail(ModelInvalidRequestError("HTTP 400: no")), lengths)
    one = foreign(model)

    async def work() -> Sequence[object]:
        return await asyncio.gather(one.prepare(["a"]), one.prepare(["a"]), return_exceptions=True)

    first, second = asyncio.run(work())

    assert isinstance(first, ProviderError)
    assert second is None


def test_it_works_inside_a_running_loop() -> None:
    one = foreign(Asked())

    async def notebook() -> Any:
        return one.embed(["a"])

    assert asyncio.run(notebook()).shape == (1, 3)


# ------------------------------------------------------------------------------ odd texts


@pytest.mark.parametrize("text", ["", "  ", "\n\t", "\ud800"])
def test_a_text_without_words_has_the_first_unit_vector_and_is_not_sent(text: str) -> None:
    model = Asked()

    rows = foreign(model).embed([text, "a"])

    assert rows[0].tolist() == [1, 0, 0]
    assert model.asked == [["a"]]


def test_nothing_but_texts_without_words_costs_a_look_at_the_width() -> None:
    model = Asked()

    assert foreign(model).embed([""]).tolist() == [[1, 0, 0]]
    assert model.asked == [PROBE]


def test_no_text_has_no_row() -> None:
    assert foreign(Asked()).embed([]).shape == (0, 3)


def test_half_a_surrogate_pair_does_not_go_out() -> None:
    model = Asked()

    foreign(model).embed(["caf\ud83d\u00e9"])

    assert model.asked == [["caf\u00e9"]]


def test_a_text_is_cut_at_the_limit_of_its_model() -> None:
    model = Asked()
    text = "seven parts were late at the press again " * 12_500

    foreign(model, name="openai:text-embedding-3-small").embed([text, "a"])

    (sent, other) = model.asked[0]
    tokens = counter_for("openai:text-embedding-3-small").text(sent)
    assert other == "a"
    assert text.startswith(sent)
    assert 7_000 < tokens <= 8_191 * 0.95


def test_a_text_that_is_refused_as_too_long_is_halved_until_it_is_taken() -> None:
    shelf, model = MemoryShelf(), Asked(up_to(100))

    rows = foreign(model, shelf=shelf).embed(["a" * 350, "short"])

    assert rows[0] == pytest.approx(np.array([87, 87, 1]) / np.linalg.norm([87, 87, 1]))
    assert [len(asked) for asked in model.asked] == [2, 1, 1, 1, 1]
    assert len(shelf.paid) == 2


@given(
    st.lists(st.integers(1, 40), min_size=1, max_size=12),
    st.integers(1, 20),
    st.lists(st.integers(1, 5), min_size=1, max_size=4),
)
def test_no_vector_depends_on_its_neighbours(
    sizes: list[int], longest: int, batches: list[int]
) -> None:
    texts = ["ab" * size for size in sizes]
    at_once = foreign(Asked(up_to(longest))).embed(texts)
    apart = foreign(Asked(up_to(longest)))

    at, rows = 0, list[Any]()
    while at < len(texts):
        width = batches[len(rows) % len(batches)]
        rows.append(apart.embed(texts[at : at + width]))
        at += width

    assert np.array_equal(np.concatenate(rows), at_once)


def test_a_model_that_takes_no_text_at_all_is_given_up() -> None:
    with pytest.raises(ProviderError, match="not even one letter"):
        foreign(Asked(up_to(0))).embed(["abc"])


def test_a_request_has_no_more_tokens_than_endpoints_take() -> None:
    model = Asked()
    texts = [f"{number} " + "word " * 40_000 for number in range(5)]

    foreign(model).embed(texts)

    assert [len(asked) for asked in model.asked] == [3, 2]


# ------------------------------------------------------------------------------ wrong answers

WRONG = pytest.mark.parametrize(
    ("act", "said"),
    [
        (lambda texts: lengths(texts)[1:], "expected 2 vectors, one a text, got 1"),
        (lambda texts: [[1.0, float("nan"), 1.0] for _ in texts], "NaN or infinity in vector 0"),
        (lambda texts: [[0.0, 0.0, 0.0] for _ in texts], "only zeros in vector 0"),
        (lambda texts: [[1.0], [1.0, 2.0]], "of one length, got 1 and 2"),
        (lambda texts: {"error": "no"}, "got dict"),
    ],
    ids=["too few", "nan", "zero", "ragged", "no vectors"],
)


@WRONG
def test_a_wrong_first_answer_is_the_users_to_mend(act: Act, said: str) -> None:
    with pytest.raises(ConfigError, match=rf"far:m answered wrongly.*{said}.*--embedder static"):
        foreign(Asked(act)).embed(["a", "b"])


@WRONG
def test_a_wrong_later_answer_ends_the_run_resumably(act: Act, said: str) -> None:
    one = foreign(Asked(lengths, act))
    one.embed(["before"])

    with pytest.raises(RunError, match=rf"{said}.*see to the model's server"):
        asyncio.run(one.prepare(["a", "b"]))


def test_another_width_than_in_an_earlier_sitting_is_noticed() -> None:
    shelf = MemoryShelf()
    foreign(Asked(), shelf=shelf).embed(["a"])
    wider = foreign(Asked(lambda texts: [[1.0] * 5 for _ in texts]), shelf=shelf)

    with pytest.raises(RunError, match="expected vectors of 3 numbers, as all before, got 5"):
        wider.embed(["a", "b"])


def test_a_wrong_answer_was_paid_for_and_nothing_of_it_is_kept() -> None:
    shelf = MemoryShelf()
    budget = Budget(tokens=1000)

    with pytest.raises(ConfigError):
        foreign(Asked(lambda _: []), shelf=shelf, budget=budget).embed(["one word"])

    assert [paid.tokens_in for paid in shelf.paid] == [2]
    assert budget.spent.tokens == 2
    assert foreign(Asked(), shelf=shelf).embed(["one word"]).any()


# ------------------------------------------------------------------------------ failures


@pytest.mark.parametrize(
    "error",
    [ModelAPIError("HTTP 503: busy"), ModelConnectionError("no"), ModelRateLimitError("HTTP 429")],
    ids=["server", "connection", "rate limit"],
)
def test_what_passes_is_tried_again(error: ModelError) -> None:
    model = AskedAtOnce(fail(error), fail(error), lengths)

    asyncio.run(foreign(model).prepare(["a"]))

    assert len(model.asked) == 3


@pytest.mark.parametrize(
    ("error", "asked", "said"),
    [
        (ModelAuthenticationError(f"HTTP 401: Incorrect API key: {KEY}"), 1, "authentication"),
        (QuotaExhaustedError("HTTP 429: insufficient_quota"), 1, "insufficient_quota"),
        (ModelAPIError("HTTP 500: no"), 3, "asked 3 times"),
        (RuntimeError("out of memory"), 1, "out of memory"),
    ],
    ids=["key", "quota", "server", "package"],
)
def test_what_stays_ends_the_run_resumably(error: Exception, asked: int, said: str) -> None:
    model = AskedAtOnce(fail(error))

    with pytest.raises(
        ProviderError, match=rf"far:m failed .*{said}.*see to its address"
    ) as caught:
        asyncio.run(foreign(model).prepare(["a"]))

    assert len(model.asked) == asked
    assert KEY not in f"{caught.value}{caught.value.__cause__}{caught.value.__context__}"


def test_a_mistake_in_the_users_own_class_is_shown_as_it_is() -> None:
    with pytest.raises(AttributeError, match="tokeniser"):
        foreign(Asked(fail(AttributeError("tokeniser")))).embed(["a"])


def test_a_model_that_does_not_answer_is_not_waited_for() -> None:
    class Silent(Asked):
        async def aembed_documents(self, texts: list[str], /) -> Any:
            await asyncio.Event().wait()

    with pytest.raises(ProviderError, match=r"no answer within 0.01 s"):
        asyncio.run(foreign(Silent(), timeout=0.01).prepare(["a"]))


def test_what_was_paid_for_before_a_failure_is_not_paid_for_again() -> None:
    shelf, texts = MemoryShelf(), [f"text {number}" for number in range(600)]
    broken = AskedAtOnce(lengths, lengths, fail(ModelInvalidRequestError("HTTP 400: no")))
    with pytest.raises(ProviderError):
        asyncio.run(foreign(broken, shelf=shelf).prepare(texts))
    model = AskedAtOnce()

    asyncio.run(foreign(model, shelf=shelf).prepare(texts))

    assert model.asked == [texts[512:]]


def test_who_is_stopped_leaves_the_texts_to_others() -> None:
    class Slow(AskedAtOnce):
        async def aembed_documents(self, texts: list[str], /) -> Any:
            await asyncio.sleep(0 if self.asked else 3600)
            return self._answer(texts)

    model = Slow()
    one = foreign(model)

    async def work() -> None:
        first = asyncio.create_task(one.prepare(["a"]))
        second = asyncio.create_task(one.prepare(["a"]))
        await asyncio.sleep(0)
        model.asked.append([])
        first.cancel()
        await second

    asyncio.run(work())

    assert model.asked[1:] == [["a"]]


# ------------------------------------------------------------------------------ money


def test_a_request_counts_against_the_budget() -> None:
    shelf, budget = MemoryShelf(), Budget(1.0, 100)
    one = foreign(AskedAtOnce(), shelf=shelf, budget=budget, price=price)

    asyncio.run(one.prepare(["one two three", "four"]))

    assert budget.spent == Spent(0.004, 4)
    (paid,) = shelf.paid
    assert (paid.model, paid.tokens_in, paid.cost_usd) == ("far:m", 4, 0.004)
    assert len(paid.key) == 16


@pytest.mark.parametrize("bound", [{"tokens": 5}, {"usd": 0.005}], ids=["tokens", "money"])
def test_a_budget_is_never_passed(bound: dict[str, Any]) -> None:
    model = AskedAtOnce()
    one = foreign(model, budget=Budget(**bound), price=price)

    with pytest.raises(BudgetError, match="budget"):
        asyncio.run(one.prepare(["one two three four five six"]))

    assert model.asked == []


def test_a_bound_on_money_needs_a_price() -> None:
    with pytest.raises(ConfigError, match=r"price of the embedder far:m is not known.*\$2"):
        foreign(Asked(), budget=Budget(2.0))


def test_a_failure_that_was_free_does_not_count() -> None:
    budget = Budget(tokens=100)
    free, dear = fail(ModelRateLimitError("HTTP 429")), fail(ModelAPIError("HTTP 502"))

    asyncio.run(foreign(AskedAtOnce(free, dear, lengths), budget=budget).prepare(["one"]))

    assert budget.spent.tokens == 2 + 1  # what may have been charged, and what was


def test_an_unknown_price_is_no_price() -> None:
    shelf = MemoryShelf()

    foreign(Asked(), shelf=shelf).embed(["a"])

    assert shelf.paid[0].cost_usd is None
