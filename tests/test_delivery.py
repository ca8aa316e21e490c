"""What the report of a run takes from its journal besides records."""

from pathlib import Path

import pytest

from synth_agent import SynthAgent
from synth_agent.delivery import report_of
from synth_agent.pipeline import Run

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
