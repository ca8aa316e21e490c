"""Sequencing, value streams, waiting lines and vehicles, recomputed as an engineer at a desk would.

One reader per scene turns any wording of it into its facts; one function per question computes.
"""

import re
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Final, NamedTuple

from tests.recomputed.plain import matches, mean, number, plain, read, whole_up
from tests.recomputed.reading import Expected, Recompute, half_up

__all__ = ["FORMS"]

# -- job sequence ---------------------------------------------------------------------------------


class _Job(NamedTuple):
    name: str
    first: int
    second: int
    due: int


class _Queue(NamedTuple):
    machines: tuple[str, str]
    jobs: list[_Job]


def _queue_of_jobs(context: str) -> _Queue:
    named = re.search(
        r"every job first (.+), then (.+)"
        r"|: route (.+) -> (.+?);"
        r"|Hours on (.+) / on (.+?), and"
        r"|arrival J\d+ \((.+?) \d+ h, then (.+?) \d+ h",
        context,
    )
    assert named, context
    first, second = (name for name in named.groups() if name)
    text = context
    for machine in (first, second):
        text = text.replace(machine, "")
    rows = matches(text, r"\b(J\d+)\D+(\d+)\D+(\d+)\D+(\d+)")
    return _Queue((first, second), [_Job(n, int(a), int(b), int(d)) for n, a, b, d in rows])


def _ends(jobs: Iterable[_Job]) -> list[int]:
    """Return when the first machine is through with each job."""
    return list(accumulate(job.first for job in jobs))


def _makespan(jobs: Sequence[_Job]) -> int:
    end = 0
    for job, ready in zip(jobs, _ends(jobs), strict=True):
        end = max(end, ready) + job.second
    return end


def _johnson(jobs: Iterable[_Job]) -> list[_Job]:
    early = [job for job in jobs if job.first <= job.second]
    late = [job for job in jobs if job.first > job.second]
    return [*sorted(early, key=lambda j: j.first), *sorted(late, key=lambda j: -j.second)]


def _in_order(jobs: Iterable[_Job]) -> str:
    return r"\W+".join(job.name for job in jobs)


def _seq_load(_question: str, context: str) -> Expected:
    queue = _queue_of_jobs(context)
    loads = sum(job.first for job in queue.jobs), sum(job.second for job in queue.jobs)
    larger = re.escape(queue.machines[loads[1] > loads[0]])
    says = rf"{larger} has more|at {larger}" if loads[0] != loads[1] else "the same|neither"
    return Expected(loads, (), says)


def _seq_spt(_question: str, context: str) -> Expected:
    jobs = sorted(_queue_of_jobs(context).jobs, key=lambda job: job.first)
    ends = _ends(jobs)
    return Expected((mean(ends),), (), _in_order(jobs))


def _seq_edd(_question: str, context: str) -> Expected:
    jobs = sorted(_queue_of_jobs(context).jobs, key=lambda job: job.due)
    ends = _ends(jobs)
    lateness = [end - job.due for job, end in zip(jobs, ends, strict=True)]
    worst = jobs[lateness.index(max(lateness))].name
    late = sum(hours > 0 for hours in lateness)
    return Expected((late, max(lateness)), (), f"{_in_order(jobs)}.*{worst}")


def _seq_makespan(_question: str, context: str) -> Expected:
    return Expected((_makespan(_queue_of_jobs(context).jobs),))


def _seq_johnson(_question: str, context: str) -> Expected:
    jobs = _queue_of_jobs(context).jobs
    order = _johnson(jobs)
    listed, best = _makespan(jobs), _makespan(order)
    return Expected((best, listed - best), (listed,), _in_order(order))


# -- value stream ---------------------------------------------------------------------------------


class _Stream(NamedTuple):
    steps: dict[str, float]
    """Cycle times in seconds, by process."""
    stock: float
    demand: float
    hours: float
    goal: float

    @property
    def work(self) -> float:
        return sum(self.steps.values())

    @property
    def lead(self) -> float:
        return self.stock / self.demand

    @property
    def takt(self) -> float:
        return self.hours * 3600 / self.demand


def _stream(context: str) -> _Stream:
    text = plain(context)
    before = matches(text, r"# pcs before ([a-z ]+), which takes # s")
    before += matches(text, r"stock # pcs -> ([a-z -]+?) c/t # s")
    after = matches(text, r"name ([a-z -]+), cycle s #, stock before pcs #")
    after += matches(text, r"\| ([a-z -]+) \| # \| #")
    rows = [*((name, ct, stock) for stock, name, ct in before), *after]
    assert rows, context
    return _Stream(
        {name: number(ct) for name, ct, _ in rows},
        sum(number(stock) for *_, stock in rows),
        demand=read(text, "# pcs/day", "customer takes #", "demand per day #"),
        hours=read(text, "(?:working time|we work|working hours per day) #", "# working hours"),
        goal=read(text, "target lead time(?: days)? #", "# days (?:of lead time|through)"),
    )


def _vsm_va(_question: str, context: str) -> Expected:
    stream = _stream(context)
    return Expected((stream.work, stream.stock))


def _vsm_lead(_question: str, context: str) -> Expected:
    stream = _stream(context)
    return Expected((stream.lead,), (stream.stock,))


def _vsm_takt(_question: str, context: str) -> Expected:
    stream = _stream(context)
    slowest = max(stream.steps, key=lambda name: stream.steps[name])
    use = 100 * stream.steps[slowest] / stream.takt
    return Expected((stream.takt, use), (), re.escape(slowest))


def _vsm_pce(_question: str, context: str) -> Expected:
    stream = _stream(context)
    share = 100 * stream.work / (stream.lead * stream.hours * 3600)
    return Expected((share,), (stream.work, stream.lead))


def _vsm_target_wip(_question: str, context: str) -> Expected:
    stream = _stream(context)
    cap = stream.goal * stream.demand
    surplus = stream.stock - cap
    return Expected((surplus, cap, 100 * surplus / stream.stock), (stream.stock,))


# -- waiting line ---------------------------------------------------------------------------------


class _Waiting(NamedTuple):
    arrivals: float
    hours: float
    service: float
    faster: float
    wage: float

    def load(self, service: float) -> float:
        return self.arrivals / self.hours * service / 60

    def wait(self, service: float) -> float:
        """Return the mean wait before the service starts, in minutes."""
        load = self.load(service)
        return load * service / (1 - load)


def _dock(context: str) -> _Waiting:
    text = plain(context)
    return _Waiting(
        arrivals=read(text, "(?:about|arrivals|counted)(?: count)? #"),
        hours=read(text, "# h(?:ours)?\\b", "per hours #"),
        service=read(text, "(?:takes|mean|service is)(?: service min)? #"),
        faster=read(text, "(?:fall to|discussion mean|down to|alternative mean service min) #"),
        wage=read(text, "(?:costs|cost of waiting|let us say|cost per h) #"),
    )


def _q_util(_question: str, context: str) -> Expected:
    line = _dock(context)
    return Expected((100 * line.load(line.service),))


def _q_wait(_question: str, context: str) -> Expected:
    line = _dock(context)
    return Expected((line.wait(line.service),))


def _q_length(_question: str, context: str) -> Expected:
    line = _dock(context)
    load = line.load(line.service)
    return Expected((load**2 / (1 - load),))


def _q_faster(_question: str, context: str) -> Expected:
    line = _dock(context)
    now, then = (half_up(line.wait(minutes), 1) for minutes in (line.service, line.faster))
    return Expected((now, then, (now - then) * line.arrivals / 60 * line.wage))


# -- vehicle log ----------------------------------------------------------------------------------


class _Fleet(NamedTuple):
    missions: list[tuple[float, ...]]
    """Load, drive, drop, return, blocked: minutes."""
    demand: float
    available: float

    @property
    def total(self) -> float:
        return sum(map(sum, self.missions))

    @property
    def blocked(self) -> float:
        return sum(mission[-1] for mission in self.missions)

    @property
    def mean(self) -> float:
        return self.total / len(self.missions)

    def vehicles(self, minutes: float) -> float:
        """Return how many the peak needs, at a mean mission time."""
        return whole_up(self.demand * minutes / 60 / (self.available / 100))


def _fleet(context: str) -> _Fleet:
    text = plain(context)
    rows = matches(text, r"(?<!\d)" + r"[,/ ]".join([r"(\d+\.\d)"] * 5))
    assert rows, context
    return _Fleet(
        [tuple(map(float, row)) for row in rows],
        read(text, "(?:demand|at peak|we need) #"),
        read(text, "# %"),
    )


def _agv_cycle(_question: str, context: str) -> Expected:
    fleet = _fleet(context)
    return Expected((fleet.mean,), (fleet.total, len(fleet.missions)))


def _agv_blocked(_question: str, context: str) -> Expected:
    fleet = _fleet(context)
    share = 100 * fleet.blocked / fleet.total
    return Expected((share, fleet.blocked), (fleet.total,))


def _agv_fleet(_question: str, context: str) -> Expected:
    fleet = _fleet(context)
    return Expected((fleet.vehicles(fleet.mean),), (fleet.mean,))


def _agv_unblocked(_question: str, context: str) -> Expected:
    fleet = _fleet(context)
    now = fleet.vehicles(fleet.mean)
    free = fleet.vehicles(fleet.mean - fleet.blocked / len(fleet.missions))
    says = f"{now - free:.0f} fewer" if now > free else "nothing is gained|no vehicle is saved"
    return Expected((now, free), (now - free,), says)


FORMS: Final[dict[str, Recompute]] = {
    "job_sequence/p2_seq_load": _seq_load,
    "job_sequence/p2_seq_spt": _seq_spt,
    "job_sequence/p2_seq_edd": _seq_edd,
    "job_sequence/p2_seq_makespan": _seq_makespan,
    "job_sequence/p2_seq_johnson": _seq_johnson,
    "value_stream/p2_vsm_va": _vsm_va,
    "value_stream/p2_vsm_lead": _vsm_lead,
    "value_stream/p2_vsm_takt": _vsm_takt,
    "value_stream/p2_vsm_pce": _vsm_pce,
    "value_stream/p2_vsm_target_wip": _vsm_target_wip,
    "dock_queue/p2_q_util": _q_util,
    "dock_queue/p2_q_wait": _q_wait,
    "dock_queue/p2_q_length": _q_length,
    "dock_queue/p2_q_faster": _q_faster,
    "agv_log/p2_agv_cycle": _agv_cycle,
    "agv_log/p2_agv_blocked": _agv_blocked,
    "agv_log/p2_agv_fleet": _agv_fleet,
    "agv_log/p2_agv_unblocked": _agv_unblocked,
}
