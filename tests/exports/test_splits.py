from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth_agent.errors import ConfigError
from synth_agent.exports import check_split, parse_split, split_of, split_path
from synth_agent.schemas import Cell, DatasetSpec, Record
from tests.exports.samples import PAYLOADS, record_of, spec_of


def records_of(labels: list[str]) -> list[Record]:
    return [
        record_of(PAYLOADS["classification"], slot=slot, cell=Cell(label, "easy"))
        for slot, label in enumerate(labels)
    ]


def split_spec(seed: int = 0, **shares: float) -> DatasetSpec:
    return spec_of("classification", split=shares, seed=seed)


def test_shares_are_read_as_numbers_or_per_cent() -> None:
    assert parse_split("train=0.8, validation=10%,test=.1") == {
        "train": 0.8,
        "validation": 0.1,
        "test": 0.1,
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "expected a different name"),
        ("train", "expected a share between 0 and 1 for 'train', got ''"),
        ("train=0.8,train=0.2", "expected a different name"),
        ("train=0.8,../test=0.2", "expected a different name"),
        ("train=0.8,test=-0.2", "got '-0.2'"),
        ("train=0.8,test=nan", "got 'nan'"),
        ("train=0.8,test=0.3", "the shares add up to 1.1, expected 1"),
    ],
)
def test_a_split_that_makes_no_sense_is_one_clear_line(text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        parse_split(text)


def test_a_part_that_would_be_empty_is_refused_before_anything_is_made() -> None:
    spec = spec_of("qa", count=4, split={"train": 0.9, "test": 0.1})

    with pytest.raises(ConfigError, match="'test' would get none of 4 records"):
        check_split(spec)


def test_a_part_that_is_no_file_name_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"got '\.\./x'"):
        check_split(spec_of("qa", count=4, split={"../x": 1.0}))


def test_each_part_has_a_file_beside_the_others() -> None:
    assert split_path(Path("out/data.v2.json"), "test") == Path("out/data.v2-test.json")


@given(
    labels=st.lists(st.sampled_from("abcd"), min_size=1, max_size=60),
    weights=st.lists(st.integers(1, 20), min_size=1, max_size=4),
    seed=st.integers(0, 5),
)
def test_parts_are_exact_over_the_whole_and_even_within_each_label(
    labels: list[str], weights: list[int], seed: int
) -> None:
    shares = {f"part{n}": weight / sum(weights) for n, weight in enumerate(weights)}
    records = records_of(labels)

    parted = list(split_of(split_spec(seed, **shares), records))

    assert [record for _, record in parted] == records
    sizes = Counter(name for name, _ in parted)
    cells = Counter((name, record.cell.label) for name, record in parted)
    for name, share in shares.items():
        assert abs(sizes[name] - len(labels) * share) < 1
        for label, size in Counter(labels).items():
            assert abs(cells[name, label] - size * share) <= 1 + 1e-6


def test_what_is_left_over_goes_to_the_largest_remainders() -> None:
    parted = split_of(split_spec(train=0.5, validation=0.3, test=0.2), records_of(["a"] * 7))

    assert Counter(name for name, _ in parted) == {"train": 4, "validation": 2, "test": 1}


def test_the_seed_decides_and_the_same_seed_decides_alike() -> None:
    records = records_of(["a", "b"] * 50)

    def names(seed: int) -> list[str]:
        return [name for name, _ in split_of(split_spec(seed, train=0.5, test=0.5), records)]

    assert names(1) == names(1)
    assert names(1) != names(2)


def test_without_labels_the_difficulty_is_spread() -> None:
    cells = [Cell(None, "easy"), Cell(None, "hard")] * 10
    records = [record_of(PAYLOADS["qa"], slot=n, cell=cell) for n, cell in enumerate(cells)]
    spec = spec_of("qa", split={"train": 0.8, "test": 0.2})

    tests = Counter(r.cell.difficulty for name, r in split_of(spec, records) if name == "test")

    assert tests == {"easy": 2, "hard": 2}


def test_an_iterator_is_refused_for_it_can_be_read_only_once() -> None:
    with pytest.raises(ValueError, match="hand in no iterator"):
        next(split_of(split_spec(train=1.0), iter(records_of(["a"]))))
