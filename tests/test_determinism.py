"""The same spec and seed give the same bytes, whatever the process they are made in."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


def make(folder: Path, brief: str, **environment: str) -> dict[str, bytes]:
    subprocess.run(
        [sys.executable, "-m", "synth_agent", "generate", brief, "--run-dir", folder, "--quiet"],
        check=True,
        stdout=subprocess.DEVNULL,
        env={**os.environ, **environment},
    )
    return {name: (folder / name).read_bytes() for name in ("dataset.json", "provenance.jsonl")}


@pytest.mark.parametrize(
    "brief",
    ["80 questions about production", "120 customer support intents", "60 rows of patients"],
)
def test_hash_seed_threads_and_time_zone_change_nothing(tmp_path: Path, brief: str) -> None:
    one = make(tmp_path / "a", brief, PYTHONHASHSEED="1", OPENBLAS_NUM_THREADS="1", TZ="UTC")
    other = make(
        tmp_path / "b", brief, PYTHONHASHSEED="2", OPENBLAS_NUM_THREADS="2", TZ="Asia/Tokyo"
    )

    assert one == other
