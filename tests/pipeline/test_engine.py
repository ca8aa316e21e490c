import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import aclosing

import orjson
import pytest

from synth_agent.errors import AnswerError, BudgetError, ConfigError, ProviderError
from synth_agent.pipeline import (
    BatchDone,
    DealtHand,
    Event,
    Finished,
    Judge,
    Nearness,
    Run,
    Started,
    cell_counts,
    missing,
    run_slots,
)
from synth_agent.schemas import Ask, Draft
from tests.fakes import SeededHands, SeededSource, WantsOutput
from tests.workers import work

MakeRun = Callable[..., Run]


async def watch(run: Run, source: SeededSource, **options: object) -> list[Event]:
    judge = Judge.of(run, WantsOutput())
    return [event async for event in run_slots(run, source, judge, **options)]  # type: ignore[arg-type]  # options of a test


def test_every_slot_gets_its_record_and_losses_are_made_up(make_run: MakeRun) -> None:
    run = make_run(labels={"ham": 300, "spam": 700})

    finished = asyncio.run(work(run, SeededSource(different=5000)))

    records = list(run.journal.records())
    assert (finished.status, finished.accepted, finished.asked) == ("complete", 1000, 1000)
    assert [record.slot for record in records] == list(range(1000))
    assert Counter(r.payload["label"] for r in records) == {"ham": 300, "spam": 700}
    assert len({str(r.payload["text"]) for r in records}) == 1000
    assert set(finished.rejected) == {"constraint", "empty", "duplicate"}
    assert finished.rejected == run.journal.rejected()
    assert missing(cell_counts(run)) == []


def test_events_add_up(make_run: MakeRun) -> None:
    run = make_run(labels={"ham": 600})

    started, *batches, finished = asyncio.run(watch(run, SeededSource()))

    assert started == Started(600, 0, {})
    assert isinstance(finished, Finished)
    streamed = [r for b in batches if isinstance(b, BatchDone) for r in b.records]
    assert sorted(streamed, key=lambda record: record.slot) == list(run.journal.records())
    last = batches[-1]
    assert isinstance(last, BatchDone)
    assert (last.accepted, last.rejected) == (finished.accepted, finished.rejected)


def test_a_record_says_what_it_passed(make_run: MakeRun) -> None:
    run = make_run()
    asyncio.run(work(run, SeededSource()))

    provenance = next(run.journal.records()).provenance

    assert provenance.checks == ("empty",)
    assert provenance.form.startswith("form ")


def test_a_repeat_names_the_record_it_repeats(make_run: MakeRun) -> None:
    run = make_run(labels={"ham": 5}, max_attempts=50)
    asyncio.run(work(run, SeededSource(different=5, faultless=True)))

    texts = {record.slot: record.payload["text"] for record in run.journal.records()}
    repeats = [r for r in run.journal.rejects() if r.reason == "duplicate"]

    assert len(texts) == 5
    assert repeats
    for repeat in repeats:
        owner = int(repeat.detail.removeprefix("the same as record "))
        assert texts[owner] == repeat.payload["text"]


def test_a_retry_is_told_what_was_wrong(make_run: MakeRun) -> None:
    source = SeededSource()
    asyncio.run(work(make_run(), source))

    retried = [ask for ask in source.asked if ask.attempt]

    assert retried
    assert all(len(ask.reasons) == ask.attempt for ask in retried)
    assert {ask.reasons[0] for ask in retried} <= {
        "empty: the text is empty",
        "constraint: nothing to say about ham",
        "constraint: nothing to say about spam",
    }


def test_slots_that_cannot_be_filled_are_given_up_and_reported_by_cell(make_run: MakeRun) -> None:
    run = make_run(labels={"ham": 20, "spam": 5}, max_attempts=4)

    finished = asyncio.run(work(run, SeededSource(never=["spam"])))

    [short] = missing(cell_counts(run))
    assert (finished.status, finished.accepted, run.status) == ("partial", 20, "partial")
    assert (short.cell, short.asked, short.accepted) == ("spam", 5, 0)
    assert short.rejected == {"constraint": 20}


def test_cells_share_difficulty_and_label(make_run: MakeRun) -> None:
    run = make_run(labels={"ham": 4, "spam": 6}, difficulty={"easy": 5, "hard": 5})
    asyncio.run(work(run, SeededSource()))

    counts = cell_counts(run)

    assert {c.cell for c in counts} == {
        f"{x} / {y}" for x in ("ham", "spam") for y in ("easy", "hard")
    }
    assert all(c.accepted == c.asked for c in counts)


def test_a_source_that_makes_nothing_is_not_asked_for_ever(make_run: MakeRun) -> None:
    run, source = make_run(labels={"ham": 100_000}), SeededSource(never=["ham"])

    finished = asyncio.run(work(run, source))

    assert len(source.asked) == 768
    assert finished.status == "partial"
    assert finished.note == "the first 768 drafts were all rejected"


def test_a_cell_that_has_run_dry_is_closed_and_the_others_go_on(make_run: MakeRun) -> None:
    run, source = make_run(labels={"dry": 30_000, "ham": 2000}), SeededSource(never=["dry"])

    finished = asyncio.run(work(run, source))

    assert finished.accepted == 2000
    assert finished.note == "1,000 drafts in a row were rejected in: dry"
    assert sum(ask.slot.cell.label == "dry" for ask in source.asked) < 1300


def test_a_resumed_partial_run_gives_dry_cells_another_chance(make_run: MakeRun) -> None:
    run = make_run(labels={"ham": 2000, "dry": 3000})
    asyncio.run(work(run, SeededSource(never=["dry"])))

    finished = asyncio.run(work(run, SeededSource()))

    given_up = 5000 - finished.accepted
    assert finished.accepted > 4700
    assert given_up == len(
        {r.slot for r in run.journal.rejects() if r.attempt == run.spec.max_attempts - 1}
        - {r.slot for r in run.journal.records()}
    )


def test_an_extended_run_keeps_what_it_had(make_run: MakeRun) -> None:
    run = make_run()
    asyncio.run(work(run, SeededSource()))
    before = list(run.journal.records())
    run.extend(250)

    finished = asyncio.run(work(run, SeededSource()))

    after = list(run.journal.records())
    assert (finished.status, finished.asked, len(after)) == ("complete", 250, 250)
    assert after[:100] == before
    assert Counter(r.cell.label for r in after) == {"ham": 75, "spam": 175}


def test_stopping_finishes_the_batch_in_hand(make_run: MakeRun) -> None:
    run, source = make_run(labels={"ham": 1000}), SeededSource(faultless=True)

    *_, finished = asyncio.run(watch(run, source, stop=lambda: bool(source.asked)))

    assert isinstance(finished, Finished)
    assert (finished.status, finished.accepted) == ("interrupted", 256)
    assert run.journal.accepted() == len(source.asked) == 256
    assert asyncio.run(work(run, SeededSource(faultless=True))).status == "complete"


def test_leaving_early_keeps_what_was_made_and_frees_the_run(make_run: MakeRun) -> None:
    run = make_run(labels={"ham": 1000})

    async def first_batch() -> None:
        judge = Judge.of(run, WantsOutput())
        async with aclosing(run_slots(run, SeededSource(), judge)) as events:
            async for event in events:
                if isinstance(event, BatchDone):
                    break

    asyncio.run(first_batch())

    assert run.status == "interrupted"
    assert 0 < run.journal.accepted() < 256
    with run.locked():
        pass


def test_a_cancelled_run_is_interrupted(make_run: MakeRun) -> None:
    run = make_run(labels={"ham": 5000})

    async def cancelled() -> None:
        async with asyncio.timeout(10) as deadline:
            judge = Judge.of(run, WantsOutput())
            async for event in run_slots(run, SeededSource(), judge):
                if isinstance(event, BatchDone):
                    deadline.reschedule(0)

    with pytest.raises(TimeoutError):
        asyncio.run(cancelled())

    assert run.status == "interrupted"


def test_nobody_else_may_work_on_it_meanwhile(make_run: MakeRun) -> None:
    run = make_run()

    async def twice() -> None:
        judge = Judge.of(run, WantsOutput())
        async with aclosing(run_slots(run, SeededSource(), judge)) as events:
            await anext(events)
            with Run.open(run.path) as other:
                await work(other, SeededSource())

    with pytest.raises(ConfigError, match="is working on"):
        asyncio.run(twice())


def test_who_holds_the_run_may_work_on_it(make_run: MakeRun) -> None:
    with make_run() as run, run.locked():
        finished = asyncio.run(work(run, SeededSource()))
        with Run.open(run.path) as other, pytest.raises(ConfigError), other.locked():
            pass

    assert finished.status == "complete"


def test_several_hands_in_flight_fill_the_same_quotas(make_run: MakeRun) -> None:
    run = make_run(labels={"ham": 100, "spam": 200}, max_attempts=30)

    source = SeededHands(SeededSource(hand=7, different=2000), concurrency=5)

    finished = asyncio.run(work(run, source))

    assert finished.status == "complete"
    assert Counter(r.cell.label for r in run.journal.records()) == {"ham": 100, "spam": 200}


def test_a_source_that_fails_loses_no_hand_that_came_back(make_run: MakeRun) -> None:
    class Failing(SeededSource):
        async def drafts(self, asks: Sequence[Ask]) -> list[Draft | AnswerError]:
            if asks[0].slot.index == 10:
                raise ConnectionError("the provider is gone")
            return await super().drafts(asks)

    run, source = make_run(), Failing(hand=5, faultless=True)

    with pytest.raises(ConnectionError, match="the provider is gone"):
        asyncio.run(work(run, SeededHands(source, concurrency=4)))

    assert run.journal.accepted() == len(source.asked) >= 15
    assert 10 in [ask.slot.index for asks in open_hands(run).values() for ask in asks]
    assert run.status == "running"


def test_a_resumed_run_goes_on_with_the_hands_that_were_dealt(make_run: MakeRun) -> None:
    class Stopping(SeededHands):
        async def drafts(self, hand: DealtHand) -> list[Draft | AnswerError]:
            if hand.number > 3:
                raise BudgetError("the bound is reached")
            return await super().drafts(hand)

    run = make_run(labels={"ham": 60})
    source = SeededSource(hand=4, faultless=True)
    finished = asyncio.run(work(run, Stopping(source, concurrency=4)))
    left = open_hands(run)
    again = SeededHands(SeededSource(hand=4, faultless=True), concurrency=4)
    asyncio.run(work(run, again))

    assert (finished.status, finished.note) == ("partial", "the bound is reached")
    assert finished.accepted == 12
    assert left
    assert left.items() <= {hand.number: hand.asks for hand in again.answered}.items()
    assert run.journal.accepted() == 60
    assert open_hands(run) == {}


class Paid(SeededHands):
    """Hands that take longer the later they were dealt; counts those that set out and came home."""

    def __init__(self, source: SeededSource, *, concurrency: int) -> None:
        super().__init__(source, concurrency=concurrency)
        self.set_out: list[int] = []
        self.home: list[int] = []

    async def drafts(self, hand: DealtHand) -> list[Draft | AnswerError]:
        self.set_out.append(hand.number)
        await asyncio.sleep(0.05 * (hand.number - 1))
        self.home.append(hand.number)
        return await super().drafts(hand)


def test_where_judging_fails_what_is_in_flight_is_brought_home_and_nothing_more_is_sent(
    make_run: MakeRun,
) -> None:
    class Away(Nearness):
        async def prepare(self, texts: Sequence[str]) -> None:
            raise ProviderError("the embedder is gone")

    run = make_run(labels={"ham": 60})
    source = Paid(SeededSource(hand=4, faultless=True), concurrency=4)
    judge = Judge.of(run, WantsOutput(), near=Away())

    async def work_on() -> None:
        async for _ in run_slots(run, source, judge):
            pass

    with pytest.raises(ProviderError, match="the embedder is gone"):
        asyncio.run(work_on())

    assert sorted(source.home) == sorted(source.set_out)
    assert len(source.set_out) <= 5  # the four, and the one that took the first one's place
    assert set(source.set_out) <= set(open_hands(run))


def test_who_leaves_early_sends_nothing_more(make_run: MakeRun) -> None:
    run = make_run(labels={"ham": 60})
    source = Paid(SeededSource(hand=4, faultless=True), concurrency=4)

    async def leave() -> int:
        async with aclosing(run_slots(run, source, Judge.of(run, WantsOutput()))) as events:
            async for event in events:
                if isinstance(event, BatchDone):
                    break
            sent = len(source.set_out)
        await asyncio.sleep(0.05)
        return sent

    assert asyncio.run(leave()) == len(source.set_out)


def open_hands(run: Run) -> dict[int, tuple[Ask, ...]]:
    """Return the asks of the hands that were dealt and not settled, as the journal has them."""
    return {
        number: tuple(Ask(run.plan[slot], n, tuple(why)) for slot, n, why in orjson.loads(asks))
        for number, asks, _ in run.journal.open_hands()
    }
