"""Exact nearest neighbours: equal to brute force, whatever the order and the batches."""

import random
from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from synth_agent.store.embedders import LexicalEmbedder
from synth_agent.store.nearest import Nearest
from synth_agent.store.vectors import Match, alike, exact, similarity

WORDS = ("line", "press", "stood", "ran", "3", "7", "12", "minutes", "scrap", "the", "of", "after")
EMBEDDER = LexicalEmbedder(dimensions=64)
texts = st.lists(
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=5).map(" ".join), min_size=1, max_size=25
)


def brute_force(said: list[str], threshold: float) -> list[tuple[int, Match | None]]:
    """Take the texts one by one; return the indices that stay, each with its nearest before it."""
    rows = exact(EMBEDDER.embed(said))
    kept: list[tuple[int, Match | None]] = []
    for i, row in enumerate(rows):
        best = min(
            (Match(j, similarity(row, rows[j])) for j, _ in kept),
            key=lambda match: (-match.similarity, match.key),
            default=None,
        )
        if best is None or best.similarity < threshold:
            kept.append((i, best))
    return kept


@settings(deadline=None)
@given(said=texts, threshold=st.sampled_from([0.5, 0.8, 0.9, 1.0]), data=st.data())
def test_screening_in_any_batches_is_brute_force_one_by_one(
    said: list[str], threshold: float, data: st.DataObject
) -> None:
    cuts = data.draw(st.sets(st.integers(0, len(said)))) | {0, len(said)}
    held, kept = Nearest(EMBEDDER.dimensions), []
    for start, end in pairwise(sorted(cuts)):
        rows = exact(EMBEDDER.embed(said[start:end]))
        before, among = held.nearest(rows), alike(rows)
        stays: list[int] = []
        for i in range(end - start):
            best = before[i]
            for j in stays:
                match = Match(start + j, float(among[i, j]))
                best = match if match.nearer_than(best) else best
            if best is None or best.similarity < threshold:
                stays.append(i)
                kept.append((start + i, best))
        held.add([start + i for i in stays], rows[stays])

    assert kept == brute_force(said, threshold)


@given(said=texts, seed=st.integers(0, 100))
def test_the_order_in_which_rows_were_added_does_not_matter(said: list[str], seed: int) -> None:
    rows = exact(EMBEDDER.embed(said))
    order = random.Random(seed).sample(range(len(said)), len(said))
    straight, shuffled = Nearest(EMBEDDER.dimensions), Nearest(EMBEDDER.dimensions)
    straight.add(range(len(said)), rows)
    for i in order:
        shuffled.add([i], rows[i : i + 1])

    assert straight.nearest(rows) == shuffled.nearest(rows)


def test_products_of_exact_rows_are_the_same_in_any_order_of_summation() -> None:
    rng = np.random.default_rng(1)
    rows = exact(rng.standard_normal((50, 384)).astype(np.float32))
    mixed = rng.permutation(384)

    assert (rows @ rows.T).tobytes() == (rows[:, mixed] @ rows[:, mixed].T).tobytes()
    assert np.array_equal(rows @ rows.T, rows.astype(np.int64) @ rows.astype(np.int64).T)


def test_rounding_to_whole_numbers_hardly_moves_a_cosine() -> None:
    rng = np.random.default_rng(2)
    unit = rng.standard_normal((200, 384)).astype(np.float32)
    unit += unit.mean(axis=0) * 10
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)

    assert np.abs(alike(exact(unit)) - unit @ unit.T).max() < 0.001


def test_a_copy_has_similarity_one() -> None:
    rows = exact(EMBEDDER.embed(["the line stood 12 minutes"]))
    held = Nearest(EMBEDDER.dimensions)

    assert held.nearest(rows) == [None]
    held.add([7], rows)
    assert held.nearest(rows) == [Match(7, 1.0)]


def test_more_rows_than_a_block_are_searched_in_full() -> None:
    rng = np.random.default_rng(3)
    rows = exact(rng.standard_normal((9_000, 16)).astype(np.float32))
    held = Nearest(16)
    for start in range(0, 9_000, 700):
        held.add(range(start, min(start + 700, 9_000)), rows[start : start + 700])
    asked = [0, 4_095, 4_096, 8_999]

    assert len(held) == 9_000
    found = held.nearest(rows[asked])
    assert [match and match.key for match in found] == asked
    assert np.array_equal(np.concatenate(list(held.rows())), rows)
