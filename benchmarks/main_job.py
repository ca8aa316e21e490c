"""Speed and memory of the main job, as whole processes.

    .venv/bin/python benchmarks/main_job.py            every figure (about five minutes)
    .venv/bin/python benchmarks/main_job.py --quick    without the 100,000 records

Wall and CPU seconds are medians of three runs after one that does not count; on a shared machine
CPU time says more. Peak memory is the operating system's own figure for the finished process.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

BIN = Path(sys.executable).parent
BRIEF = (Path(__file__).parent.parent / "docs" / "briefs" / "industrial.txt").read_text().strip()


class Run(NamedTuple):
    wall: float
    cpu: float
    peak_mb: float
    out: str


def measure(*command: str | Path) -> Run:
    """Run a command to its end and return what the operating system says of it."""
    begun = time.perf_counter()
    process = subprocess.Popen([str(c) for c in command], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    out = process.stdout.read()
    process.stdout.close()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - begun
    process.returncode = status
    if status:
        raise SystemExit(f"{command} ended with status {status}")
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, out)


def median(*command: str | Path) -> Run:
    """Return the run of median wall time."""
    measure(*command)
    return sorted((measure(*command) for _ in range(3)), key=lambda run: run.wall)[1]


def line(name: str, goal: str, run: Run, more: str = "") -> None:
    row = (name, goal, f"{run.wall:.2f}", f"{run.cpu:.2f}", f"{run.peak_mb:.0f}", more)
    print(f"| {' | '.join(row)} |", flush=True)


RULES_ALONE = """
import sys, time
from synth_agent.pipeline import SlotPlan
from synth_agent.rules import RulesSource, prepare
from synth_agent.schemas import Ask, DatasetSpec
pack, count = sys.argv[1], int(sys.argv[2])
spec, loaded = prepare(DatasetSpec(count=count, pack=pack))
source, plan = RulesSource(spec, loaded), SlotPlan(spec)
for i in range(400): source.draft(Ask(plan[i]))   # templates are compiled when first said
begun = time.process_time()
for i in range(count): source.draft(Ask(plan[i]))
print(count / (time.process_time() - begun))
"""

HALVES = """
import json, sys, time
from synth_agent import SynthAgent
from synth_agent.pipeline import BatchDone
count, threshold, folder = int(sys.argv[1]), sys.argv[2], sys.argv[3]
agent, marks = SynthAgent(runs=folder), []
def note(event):
    if isinstance(event, BatchDone): marks.append((event.accepted, time.process_time()))
spec = agent.plan("questions about production", count=count, dedup_threshold=threshold)
begun = time.process_time()
agent.generate(spec, on_event=note)
half = next(t for n, t in marks if n >= count / 2)
last = marks[-1]
print(json.dumps({"made": last[0], "first": half - begun, "second": last[1] - half}))
"""


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--count", type=int, default=100_000)
    options = parser.parse_args()
    print("| what | goal | wall s | CPU s | peak MB | |\n|---|---|--:|--:|--:|---|")
    bare = median(sys.executable, "-c", "pass")
    line("synth-agent --help", "0.5 s", median(BIN / "synth-agent", "--help"))
    imported = median(sys.executable, "-c", "import synth_agent")
    line("import synth_agent", "0.3 s", imported, f"bare Python {bare.wall:.2f} s")
    main_job()
    for pack in ("industrial", "healthcare", "retail"):
        run = measure(sys.executable, "-c", RULES_ALONE, pack, "6000")
        rate = f"{float(run.out):,.0f} records/s of CPU"
        line(f"rules alone, {pack}, 6,000 records", "1,500/s", run, rate)
    if not options.quick:
        many(options.count)


def main_job() -> None:
    """Measure the 500 industrial records, from the command to the files."""
    with tempfile.TemporaryDirectory() as folder:
        runs = [
            measure(
                *(BIN / "synth-agent", "generate", BRIEF, "--json", "--quiet"),
                *("--run-dir", f"{folder}/{n}"),
            )
            for n in range(4)
        ]
    done = json.loads(runs[-1].out)
    assert done["accepted"] == 500, done
    middle = sorted(runs[1:], key=lambda run: run.wall)[1]
    dropped = f"dropped and replaced: {done['rejected'] or 'none'}"
    line("500 industrial records, command to files", "12 s", middle, dropped)


def many(count: int) -> None:
    """Measure a large run without the near-duplicate check."""
    with tempfile.TemporaryDirectory() as folder:
        run = measure(sys.executable, "-c", HALVES, str(count), "off", folder)
    got = json.loads(run.out)
    halves = f"second half / first half {got['second'] / got['first']:.2f}; {got['made']:,} made"
    line(f"{count:,} industrial records, no dedup", "700 MB, ratio 1.3", run, halves)


if __name__ == "__main__":
    main()
