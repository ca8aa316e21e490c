"""Pairs: chunks that share what is rare, evenly, and never the same passage twice."""

from collections import Counter
from pathlib import Path

from synth_agent.documents import Chunk, chunks, neighbours, pairs, read_documents

TOPICS = ["Brandt", "P-204", "Kessler", "cavitation damage", "Norderhaven", "gasket extrusion"]
FILLER = "It was seen on the floor and the crew wrote down what they saw about the work there"


def written(folder: Path) -> tuple[Chunk, ...]:
    """Return chunks of which each names one of the topics, three chunks a topic."""
    for at in range(18):
        topic = TOPICS[at % len(TOPICS)]
        unlike = " ".join(f"{word}{at}x" for word in ("alpha", "beta", "gamma", "delta", "eta"))
        (folder / f"{at:02}.txt").write_text(f"Here {topic} was met: {unlike}. {FILLER}.")
    return chunks(read_documents([folder]))


def test_a_pair_shares_a_name_or_two_rare_words(tmp_path: Path) -> None:
    found = pairs(written(tmp_path), seed=1, count=9)

    assert len(found) == 9
    for pair in found:
        assert pair.first != pair.second
        assert all(term in pair.first.text.lower() for term in pair.shared)
        assert all(term in pair.second.text.lower() for term in pair.shared)
        assert any(topic.lower().split()[0] in pair.shared for topic in TOPICS)


def test_chunks_take_turns(tmp_path: Path) -> None:
    found = pairs(written(tmp_path), seed=1, count=100)

    uses = Counter(chunk.id for pair in found for chunk in (pair.first, pair.second))
    keys = [frozenset((pair.first.id, pair.second.id)) for pair in found]
    assert len(found) == 18  # three pairs of three chunks, for six topics
    assert len(set(keys)) == len(keys)
    assert set(uses.values()) == {2}


def test_the_seed_decides_and_nothing_else(tmp_path: Path) -> None:
    found = written(tmp_path)

    assert pairs(found, seed=1, count=6) == pairs(found, seed=1, count=6)
    assert pairs(found, seed=1, count=6) != pairs(found, seed=2, count=6)


def test_neighbours_are_the_related_chunks(tmp_path: Path) -> None:
    found = written(tmp_path)

    assert [chunk.id for chunk in neighbours(found, found[1])] == ["07.txt#1", "13.txt#1"]


def test_copies_and_overlapping_passages_are_no_pair(tmp_path: Path) -> None:
    text = " ".join(f"Pump P-{n} of Brandt moves water{n} to tank{n}." for n in range(40))
    (tmp_path / "a.txt").write_text(text)
    (tmp_path / "b.txt").write_text(text)
    found = chunks(read_documents([tmp_path]), words=100, overlap=30)

    for pair in pairs(found, seed=1, count=100):
        first, second = sorted([pair.first, pair.second], key=lambda c: (c.document, c.start))
        assert first.document != second.document or first.end <= second.start
        assert first.text != second.text


def test_unrelated_chunks_make_no_pairs(tmp_path: Path) -> None:
    for name, text in (
        ("a", "Pumps move clean water uphill."),
        ("b", "Nobody likes rainy Mondays."),
    ):
        (tmp_path / name).write_text(text)
    found = chunks(read_documents([tmp_path]))

    assert pairs(found, seed=1, count=5) == ()
    assert pairs((), seed=1, count=5) == ()


def test_characters_stand_for_words_where_there_are_no_blanks(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("离心泵的密封件磨损了\uff0c班组更换了它们。今天早上一切正常。")
    (tmp_path / "b").write_text("仓库里还有两个离心泵的密封件可以使用\uff0c价格昨天上涨。")

    (pair,) = pairs(chunks(read_documents([tmp_path])), seed=1, count=5)

    assert "密封" in pair.shared
