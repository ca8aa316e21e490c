from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from synth_agent.pipeline import Run
from synth_agent.schemas import DatasetSpec

MakeRun = Callable[..., Run]


@pytest.fixture
def make_run(tmp_path: Path) -> MakeRun:
    """Return a maker of runs with a classification spec; keywords change the spec."""
    made = 0

    def make(**changes: object) -> Run:
        nonlocal made
        made += 1
        labels = changes.get("labels", {"ham": 30, "spam": 70})
        assert isinstance(labels, dict)
        known = {"task": "classification", "labels": labels, "count": sum(labels.values())}
        spec = DatasetSpec.model_validate(known | changes)
        now = datetime(2026, 3, 1, tzinfo=UTC)
        return Run.create(tmp_path / f"run{made}", spec, text="", now=now)

    return make
