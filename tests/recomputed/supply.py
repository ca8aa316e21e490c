"""Stock, planning, purchasing, sequencing and transport, recomputed as an engineer at a desk would.

One reader per scene turns any wording of it into its facts; one function per question computes.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from itertools import accumulate
from math import ceil, sqrt
from typing import Final, NamedTuple

from tests.recomputed.reading import Expected, Recompute, half_up

__all__ = ["FORMS"]

_N: Final = r"(\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
_SKU: Final = r"[A-Z]+[A-Z0-9]*(?:-[A-Z0-9]+)+"
_SIGNS: Final = str.maketrans(dict.fromkeys('"_:[]{}()€$£', " "))


def _plain(text: str) -> str:
    """Return a text in one line and in small letters, without the signs that set forms apart."""
    return " ".join(text.translate(_SIGNS).lower().split()).replace(" ,", ",")


def _number(written: str) -> float:
    return float(written.replace(",", ""))


def _read(text: str, *patterns: str) -> float:
    """Return the figure that stands for `#` in the first pattern which a plain text has."""
    for pattern in patterns:
        match = re.search(pattern.replace("#", _N), text)
        if match:
            return _number(match[1])
    raise AssertionError(f"none of {patterns} in {text!r}")


def _rows(text: str, pattern: str) -> list[tuple[str, ...]]:
    """Return the groups of each match; `#` stands for a figure."""
    return [match.groups() for match in re.finditer(pattern.replace("#", _N), text, re.MULTILINE)]


def _whole_up(value: float) -> float:
    """Round up, blind to the noise of binary fractions."""
    return ceil(round(value, 9))


# -- stock policy ---------------------------------------------------------------------------------


class _Stock(NamedTuple):
    on_hand: float
    reserved: float
    on_order: float
    average: float
    usage: float
    deviation: float
    lead: float
    z: float
    system_rop: float
    lot: float
    days: float
    price: float
    order_cost: float
    holding: float

    @property
    def annual(self) -> float:
        return self.usage * self.days

    @property
    def buffer(self) -> float:
        return self.z * self.deviation * sqrt(self.lead)

    @property
    def lead_demand(self) -> float:
        return self.usage * self.lead

    @property
    def rop(self) -> float:
        return self.lead_demand + _whole_up(self.buffer)

    @property
    def position(self) -> float:
        return self.on_hand - self.reserved + self.on_order

    @property
    def unit_holding(self) -> float:
        return self.price * self.holding / 100

    @property
    def eoq(self) -> float:
        return sqrt(2 * self.annual * self.order_cost / self.unit_holding)

    def lot_cost(self, lot: float) -> tuple[float, float]:
        """Return what ordering and holding cost in a year."""
        return self.annual / lot * self.order_cost, lot / 2 * self.unit_holding


def _stock(context: str) -> _Stock:
    text = _plain(context)
    nothing_due = "open order none" in text
    return _Stock(
        on_hand=_read(text, r"(?:on hand|plant stock|stock this morning) #", r"# \S+ there"),
        reserved=_read(text, "reserved #", "# reserved"),
        on_order=0.0 if nothing_due else _read(text, "(?:on|open) (?:order|po) #", "# on order"),
        average=_read(
            text, "(?:average|avg)(?: stock| over the)?(?: last| year)?(?: year| was)? #"
        ),
        usage=_read(text, "(?:usage|we use|demand per workday) #", "# per working day"),
        deviation=_read(text, r"(?:sd|std dev|deviation)(?: per workday| daily usage)? #"),
        lead=_read(text, "(?:lead time|replenishment|needs|quotes)(?: workdays| days)? #"),
        z=_read(text, r"\bz(?: =)? #"),
        system_rop=_read(text, r"(?:reorder point|reorders at|reorder pt|rop)(?: in system)? #"),
        lot=_read(text, r"\blot(?: size| of)? #"),
        days=_read(
            text, "work(?:days/yr|days per year|ing days) #", "# days a year", "year, # work"
        ),
        price=_read(text, "price #", "# each"),
        order_cost=_read(text, "(?:order cost|per order|order costs us) #", "# per order"),
        holding=_read(text, "(?:holding|carrying)(?: percent per year| rate| cost)? #"),
    )


def _stock_cover(_question: str, context: str) -> Expected:
    stock = _stock(context)
    return Expected((stock.on_hand / stock.usage,))


def _stock_turns(_question: str, context: str) -> Expected:
    stock = _stock(context)
    return Expected((stock.annual / stock.average,), (stock.annual,))


def _stock_safety(_question: str, context: str) -> Expected:
    stock = _stock(context)
    return Expected((_whole_up(stock.buffer),), (sqrt(stock.lead), stock.buffer))


def _stock_rop(_question: str, context: str) -> Expected:
    stock = _stock(context)
    gap = stock.system_rop - stock.rop
    verdict = r"\btoo (?:low|small)|\bbelow" if gap < 0 else r"\btoo (?:high|large)|\babove"
    may = (stock.lead_demand, stock.buffer, _whole_up(stock.buffer))
    return Expected((stock.rop, gap), may, verdict)


def _stock_order_now(_question: str, context: str) -> Expected:
    stock = _stock(context)
    short = stock.position <= stock.rop
    may = (stock.lead_demand, stock.buffer, _whole_up(stock.buffer), stock.rop - stock.position)
    verdict = r"\border (?:now|today)" if short else r"\bwait|no order"
    return Expected((stock.position, stock.rop), may, verdict)


def _stock_eoq(_question: str, context: str) -> Expected:
    stock = _stock(context)
    return Expected((stock.eoq,), (stock.annual, stock.unit_holding))


def _stock_lot_cost(_question: str, context: str) -> Expected:
    stock = _stock(context)
    now, best = stock.lot_cost(stock.lot), stock.lot_cost(half_up(stock.eoq))
    may = (stock.annual, stock.unit_holding, stock.eoq, *now, *best, sum(now), sum(best))
    return Expected((sum(now) - sum(best),), may)


# -- ABC analysis ---------------------------------------------------------------------------------


class _Abc(NamedTuple):
    values: dict[str, float]
    """Annual value by item, the largest first."""

    @property
    def total(self) -> float:
        return sum(self.values.values())

    @property
    def shares(self) -> dict[str, float]:
        """Cumulative shares in per cent."""
        running = accumulate(self.values.values())
        return {
            name: 100 * value / self.total for name, value in zip(self.values, running, strict=True)
        }

    def class_of(self, name: str) -> str:
        share = self.shares[name]
        return "A" if share <= 80 else "B" if share <= 95 else "C"


def _abc(context: str) -> _Abc:
    rows = _rows(
        context,
        rf"^(?:- |\| )?({_SKU})\b.*?(?<=[,;:| ])(\d+|\d{{1,3}}(?:,\d{{3}})+)"
        r"(?:[,;]| \| | at \D)(\d+\.\d\d)(?: \|)?$",
    )
    assert rows, context
    values = {name: _number(count) * _number(price) for name, count, price in rows}
    return _Abc(dict(sorted(values.items(), key=lambda entry: -entry[1])))


def _item(question: str) -> str:
    found = re.search(_SKU, question)
    assert found, question
    return found[0]


def _abc_value(question: str, context: str) -> Expected:
    return Expected((_abc(context).values[_item(question)],))


def _abc_top_share(_question: str, context: str) -> Expected:
    abc = _abc(context)
    top = next(iter(abc.values))
    return Expected((abc.shares[top],), (abc.values[top], abc.total), re.escape(top))


def _abc_class(question: str, context: str) -> Expected:
    abc, name = _abc(context), _item(question)
    may = (*abc.values.values(), *accumulate(abc.values.values()), *abc.shares.values())
    return Expected((abc.shares[name],), may, rf"\b{abc.class_of(name)}\b")


def _abc_a_items(_question: str, context: str) -> Expected:
    abc = _abc(context)
    members = [name for name in abc.values if abc.class_of(name) == "A"]
    others = [name for name in abc.values if name not in members]
    verdict = "".join(
        (
            *(rf"(?=.*{re.escape(name)})" for name in members),
            *(rf"(?!.*{re.escape(name)}.*class A)" for name in others),
        )
    )
    may = (len(members), *abc.values.values(), abc.total, *abc.shares.values())
    return Expected((abc.shares[members[-1]],), may, f"(?s)^{verdict}")


# -- material requirements ------------------------------------------------------------------------


class _Mrp(NamedTuple):
    weeks: list[int]
    gross: list[float]
    receipts: list[float]
    start: float
    safety: float
    lead: float

    @property
    def projected(self) -> dict[int, float]:
        """Stock at the end of each week without new orders."""
        moves = (r - g for g, r in zip(self.gross, self.receipts, strict=True))
        return dict(zip(self.weeks, list(accumulate(moves, initial=self.start))[1:], strict=True))

    @property
    def net(self) -> dict[int, float]:
        """Lot-for-lot requirements that keep the safety stock, by week, without the zeros."""
        needs: dict[int, float] = {}
        ordered = 0.0
        for week, stock in self.projected.items():
            missing = self.safety - stock - ordered
            if missing > 0:
                needs[week] = missing
                ordered += missing
        return needs


def _mrp(context: str) -> _Mrp:
    text = _plain(context)
    weeks, gross, receipts = _mrp_listed(text) if " / " in text else _mrp_rows(context)
    return _Mrp(
        weeks,
        gross,
        receipts,
        start=_read(text, "(?:on hand|opening stock|we hold) #", "# now"),
        safety=_read(text, "never plan below #", "safety stock(?: still)? #"),
        lead=_read(text, "# weeks?"),
    )


def _mrp_rows(context: str) -> tuple[list[int], list[float], list[float]]:
    pattern = r"^(?:\| |CW )?(\d\d?)(?: +\| |: | {2,})#(?:(?: +\| | +\(incoming | {2,})(?:#|-))?"
    rows = _rows(context, pattern)
    weeks = [int(week) for week, _, _ in rows]
    return weeks, [_number(g) for _, g, _ in rows], [_number(r or "0") for *_, r in rows]


def _mrp_listed(text: str) -> tuple[list[int], list[float], list[float]]:
    listed = re.search(r"from cw (\d+) on ([\d,]+(?: / [\d,]+)+)", text)
    receipt = re.search(_N + r" arrive in cw (\d+)", text)
    assert listed, text
    assert receipt, text
    gross = [_number(entry) for entry in listed[2].split(" / ")]
    weeks = list(range(int(listed[1]), int(listed[1]) + len(gross)))
    return weeks, gross, [_number(receipt[1]) * (week == int(receipt[2])) for week in weeks]


def _mrp_projected(question: str, context: str) -> Expected:
    plan = _mrp(context)
    week = int(_read(_plain(question), "(?:cw|week) #"))
    return Expected((plan.projected[week],), (*plan.projected.values(), *_so_far(plan, week)))


def _so_far(plan: _Mrp, week: int) -> tuple[float, float]:
    """Return what went out and what came in until the end of a week."""
    count = plan.weeks.index(week) + 1
    return sum(plan.gross[:count]), sum(plan.receipts[:count])


def _mrp_first_short(_question: str, context: str) -> Expected:
    plan = _mrp(context)
    week, stock = next((w, s) for w, s in plan.projected.items() if s < plan.safety)
    return Expected((week, stock), (*plan.projected.values(), plan.safety - stock))


def _mrp_net(_question: str, context: str) -> Expected:
    plan = _mrp(context)
    may = (*plan.net.values(), *plan.projected.values(), sum(plan.gross), sum(plan.receipts))
    return Expected((sum(plan.net.values()), *plan.net), may)


def _mrp_release(_question: str, context: str) -> Expected:
    plan = _mrp(context)
    week, count = next(iter(plan.net.items()))
    return Expected((week - plan.lead, count), (week, *plan.projected.values()))


# -- kanban loop ----------------------------------------------------------------------------------


class _Kanban(NamedTuple):
    box: float
    cards: float
    demand: float
    lead: float
    faster: float
    safety: float

    def exact(self, lead: float) -> float:
        return self.demand * lead * (1 + self.safety / 100) / self.box

    def needed(self, lead: float) -> float:
        return _whole_up(self.exact(lead))

    def steps(self, lead: float) -> tuple[float, ...]:
        demand = self.demand * lead
        return demand, demand * (1 + self.safety / 100), 1 + self.safety / 100, self.exact(lead)


def _kanban(context: str) -> _Kanban:
    text = _plain(context)
    return _Kanban(
        box=_read(text, "(?:container|boxes of) #", "# (?:pieces )?per (?:box|container)"),
        cards=_read(text, "cards (?:in loop|active) #", "# cards"),
        demand=_read(text, "(?:consumption|demand|takes)(?: is| pcs per h)? #"),
        lead=_read(
            text, "replenishment (?:time |h )(?:of a card )?#", "needs # hours", "# h from empty"
        ),
        faster=_read(
            text, "(?:down to|back after|would be) #", "# h once", "planned replenishment h #"
        ),
        safety=_read(text, "# %", "safety percent #"),
    )


def _kanban_max_stock(_question: str, context: str) -> Expected:
    loop = _kanban(context)
    full = loop.cards * loop.box
    return Expected((full,), (full / loop.demand,))


def _kanban_cards(_question: str, context: str) -> Expected:
    loop = _kanban(context)
    gap = loop.needed(loop.lead) - loop.cards
    verdict = "too few|add|missing|more" if gap > 0 else "too many|remove|pull|out|fewer"
    return Expected((loop.needed(loop.lead), gap), loop.steps(loop.lead), verdict)


def _kanban_faster(_question: str, context: str) -> Expected:
    loop = _kanban(context)
    now, then = loop.needed(loop.lead), loop.needed(loop.faster)
    may = (now, then, *loop.steps(loop.lead), *loop.steps(loop.faster))
    return Expected((now - then, (now - then) * loop.box), may)


# -- demand forecast ------------------------------------------------------------------------------


class _Forecast(NamedTuple):
    actual: list[float]
    forecast: list[float]
    alpha: float

    @property
    def errors(self) -> list[float]:
        return [a - f for a, f in zip(self.actual, self.forecast, strict=True)]

    @property
    def mad(self) -> float:
        return _mean([abs(error) for error in self.errors])


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _forecast(context: str) -> _Forecast:
    text = _plain(context)
    listed = re.search(r" was ([\d, ]+) pieces .* forecast ([\d, ]+)\.", text)
    if listed:
        actual, forecast = ([_number(n) for n in part.split(", ")] for part in listed.groups())
    else:
        month = "(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
        rows = _rows(text, rf"\b{month}(?: \||, actual)? #(?: \||, forecast)? #")
        actual, forecast = ([_number(n) for n in part] for part in zip(*rows, strict=True))
    return _Forecast(actual, forecast, _read(text, "(?:alpha|smoothing constant).*? #"))


def _fc_moving_average(_question: str, context: str) -> Expected:
    last = _forecast(context).actual[-3:]
    return Expected((_mean(last),), (sum(last),))


def _fc_smoothing(_question: str, context: str) -> Expected:
    plan = _forecast(context)
    error = plan.errors[-1]
    step = plan.alpha * error
    parts = (plan.alpha * plan.actual[-1], 1 - plan.alpha, (1 - plan.alpha) * plan.forecast[-1])
    return Expected((plan.forecast[-1] + step,), (error, step, *parts))


def _fc_mad(_question: str, context: str) -> Expected:
    plan = _forecast(context)
    return Expected((plan.mad,), (*plan.errors, sum(map(abs, plan.errors)), len(plan.errors)))


def _fc_mape(question: str, context: str) -> Expected:
    plan = _forecast(context)
    parts = [100 * abs(e) / a for e, a in zip(plan.errors, plan.actual, strict=True)]
    claim = r"\byes\b|\btrue\b|\bright\b" if _mean(parts) < 10 else r"\bno\b|\bnot\b|\bwrong\b"
    says = claim if "claims" in question else ""
    return Expected((_mean(parts),), (*plan.errors, *parts, sum(parts), len(parts)), says)


def _fc_tracking(_question: str, context: str) -> Expected:
    plan = _forecast(context)
    bias = sum(plan.errors)
    signal = bias / plan.mad
    within = (
        r"\bwithin|\binside|\bno bias|not biased|stays"
        if abs(signal) <= 4
        else (r"\bexceeds|\boutside|\bbeyond|\bleaves|\bis biased")
    )
    return Expected((signal,), (*plan.errors, bias, plan.mad, sum(map(abs, plan.errors))), within)


# -- supplier deliveries --------------------------------------------------------------------------


class _Line(NamedTuple):
    late: int
    ordered: float
    delivered: float

    @property
    def perfect(self) -> bool:
        return self.late <= 0 and self.delivered >= self.ordered


class _Deliveries(NamedTuple):
    lines: list[_Line]
    target: float

    @property
    def perfect(self) -> int:
        return sum(line.perfect for line in self.lines)

    @property
    def otif(self) -> float:
        return 100 * self.perfect / len(self.lines)


def _deliveries(context: str) -> _Deliveries:
    day = r"(\d{4}-\d\d-\d\d|\d\d\.\d\d\.\d{4}|\d\d [A-Z][a-z]{2})"
    dated = _rows(context, rf"\b\d{{8}}\W+{day}\W+{day}\W+#\W+#")
    counted = _rows(context, r"\b\d{8} ([-+]?\d+) d, # of #")
    lines = [
        *(_Line(_days(due, got), _number(o), _number(d)) for due, got, o, d in dated),
        *(_Line(int(late), _number(o), _number(d)) for late, d, o in counted),
    ]
    assert lines, context
    return _Deliveries(lines, _read(_plain(context), "target.*? # %"))


def _days(due: str, received: str) -> int:
    """Return how many days late a delivery came; over New Year where no year is written."""
    late = (_day(received) - _day(due)).days
    return late + 366 if late < -180 else late


def _day(written: str) -> date:
    if written[2] == " ":
        return datetime.strptime(f"{written} 2024", "%d %b %Y").date()
    return datetime.strptime(written, "%d.%m.%Y" if written[2] == "." else "%Y-%m-%d").date()


def _otif_on_time(_question: str, context: str) -> Expected:
    lines = _deliveries(context).lines
    good = sum(line.late <= 0 for line in lines)
    return Expected((100 * good / len(lines),), (good, len(lines), len(lines) - good))


def _otif_fill(_question: str, context: str) -> Expected:
    lines = _deliveries(context).lines
    ordered, delivered = sum(x.ordered for x in lines), sum(x.delivered for x in lines)
    return Expected((100 * delivered / ordered,), (ordered, delivered, ordered - delivered))


def _otif_delay(_question: str, context: str) -> Expected:
    late = [line.late for line in _deliveries(context).lines if line.late > 0]
    return Expected((_mean(late),), (sum(late), len(late), *late))


def _otif_rate(_question: str, context: str) -> Expected:
    seen = _deliveries(context)
    gap = seen.otif - seen.target
    says = r"above|\bmet\b|reached|yes" if gap >= 0 else r"below|\bnot\b|missed|short|\bno\b"
    return Expected((seen.otif,), (gap, seen.perfect, len(seen.lines)), says)


def _otif_recover(_question: str, context: str) -> Expected:
    seen = _deliveries(context)
    good, count, goal = seen.perfect, len(seen.lines), seen.target / 100
    more = max(0.0, _whole_up((goal * count - good) / (1 - goal)))
    before, after = ((good + n) / (count + n) * 100 for n in (more - 1, more))
    may = (good, count, good + more, count + more, good + more - 1, count + more - 1)
    return Expected((more,), (*may, before, after, seen.otif))


# -- make or buy ----------------------------------------------------------------------------------


class _Sourcing(NamedTuple):
    make: float
    fixed: float
    price: float
    freight: float
    volume: float

    @property
    def cost_make(self) -> float:
        return self.make * self.volume + self.fixed

    @property
    def cost_buy(self) -> float:
        return self.price * self.volume + self.freight

    @property
    def limit(self) -> float:
        """The price at which both cost the same."""
        return (self.cost_make - self.freight) / self.volume


def _sourcing(context: str) -> _Sourcing:
    text = _plain(context)
    return _Sourcing(
        make=_read(
            text, r"variable (?:cost |per pc )(?:is )?#", "take # variable", r"per piece \| #"
        ),
        fixed=_read(text, r"fixed (?:cost |per year |\| )#", "cell costs #", "plus # fixed"),
        price=_read(text, "can offer #", "#/pc", r"per piece \| [\d.,]+ \| #", r"price [^\d|]*#"),
        freight=_read(
            text, "adds #", "#/year extra", r"receiving (?:per year )?#", r"fixed \| [\d,]+ \| #"
        ),
        volume=_read(text, "(?:demand|volume) (?:pcs )?#", "# pieces a year"),
    )


def _mob_cost_make(_question: str, context: str) -> Expected:
    case = _sourcing(context)
    return Expected((case.cost_make / case.volume,), (case.fixed / case.volume, case.cost_make))


def _mob_breakeven(_question: str, context: str) -> Expected:
    case = _sourcing(context)
    fixed, unit = case.fixed - case.freight, case.price - case.make
    return Expected((_whole_up(fixed / unit),), (fixed / unit, fixed, unit))


def _mob_decision(question: str, context: str) -> Expected:
    case = _sourcing(context)
    gap = case.cost_buy - case.cost_make
    says = r"\bmak(?:e|ing)\b" if gap > 0 else r"\bbuy(?:ing)?\b"
    if "pay" in question:
        says = r"\bno\b|\bnot\b" if gap > 0 else r"\byes\b|\bpays\b"
    may = (case.cost_make, case.cost_buy, case.make * case.volume, case.price * case.volume)
    return Expected((gap,), may, says)


def _mob_price_limit(_question: str, context: str) -> Expected:
    case = _sourcing(context)
    gap = case.limit - case.price
    may = (gap, 100 * gap / case.price, case.cost_make, case.cost_make - case.freight)
    return Expected((case.limit,), (*may, (case.fixed - case.freight) / case.volume))


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
    rows = _rows(text, r"\b(J\d+)\D+(\d+)\D+(\d+)\D+(\d+)")
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


def _seq_load(question: str, context: str) -> Expected:
    queue = _queue_of_jobs(context)
    loads = sum(job.first for job in queue.jobs), sum(job.second for job in queue.jobs)
    larger = re.escape(queue.machines[loads[1] > loads[0]])
    return Expected(loads, (loads[0] - loads[1],), larger if "more" in question else "")


def _seq_spt(question: str, context: str) -> Expected:
    jobs = sorted(_queue_of_jobs(context).jobs, key=lambda job: job.first)
    ends = _ends(jobs)
    says = "" if "how long" in question else _in_order(jobs)
    return Expected((_mean(ends),), (*ends, sum(ends), len(ends)), says)


def _seq_edd(_question: str, context: str) -> Expected:
    jobs = sorted(_queue_of_jobs(context).jobs, key=lambda job: job.due)
    ends = _ends(jobs)
    lateness = [end - job.due for job, end in zip(jobs, ends, strict=True)]
    late = [value for value in lateness if value > 0]
    worst = jobs[lateness.index(max(lateness))].name
    return Expected((len(late), max(lateness)), (*ends, *lateness), worst if late else "")


def _seq_makespan(_question: str, context: str) -> Expected:
    jobs = _queue_of_jobs(context).jobs
    return Expected((_makespan(jobs),), (*_ends(jobs), *map(_makespan, _heads(jobs))))


def _heads(jobs: Sequence[_Job]) -> Iterable[Sequence[_Job]]:
    """Return the first job, the first two, and so on."""
    return (jobs[: count + 1] for count in range(len(jobs)))


def _seq_johnson(question: str, context: str) -> Expected:
    jobs = _queue_of_jobs(context).jobs
    order = _johnson(jobs)
    listed, best = _makespan(jobs), _makespan(order)
    must = (best, listed - best) if "sav" in question else (best,)
    may = (listed, listed - best, *_ends(order), *map(_makespan, _heads(order)))
    return Expected(must, may, _in_order(order))


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
    text = _plain(context)
    before = _rows(text, r"# pcs before ([a-z ]+), which takes # s")
    before += _rows(text, r"stock # pcs -> ([a-z -]+?) c/t # s")
    after = _rows(text, r"name ([a-z -]+), cycle s #, stock before pcs #")
    after += _rows(text, r"\| ([a-z -]+) \| # \| #")
    rows = [*((name, ct, stock) for stock, name, ct in before), *after]
    assert rows, context
    return _Stream(
        {name: _number(ct) for name, ct, _ in rows},
        sum(_number(stock) for *_, stock in rows),
        demand=_read(text, "# pcs/day", "customer takes #", "demand per day #"),
        hours=_read(text, "(?:working time|we work|working hours per day) #", "# working hours"),
        goal=_read(text, "target lead time(?: days)? #", "# days (?:of lead time|through)"),
    )


def _vsm_va(question: str, context: str) -> Expected:
    stream = _stream(context)
    must = (stream.work,) if "actually worked on" in question else (stream.work, stream.stock)
    return Expected(must, (stream.stock,))


def _vsm_lead(_question: str, context: str) -> Expected:
    stream = _stream(context)
    return Expected((stream.lead,), (stream.stock,))


def _vsm_takt(_question: str, context: str) -> Expected:
    stream = _stream(context)
    slowest = max(stream.steps, key=lambda name: stream.steps[name])
    use = 100 * stream.steps[slowest] / stream.takt
    return Expected((stream.takt, use), (stream.hours * 3600, 100 - use), re.escape(slowest))


def _vsm_pce(_question: str, context: str) -> Expected:
    stream = _stream(context)
    seconds = stream.hours * 3600
    lead = half_up(stream.lead, 2)
    may = (stream.work, stream.stock, stream.lead, seconds, lead * seconds)
    return Expected((100 * stream.work / (lead * seconds),), may)


def _vsm_target_wip(_question: str, context: str) -> Expected:
    stream = _stream(context)
    cap = stream.goal * stream.demand
    surplus = stream.stock - cap
    return Expected((surplus,), (cap, stream.stock, 100 * surplus / stream.stock, stream.lead))


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
    text = _plain(context)
    return _Waiting(
        arrivals=_read(text, "(?:about|arrivals|counted)(?: count)? #"),
        hours=_read(text, "# h(?:ours)?\\b", "per hours #"),
        service=_read(text, "(?:takes|mean|service is)(?: service min)? #"),
        faster=_read(text, "(?:fall to|discussion mean|down to|alternative mean service min) #"),
        wage=_read(text, "(?:costs|cost of waiting|let us say|cost per h) #"),
    )


def _q_util(_question: str, context: str) -> Expected:
    line = _dock(context)
    return Expected((100 * line.load(line.service),), (line.arrivals / line.hours, 60 / line.service))


def _q_wait(_question: str, context: str) -> Expected:
    line = _dock(context)
    load = line.load(line.service)
    may = (line.arrivals / line.hours, 60 / line.service, load, 100 * load, 1 - load)
    return Expected((line.wait(line.service),), may)


def _q_length(_question: str, context: str) -> Expected:
    line = _dock(context)
    load = line.load(line.service)
    may = (line.arrivals / line.hours, 60 / line.service, load, 100 * load, load**2, 1 - load)
    return Expected((load**2 / (1 - load),), may)


def _q_faster(_question: str, context: str) -> Expected:
    line = _dock(context)
    now, then = (half_up(line.wait(s), 1) for s in (line.service, line.faster))
    loads = [line.load(s) for s in (line.service, line.faster)]
    hours = (now - then) * line.arrivals / 60
    may = (*loads, *(100 * load for load in loads), now - then, (now - then) * line.arrivals, hours)
    return Expected((now, then, hours * line.wage), may)


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

    def vehicles(self, minutes: float) -> float:
        """Return the exact number that the peak needs, at a mean mission time."""
        return self.demand * minutes / 60 / (self.available / 100)


def _fleet(context: str) -> _Fleet:
    text = _plain(context)
    rows = _rows(text, r"(?<!\d)" + r"[,/ ]".join([r"(\d+\.\d)"] * 5))
    assert rows, context
    return _Fleet(
        [tuple(map(float, row)) for row in rows],
        _read(text, "(?:demand|at peak|we need) #"),
        _read(text, "# %"),
    )


def _agv_cycle(_question: str, context: str) -> Expected:
    fleet = _fleet(context)
    return Expected((fleet.total / len(fleet.missions),), (fleet.total, len(fleet.missions)))


def _agv_blocked(question: str, context: str) -> Expected:
    fleet = _fleet(context)
    share = 100 * fleet.blocked / fleet.total
    must = (share, fleet.blocked) if "minutes" in question else (share,)
    return Expected(must, (fleet.blocked, fleet.total))


def _agv_fleet(_question: str, context: str) -> Expected:
    fleet = _fleet(context)
    mean = fleet.total / len(fleet.missions)
    exact = fleet.vehicles(mean)
    may = (fleet.total, mean, exact, fleet.demand * mean, fleet.demand * mean / 60)
    return Expected((_whole_up(exact),), may)


def _agv_unblocked(_question: str, context: str) -> Expected:
    fleet = _fleet(context)
    count = len(fleet.missions)
    times = fleet.total / count, (fleet.total - fleet.blocked) / count
    now, free = (_whole_up(fleet.vehicles(minutes)) for minutes in times)
    may = (now, fleet.total, fleet.blocked, fleet.total - fleet.blocked, fleet.blocked / count)
    return Expected((free, now - free), (*may, *times, *map(fleet.vehicles, times)))


FORMS: Final[dict[str, Recompute]] = {
    "stock_policy/p2_stock_cover": _stock_cover,
    "stock_policy/p2_stock_turns": _stock_turns,
    "stock_policy/p2_stock_safety": _stock_safety,
    "stock_policy/p2_stock_rop": _stock_rop,
    "stock_policy/p2_stock_order_now": _stock_order_now,
    "stock_policy/p2_stock_eoq": _stock_eoq,
    "stock_policy/p2_stock_lot_cost": _stock_lot_cost,
    "abc_analysis/p2_abc_value": _abc_value,
    "abc_analysis/p2_abc_top_share": _abc_top_share,
    "abc_analysis/p2_abc_class": _abc_class,
    "abc_analysis/p2_abc_a_items": _abc_a_items,
    "mrp_grid/p2_mrp_projected": _mrp_projected,
    "mrp_grid/p2_mrp_first_short": _mrp_first_short,
    "mrp_grid/p2_mrp_net": _mrp_net,
    "mrp_grid/p2_mrp_release": _mrp_release,
    "kanban_loop/p2_kanban_max_stock": _kanban_max_stock,
    "kanban_loop/p2_kanban_cards": _kanban_cards,
    "kanban_loop/p2_kanban_faster": _kanban_faster,
    "demand_forecast/p2_fc_moving_average": _fc_moving_average,
    "demand_forecast/p2_fc_smoothing": _fc_smoothing,
    "demand_forecast/p2_fc_mad": _fc_mad,
    "demand_forecast/p2_fc_mape": _fc_mape,
    "demand_forecast/p2_fc_tracking": _fc_tracking,
    "supplier_otif/p2_otif_on_time": _otif_on_time,
    "supplier_otif/p2_otif_fill": _otif_fill,
    "supplier_otif/p2_otif_delay": _otif_delay,
    "supplier_otif/p2_otif_rate": _otif_rate,
    "supplier_otif/p2_otif_recover": _otif_recover,
    "make_or_buy/p2_mob_cost_make": _mob_cost_make,
    "make_or_buy/p2_mob_breakeven": _mob_breakeven,
    "make_or_buy/p2_mob_decision": _mob_decision,
    "make_or_buy/p2_mob_price_limit": _mob_price_limit,
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
