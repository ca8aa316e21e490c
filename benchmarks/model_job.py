"""Speed, memory and answers asked for, with a model: whole commands against a stand-in endpoint.

    .venv/bin/python benchmarks/model_job.py             every table (about five minutes)
    .venv/bin/python benchmarks/model_job.py speed       one of: speed, hand, faults, growth

The endpoint is that of the tests, a process of its own, 200 ms ± 30 % a request, content made anew
for each. "Window" is from the first request to the last answer, by the endpoint's own log; "total"
is the whole command. Medians of three runs, after one that does not count.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from statistics import median
from threading import Thread
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.endpoint import EndpointProcess  # noqa: E402

BRIEF = "questions about changing tools on a packaging line"
LATENCY = ("--latency", "0.2", "--jitter", "0.3", "--seed", "1")
FAULTS = (
    *("--rate-429", "0.05", "--rate-500", "0.02", "--rate-hang", "0.002"),
    *("--rate-bad-json", "0.03", "--rate-truncated", "0.02", "--rate-wrong-schema", "0.02"),
)


class Measured(NamedTuple):
    """One command, as the operating system and the endpoint saw it."""

    made: int
    asked: int
    total: float
    window: float
    first: float
    cpu: float
    window_cpu: float
    peak_mb: float
    answers: int


def run(count: int, flags: Sequence[str], endpoint: Sequence[str] = ()) -> Measured:
    """Make so many records by one command."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log.jsonl"
        with EndpointProcess(log, *LATENCY, *endpoint) as server:
            command = [
                *(sys.executable, "-m", "synth_agent", "generate", f"{count} {BRIEF}"),
                *("--model", "openai:stand-in", "--task", "qa", "--json", "--quiet"),
                *("--run-dir", f"{folder}/run", *flags),
            ]
            environment = os.environ | {"OPENAI_BASE_URL": server.url, "OPENAI_API_KEY": "sk-test"}
            begun = time.monotonic()
            process = subprocess.Popen(
                command, stdout=subprocess.PIPE, text=True, env=environment, cwd=ROOT
            )
            assert process.stdout
            watch = Watch(process.pid)
            out = process.stdout.read()
            watch.stop()
            process.stdout.close()
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = status
            total = time.monotonic() - begun
        arrived, answered = times(log)
    if status:
        raise SystemExit(f"{' '.join(command)} ended with status {status}")
    figures = json.loads(out)
    cpu = usage.ru_utime + usage.ru_stime
    window, first = answered[-1] - arrived[0], arrived[0] - begun
    made, asked = figures["accepted"], figures["asked"]
    peak = usage.ru_maxrss / 1024
    within = watch.at(answered[-1]) - watch.at(arrived[0])
    return Measured(made, asked, total, window, first, cpu, within, peak, figures["requests"])


class Watch:
    """Looks at a process's CPU time fifty times a second."""

    def __init__(self, pid: int) -> None:
        self._stat = Path(f"/proc/{pid}/stat")
        self._seen = [(time.monotonic(), 0.0)]
        self._going = True
        self._thread = Thread(target=self._look)
        self._thread.start()

    def _look(self) -> None:
        tick = os.sysconf("SC_CLK_TCK")
        while self._going:
            with suppress(OSError):
                fields = self._stat.read_text().rsplit(")", maxsplit=1)[1].split()
                self._seen.append((time.monotonic(), (int(fields[11]) + int(fields[12])) / tick))
            time.sleep(0.02)

    def stop(self) -> None:
        """Look no more."""
        self._going = False
        self._thread.join()

    def at(self, moment: float) -> float:
        """Return the CPU seconds used by then."""
        return max(cpu for seen, cpu in self._seen if seen <= moment)


def times(log: Path) -> tuple[list[float], list[float]]:
    """Return when requests came and when answers were whole, by the endpoint's clock."""
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    arrived = [line["at"] for line in lines if line["event"] == "arrived"]
    answered = [line["at"] for line in lines if line["event"] == "answered"]
    return sorted(arrived), sorted(answered)


def middle(count: int, flags: Sequence[str], endpoint: Sequence[str] = ()) -> Measured:
    """Return medians of three runs after one that does not count."""
    run(count, flags, endpoint)
    runs = [run(count, flags, endpoint) for _ in range(3)]
    return Measured(*(median(column) for column in zip(*runs, strict=True)))


def row(name: str, measured: Measured) -> None:
    m = measured
    figures = (
        f"{m.made:.0f} of {m.asked:.0f}",
        *(f"{m.made / m.window:,.0f}", f"{m.made / m.total:,.0f}"),
        *(f"{m.window_cpu / m.made * 1000:.2f}", f"{m.cpu / m.made * 1000:.2f}"),
        *(f"{m.peak_mb:.0f}", f"{m.first:.2f}", f"{m.answers:,.0f}", f"{m.total:.2f}"),
    )
    print(f"| {name} | {' | '.join(figures)} |", flush=True)


def head() -> None:
    print(
        "| | made | window rec/s | total rec/s | CPU ms/rec in the window | in all | peak MB "
        "| first request s | answers | total s |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
    )


def speed() -> None:
    """2,000 records, one a call, 256 in flight."""
    row(
        "2,000, one a call, 256 in flight",
        middle(2000, ("--records-per-call", "1", "--concurrency", "256")),
    )


def hand() -> None:
    """One and ten records a call at the same concurrency."""
    for per_call in (1, 10):
        flags = ("--records-per-call", str(per_call), "--concurrency", "16")
        measured = middle(1000, flags, ("--items", str(per_call)))
        row(f"1,000, {per_call} a call, 16 in flight", measured)


def faults() -> None:
    """500 records with and without faults."""
    flags = ("--records-per-call", "1", "--concurrency", "64")
    row("500, no faults, 64 in flight", middle(500, flags))
    row("500, faults, 64 in flight", middle(500, flags, FAULTS))
    told = (*FAULTS, "--retry-after", "1")
    row("500, faults, each 429 with Retry-After 1 s", middle(500, flags, told))


def growth() -> None:
    """Memory at 2,000 and 10,000 records."""
    for count in (2_000, 10_000):
        flags = ("--records-per-call", "10", "--concurrency", "64")
        row(f"{count:,}, ten a call, 64 in flight", run(count, flags, ("--items", "10")))


TABLES = {"speed": speed, "hand": hand, "faults": faults, "growth": growth}


def main() -> None:
    """Print the tables that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tables", nargs="*", choices=[*TABLES, []], default=[])
    head()
    for name in parser.parse_args().tables or TABLES:
        TABLES[name]()


if __name__ == "__main__":
    main()
