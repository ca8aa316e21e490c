"""Repeats of a stream: as if texts came one by one."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth_agent.quality.overlap import WordOverlap
from synth_agent.store.embedders import LexicalEmbedder
from synth_agent.store.repeats import Repeat, Repeats
from synth_agent.store.vectors import exact, similarity
from synth_agent.text import fold

EMBEDDER = LexicalEmbedder(dimensions=64)
WORDS = ("line", "press", "stood", "ran", "3", "12", "Minutes.", "the", "of", "after")
texts = st.lists(
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=6).map(" ".join), min_size=1, max_size=12
)
thresholds = st.none() | st.sampled_from([0.6, 0.9, 1.0])


def one_by_one(
    held: list[str], said: list[str], threshold: float | None, lexical: float | None
) -> list[tuple[int, Repeat | None]]:
    """Compare each text with every one that is held or was kept."""
    everything = [*held, *said]
    known, found = list(range(len(held))), []
    for at in range(len(held), len(everything)):
        repeat = repeated(everything, known, at, threshold, lexical)
        if repeat is None:
            known.append(at)
        found.append((at, repeat))
    return found


def repeated(
    texts: list[str], known: list[int], at: int, threshold: float | None, lexical: float | None
) -> Repeat | None:
    for other in known:
        if fold(texts[other]) == fold(texts[at]):
            return Repeat(other, "duplicate", 1.0)
    rows = exact(EMBEDDER.embed(texts))
    near = [(-similarity(rows[at], rows[other]), other) for other in known]
    if threshold is not None and near and -min(near)[0] >= threshold:
        return Repeat(min(near)[1], "near-duplicate", -min(near)[0])
    if lexical is not None:
        index = WordOverlap(threshold=lexical)
        index.add(known, index.compare([texts[other] for other in known]), range(len(known)))
        if match := index.compare([texts[at]]).held[0]:
            return Repeat(match.key, "same-words", match.score)
    return None


@settings(deadline=None, max_examples=30)
@given(held=texts, said=texts, threshold=thresholds, lexical=thresholds, data=st.data())
def test_any_batches_decide_as_one_text_after_the_other(
    held: list[str],
    said: list[str],
    threshold: float | None,
    lexical: float | None,
    data: st.DataObject,
) -> None:
    cuts = data.draw(st.sets(st.integers(0, len(said)))) | {0, len(said)}
    repeats = Repeats(EMBEDDER, threshold=threshold, lexical=lexical)
    repeats.weigh(said)
    repeats.hold(enumerate(held))
    numbered = list(enumerate(said, start=len(held)))

    found = [
        one for start, end in pairwise(sorted(cuts)) for one in repeats.screen(numbered[start:end])
    ]

    assert found == one_by_one(held, said, threshold, lexical)


def test_a_stream_longer_than_a_batch_is_screened_in_order() -> None:
    said = [f"machine number {n % 600} of hall {n % 7} stood still" for n in range(1_300)]
    repeats = Repeats(EMBEDDER, threshold=None, lexical=None)

    found = dict(repeats.screen(enumerate(said)))

    first: dict[str, int] = {}
    for at, text in enumerate(said):
        expected = Repeat(first[text], "duplicate", 1.0) if text in first else None
        assert found[at] == expected
        first.setdefault(text, at)


def test_what_was_dropped_leads_nobody() -> None:
    chain = ["a b c d e f g h i j", "a b c d e f g h i z", "y b c d e f g h i z"]
    repeats = Repeats(EMBEDDER, threshold=None, lexical=0.6)

    found = [repeat for _, repeat in repeats.screen(enumerate(chain))]

    assert found[0] is None
    assert found[1] is not None
    assert found[2] is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("the  PRESS stood for twelve minutes in hall three.", "duplicate"),
        ("in hall three the press stood for twelve minutes", "near-duplicate"),
        ("the press stood for twelve minutes in shed three", "same-words"),
    ],
    ids=["exact", "meaning", "words"],
)
def test_the_reason_says_how_it_was_found(text: str, reason: str) -> None:
    repeats = Repeats(LexicalEmbedder(), threshold=0.87, lexical=0.5)
    repeats.hold([(0, "The press stood for twelve minutes in hall three")])

    ((_, repeat),) = repeats.screen([(1, text)])

    assert repeat is not None
    assert repeat.reason == reason


def test_a_text_in_which_nothing_is_said_repeats_none_and_is_repeated_by_none() -> None:
    said = ["?!", "...", "...", "", "the press stood"]
    repeats = Repeats(EMBEDDER, threshold=0.6, lexical=0.6)
    repeats.hold([(0, "!"), (1, "!")])

    found = dict(repeats.screen(enumerate([*said, *said], start=2)))

    assert [key for key, repeat in found.items() if repeat] == [11]
    assert found[11] == Repeat(6, "duplicate", 1.0)
