"""A spec written down is the same spec."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from synth_agent.brief import dump_spec, load_spec, spec_schema
from synth_agent.errors import ConfigError
from synth_agent.schemas import DatasetSpec


def written(folder: Path, text: str, name: str = "spec.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_numbers_shares_and_names_all_become_quotas(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "task: classification\ncount: 100\nlabels: {spam: 70%, ham: 0.3}\n"
        "difficulty: [easy, hard]\nsplit: {train: 80%, val: 0.2}\n",
    )

    spec = load_spec(path)

    assert spec.labels == {"spam": 70, "ham": 30}
    assert spec.difficulty == {"easy": 50, "hard": 50}
    assert spec.split == {"train": 0.8, "validation": 0.2}


def test_balanced_difficulty_is_even_thirds(tmp_path: Path) -> None:
    spec = load_spec(written(tmp_path, "count: 10\ndifficulty: balanced\n"))

    assert spec.difficulty == {"easy": 4, "medium": 3, "hard": 3}


def test_json_is_read_too(tmp_path: Path) -> None:
    path = written(tmp_path, json.dumps({"task": "qa", "count": 5, "labels": {}}), "spec.json")

    assert load_spec(path) == DatasetSpec(task="qa", count=5)


def test_flags_beat_the_file_and_rescale_its_quotas(tmp_path: Path) -> None:
    path = written(tmp_path, "task: classification\ncount: 10\nlabels: {a: 2, b: 8}\n")

    spec = load_spec(path, count=100, layout=None, seed=3)

    assert (spec.labels, spec.seed) == ({"a": 20, "b": 80}, 3)


def test_a_count_may_come_from_the_flag_alone(tmp_path: Path) -> None:
    path = written(tmp_path, "task: classification\nlabels: {a: 25%, b: 75%}\n")

    assert load_spec(path, count=8).labels == {"a": 2, "b": 6}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("count: 5\nlabls: {}\n", "unknown key 'labls'; did you mean 'labels'?"),
        ("count: 5\nlayout: alpacca\n", "did you mean 'alpaca'"),
        ("count: 5\nschema_version: 2\n", "schema_version 2"),
        ("count: five\n", "count: expected a whole number, got 'five'"),
        ("task: qa\n", "count: missing"),
        ("- a\n- b\n", "expected names with values, got list"),
        ("", "expected names with values, got NoneType"),
        ("count: 5\nlabels: {a: 2, b: 2}\n", "labels: 2 + 2 = 4, but count is 5"),
        ("count: 5\nlabels: {a: 60%, b: 60%}\n", "labels: the shares add up to 1.2"),
        ("count: 5\nlabels: {a: 60%, b: 2}\n", "got a mixture"),
        ("count: 5\nlabels: balanced\n", "'balanced' needs names"),
        ("count: 5\nfields: [question, colour]\n", "unknown field 'colour' for task 'qa'"),
        ("count: 5\nsplit: {train: lots}\n", "expected a share for 'train'"),
        ("count: 5\nlabels: 7\n", "labels: expected names with values, got 7"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_spec(written(tmp_path, text))

    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_each_problem_has_its_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load_spec(written(tmp_path, "count: five\nseed: -1\nlayout: 7\n"))

    assert [line.split(":")[0] for line in str(caught.value).splitlines()] == [
        "count",
        "layout",
        "seed",
    ]


@pytest.mark.parametrize(
    ("name", "text", "place"),
    [
        ("s.yaml", "count: 5\nlabels: {a: 1\nseed: 2\n", ":3:"),
        ("s.json", '{"count": 5,\n}', ":2:1"),
    ],
)
def test_broken_files_say_line_and_column(tmp_path: Path, name: str, text: str, place: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_spec(written(tmp_path, text, name))

    assert f"{name}{place}" in str(caught.value)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"cannot read the spec .*missing\.yaml"):
        load_spec(tmp_path / "missing.yaml")

    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="cannot read the spec"):
        load_spec(tmp_path / "binary.yaml")


def test_yaml_cannot_make_objects(tmp_path: Path) -> None:
    path = written(tmp_path, "count: !!python/object/apply:os.getcwd []\n")

    with pytest.raises(ConfigError, match="no YAML"):
        load_spec(path)


def test_a_dump_holds_what_differs_from_the_defaults() -> None:
    text = dump_spec(DatasetSpec(task="qa", count=5, domain="bees", fields=("q", "a")))

    assert yaml.safe_load(text) == {
        "schema_version": 1,
        "task": "qa",
        "count": 5,
        "domain": "bees",
        "fields": ["q", "a"],
    }


_TEXT = st.text(min_size=1, max_size=20).filter(lambda text: text == text.strip())


@st.composite
def specs(draw: st.DrawFn) -> DatasetSpec:
    labels = draw(st.dictionaries(_TEXT, st.integers(1, 50), max_size=4))
    values: dict[str, Any] = {
        "count": sum(labels.values()) or draw(st.integers(1, 10_000)),
        "task": draw(st.sampled_from(["classification", "tabular", "qa"])),
        "labels": labels,
        "brief": draw(st.text(max_size=50)),
        "domain": draw(st.text(max_size=20)),
        "topics": tuple(draw(st.lists(_TEXT, max_size=3))),
        "language": draw(st.sampled_from(["en", "pt-BR", "no"])),
        "line_format": draw(st.none() | st.just("Q: <text>\nA: <label>")),
        "seed": draw(st.integers(0, 2**63 - 1)),
        "dedup_threshold": draw(st.none() | st.just("off") | st.floats(0.01, 1)),
        "split": draw(st.sampled_from([{}, {"train": 0.8, "test": 0.2}])),
        "unread": tuple(draw(st.lists(st.text(max_size=20), max_size=2))),
    }
    return DatasetSpec(**values)


@given(spec=specs())
@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_spec_survives_being_written_down(tmp_path: Path, spec: DatasetSpec) -> None:
    assert load_spec(written(tmp_path, dump_spec(spec))) == spec


def test_the_schema_accepts_what_the_reader_accepts() -> None:
    schema = spec_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)

    for labels in ({"a": 5}, {"a": "50%", "b": 0.5}, ["a", "b"]):
        assert validator.is_valid({"count": 5, "labels": labels})
    assert not validator.is_valid({"count": 5, "labls": {}})
    assert not validator.is_valid({"count": 0})
