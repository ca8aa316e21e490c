"""Speed and memory of the main job, as whole processes.

    .venv/bin/python benchmarks/main_job.py            every figure (about five minutes)
    .venv/bin/python benchmarks/main_job.py --quick    without the 100,000 records

Each figure is the median of several runs, CPU seconds beside wall seconds: on a shared machine CPU
time says more. Peak memory is the operating system's own figure for the finished process.
"""

import argparse
import json
import os
import resource
import statistics
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
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = time.perf_counter()
    process = subprocess.Popen([str(c) for c in command], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    out = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - begun
    if status:
        raise SystemExit(f"{command} ended with status {status}")
    del before
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, out)


def median(times: int, *command: str | Path) -> Run:
    """Return the run of median wall time; one more run comes first and is not counted."""
    measure(*command)
    runs = sorted((measure(*command) for _ in range(times)), key=lambda run: run.wall)
    return runs[len(runs) // 2]


def line(name: str, goal: str, run: Run, more: str = "") -> None:
    print(f"| {name} | {goal} | {run.wall:.2f} | {run.cpu:.2f} | {run.peak_mb:.0f} | {more} |", flush=True)


RULES_ALONE = """
import sys, time
from synth_agent.rules import RulesSource, prepare
from synth_agent.pipeline import SlotPlan
from synth_agent.schemas import Ask, DatasetSpec, Draft
pack, count = sys.argv[1], int(sys.argv[2])
spec, loaded = prepare(DatasetSpec(count=count, pack=pack))
source, plan = RulesSource(spec, loaded), SlotPlan(spec)
for i in range(200): source.draft(Ask(plan[i]))
begun = time.process_time()
for i in range(count): source.draft(Ask(plan[i]))
print(count / (time.process_time() - begun))
"""

HALVES = """
import asyncio, json, sys, time, tempfile
from pathlib import Path
from synth_agent import SynthAgent
from synth_agent.pipeline import BatchDone
count, threshold, folder = int(sys.argv[1]), json.loads(sys.argv[2]), sys.argv[3]
agent = SynthAgent(runs=folder)
marks = []
def note(event):
    if isinstance(event, BatchDone): marks.append((event.accepted, time.process_time()))
spec = agent.plan("industrial engineering questions about production", count=count, dedup_threshold="off" if threshold is None else threshold)
begun = time.process_time()
agent.generate(spec, on_event=note)
half = next(t for n, t in marks if n >= count / 2)
print(json.dumps({"accepted": marks[-1][0], "first": half - begun, "second": marks[-1][1] - half}))
"""


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--count", type=int, default=100_000)
    options = parser.parse_args()
    print("| what | goal | wall s | CPU s | peak MB | |\n|---|---|--:|--:|--:|---|")
    line("synth-agent --help", "0.5 s", median(5, BIN / "synth-agent", "--help"))
    bare = median(5, sys.executable, "-c", "pass")
    line("import synth_agent", "0.3 s", median(5, sys.executable, "-c", "import synth_agent"), f"bare Python {bare.wall:.2f} s")
    with tempfile.TemporaryDirectory() as folder:
        runs = []
        for n in range(4):
            runs.append(measure(BIN / "synth-agent", "generate", BRIEF, "--run-dir", f"{folder}/{n}", "--json", "--quiet"))
        done = json.loads(runs[-1].out)
        assert done["accepted"] == 500, done
        line("500 industrial records, command to files", "12 s", sorted(runs[1:])[1], f"rejected {done['rejected'] or 'none'}")
    for pack in ("industrial", "healthcare", "retail"):
        run = measure(sys.executable, "-c", RULES_ALONE, pack, "6000")
        line(f"rules alone, {pack}, 6,000 records", "1,500/s", run, f"{float(run.out):,.0f} records/s of CPU")
    if options.quick:
        return
    for threshold in (None,):
        with tempfile.TemporaryDirectory() as folder:
            run = measure(sys.executable, "-c", HALVES, str(options.count), json.dumps(threshold), folder)
            got = json.loads(run.out)
            ratio = got["second"] / got["first"]
            line(f"{options.count:,} industrial records, no dedup", "700 MB, ratio 1.3", run, f"second half / first half {ratio:.2f}; {got['accepted']:,} made")


if __name__ == "__main__":
    main()
