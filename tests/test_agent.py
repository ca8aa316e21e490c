"""The Python face."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from synth_agent import ConfigError, Dataset, DatasetSpec, Record, SynthAgent
from synth_agent.pipeline import BatchDone, Event, Finished, Started

MakeAgent = Callable[[], SynthAgent]
QUESTIONS = "12 questions about production"


@pytest.fixture
def agent(tmp_path: Path) -> SynthAgent:
    return SynthAgent(runs=tmp_path / "runs")


def test_plan_reads_a_brief_and_fills_in_what_the_pack_decides(agent: SynthAgent) -> None:
    spec = agent.plan("Produce 10 exemplars for sentiment analysis, 2 negative and 8 positive.")

    assert spec.labels == {"negative": 2, "positive": 8}
    assert spec.pack == "text"
    assert agent.plan(spec) == spec


def test_flags_beat_the_brief(agent: SynthAgent) -> None:
    spec = agent.plan("10 sentiment examples, 2 negative and 8 positive", count=50, layout="alpaca")

    assert spec.labels == {"negative": 10, "positive": 40}
    assert spec.layout == "alpaca"


def test_a_new_count_rescales_the_quotas_of_a_spec(agent: SynthAgent) -> None:
    spec = agent.plan("10 sentiment examples, 2 negative and 8 positive")

    assert agent.plan(spec, count=50).labels == {"negative": 10, "positive": 40}
    with pytest.raises(ConfigError, match="did you mean 'layout'"):
        agent.plan(spec, layoutt="alpaca")


@pytest.mark.parametrize(
    ("brief", "topics", "scenes"),
    [
        ("20 physics questions for school", ("physics",), {"motion", "ohm"}),
        ("20 questions about energy in a factory", ("energy",), {"energy", "energy_meter"}),
        ("4000 questions about energy in a factory", (), None),
        ("20 questions about industrial production", (), None),
    ],
)
def test_a_domain_that_names_scenes_is_kept_to_them(
    agent: SynthAgent, brief: str, topics: tuple[str, ...], scenes: set[str] | None
) -> None:
    spec = agent.plan(brief)

    assert spec.topics == topics
    made = {record.provenance.form.split("/")[0] for record in agent.preview(spec, 20)}
    assert made == scenes if scenes else len(made) > 5


def test_preview_makes_records_and_no_run(agent: SynthAgent, tmp_path: Path) -> None:
    records = agent.preview(QUESTIONS, 3)

    assert [record.slot for record in records] == [0, 1, 2]
    assert all(record.payload["output"] for record in records)
    assert list(tmp_path.iterdir()) == []


def test_a_dataset_has_its_records_rejects_and_figures(agent: SynthAgent) -> None:
    dataset = agent.generate(QUESTIONS)

    assert isinstance(dataset, Dataset)
    assert len(dataset) == len(dataset.records) == len(list(dataset)) == 12
    assert dataset.complete
    assert all(isinstance(record, Record) for record in dataset)
    assert all(set(row) == {"input", "context", "output"} for row in dataset.rows())
    assert dataset.report().accepted == 12
    assert dataset.usage.requests == 0
    assert list(dataset.to_pandas().columns) == ["input", "context", "output"]
    assert isinstance(dataset.rejects, list)


def test_a_dataset_is_saved_in_any_format_and_layout(agent: SynthAgent, tmp_path: Path) -> None:
    dataset = agent.generate(QUESTIONS)

    dataset.save(tmp_path / "data.jsonl", layout="messages")

    lines = (tmp_path / "data.jsonl").read_text().splitlines()
    assert len(lines) == 12
    assert "messages" in json.loads(lines[0])
    with pytest.raises(ConfigError, match="cannot fill the layout"):
        dataset.save(tmp_path / "data.json", layout="openai-dpo")


def test_events_tell_how_it_goes(agent: SynthAgent) -> None:
    events: list[Event] = []

    agent.generate(QUESTIONS, on_event=events.append)

    assert isinstance(events[0], Started)
    assert isinstance(events[-1], Finished)
    assert events[-1].status == "complete"
    assert sum(len(e.records) for e in events if isinstance(e, BatchDone)) == 12


def test_records_stream_as_they_are_accepted(agent: SynthAgent, tmp_path: Path) -> None:
    async def stream() -> list[Record]:
        return [record async for record in agent.astream(QUESTIONS, run_dir=tmp_path / "run")]

    records = asyncio.run(stream())

    assert [r.payload for r in sorted(records, key=lambda r: r.slot)] == json.loads(
        (tmp_path / "run/dataset.json").read_text()
    )


def test_it_works_inside_a_running_loop_as_in_a_notebook(agent: SynthAgent) -> None:
    async def cell() -> int:
        return len(agent.generate(QUESTIONS))

    assert asyncio.run(cell()) == 12


def test_a_stopped_run_goes_on(agent: SynthAgent, tmp_path: Path) -> None:
    wholly = agent.generate("600 sentiment examples, balanced", run_dir=tmp_path / "whole")
    seen: list[Event] = []
    stopped = agent.generate(
        "600 sentiment examples, balanced",
        run_dir=tmp_path / "run",
        on_event=seen.append,
        stop=lambda: any(isinstance(event, BatchDone) for event in seen),
    )
    assert 0 < len(stopped) < 600

    resumed = agent.resume(tmp_path / "run")

    assert len(resumed) == 600
    assert (tmp_path / "run/dataset.json").read_bytes() == (
        wholly.path / "dataset.json"
    ).read_bytes()


def test_many_are_planned_before_the_first_is_made(agent: SynthAgent, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="astrology"):
        agent.batch([QUESTIONS, "10 questions about astrology"])
    assert not (tmp_path / "runs").exists()

    sets = agent.batch([QUESTIONS, DatasetSpec(count=5, pack="healthcare")])

    assert [len(dataset) for dataset in sets] == [12, 5]


def test_what_no_agent_takes_is_refused_by_name() -> None:
    with pytest.raises(TypeError, match=r"unexpected budget; .* budget_usd"):
        SynthAgent(model="openai:gpt-5-mini", budget=3)


def test_a_pack_file_serves_every_brief_of_an_agent(tmp_path: Path) -> None:
    from synth_agent.rules import start_text

    (tmp_path / "parcels.yaml").write_text(start_text())
    agent = SynthAgent(runs=tmp_path / "runs", pack=str(tmp_path / "parcels.yaml"))

    dataset = agent.generate("6 questions about deliveries")

    assert {record.provenance.source.split("@")[0] for record in dataset} == {"parcels"}


def test_a_run_is_not_continued_with_another_pack(tmp_path: Path) -> None:
    from synth_agent.rules import start_text

    pack = tmp_path / "parcels.yaml"
    pack.write_text(start_text())
    agent = SynthAgent(runs=tmp_path / "runs", pack=str(pack))
    first = agent.generate("6 questions about deliveries", run_dir=tmp_path / "run")
    pack.write_text(start_text().replace("Harbour depot", "Seaside depot"))

    with pytest.raises(ConfigError, match="was begun with pack parcels@"):
        agent.resume(first.path, count=12)

    pack.write_text(start_text())
    assert len(agent.resume(first.path, count=12)) == 12
