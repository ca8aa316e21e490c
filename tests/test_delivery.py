"""What the report of a run takes from its journal besides records."""

from pathlib import Path

import pytest

from synth_agent import SynthAgent
from synth_agent.delivery import report_of
from synth_agent.pipeline import Run
from synth_agent.pipeline.journal import Batch
from synth_agent.schemas import NearMatch, Reject
from synth_agent.schemas.report import ProtectedFile

ENDED = "the bound of $2.00 is reached"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return SynthAgent().generate("3 questions about production", run_dir=tmp_path / "run").path


def test_what_was_noted_in_a_run_is_in_its_report(folder: Path) -> None:
    with Run.open(folder) as run:
        run.note("scan.pdf was not read: it holds pictures and no text")
        report = report_of(run)

    assert report.notes == ("scan.pdf was not read: it holds pictures and no text",)


@pytest.mark.parametrize(("count", "notes"), [(3, ()), (9, (ENDED,))], ids=["complete", "partial"])
def test_why_a_run_stopped_is_told_until_it_is_complete(
    folder: Path, count: int, notes: tuple[str, ...]
) -> None:
    with Run.open(folder) as run:
        run.extend(count)
        run.journal.set_meta(ended=ENDED)
        report = report_of(run)

    assert report.notes == notes


def test_axes_that_were_planned_are_covered_or_not(folder: Path) -> None:
    with Run.open(folder) as run:
        run.journal.set_meta(axes='{"topics": ["oee", "scrap"], "personas": []}')
        report = report_of(run)

    assert report.coverage == {"topic": {"oee": 0, "scrap": 0}}


def test_records_of_rules_have_scores_too(folder: Path) -> None:
    with Run.open(folder) as run:
        report = report_of(run)

    assert report.critic is None
    assert all(sum(spread.counts) <= 3 for spread in report.scores.values())
    assert report.scores


def test_what_came_too_near_is_shown_with_the_text_that_the_journal_holds(folder: Path) -> None:
    near = NearMatch(kind="record", name="1", measure="cosine", score=0.95)
    reject = Reject(slot=2, reason="near-duplicate", payload={"input": "Why?"}, near=near)

    with Run.open(folder) as run:
        run.journal.commit(Batch(rejects=[reject.model_copy(update={"attempt": 19})]))
        report, record = report_of(run), run.journal.record(1)

    assert record is not None
    assert report.near_counts["record"]["cosine"] >= 1
    (miss,) = [miss for miss in report.near_misses if miss.text == "Why?\n"]
    assert miss.near.text.startswith(str(record.payload["input"]))


def test_protected_files_are_told_as_they_were_read(folder: Path) -> None:
    with Run.open(folder) as run:
        run.journal.set_meta(protected='{"exam.csv": {"texts": 7, "rows": 3, "digest": "0a"}}')
        report = report_of(run)

    assert report.protected == (ProtectedFile(path="exam.csv", texts=7, rows=3, digest="0a"),)


def test_the_embedder_is_told_with_its_digest(folder: Path) -> None:
    with Run.open(folder) as run:
        embedder = report_of(run).embedder

    assert embedder is not None
    assert embedder.startswith("static-minilm-")
    assert "@" in embedder
    assert embedder in (folder / "README.md").read_text()
    assert embedder in (folder / "report.html").read_text()


def test_the_figures_of_a_seed_are_shown_though_they_were_masked(tmp_path: Path) -> None:
    seeds = tmp_path / "seeds.jsonl"
    seeds.write_text('{"input": "Why did line 4 stand still for 3 days?", "output": "Rain."}\n')
    folder = SynthAgent().generate(
        "3 questions about production",
        seeds=str(seeds),
        dedup_mask_numbers=True,
        run_dir=tmp_path / "run",
    )

    with Run.open(folder.path) as run:
        near = NearMatch(kind="seed", name="seeds.jsonl:1", measure="cosine", score=0.95)
        reject = Reject(slot=2, attempt=19, reason="seed-copy", payload={"input": "?"}, near=near)
        run.journal.commit(Batch(rejects=[reject]))
        (shown,) = [miss for miss in report_of(run).near_misses if miss.near.kind == "seed"]

    assert "Why did line 4 stand still for 3 days?" in shown.near.text


def test_a_seed_that_was_copied_is_shown(tmp_path: Path) -> None:
    seeds = tmp_path / "seeds.jsonl"
    seeds.write_text('{"input": "How long did line 4 stand still?", "output": "6 min"}\n')
    folder = SynthAgent().generate(
        "3 questions about production", seeds=str(seeds), run_dir=tmp_path / "run"
    )

    with Run.open(folder.path) as run:
        (seed,) = run.journal.seeds()
        near = NearMatch(kind="seed", name=seed.id, measure="cosine", score=0.95)
        reject = Reject(slot=2, attempt=19, reason="seed-copy", payload={"input": "?"}, near=near)
        run.journal.commit(Batch(rejects=[reject]))
        report = report_of(run)

    assert "How long did line 4 stand still?" in report.near_misses[0].near.text
