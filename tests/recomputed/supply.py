"""Stock, planning, suppliers and sourcing, recomputed as an engineer at a desk would.

One reader per scene turns any wording of it into its facts; one function per question computes.
"""

import re
from calendar import month_abbr
from datetime import date
from itertools import accumulate
from math import sqrt
from typing import Final, NamedTuple

from tests.recomputed import logistics
from tests.recomputed.plain import matches, mean, never, number, plain, read, whole_up
from tests.recomputed.reading import Expected, Recompute, half_up

__all__ = ["FORMS"]

_MONTHS: Final = {name: at for at, name in enumerate(month_abbr) if name}
_SKU: Final = r"[A-Z]+[A-Z0-9]*(?:-[A-Z0-9]+)+"

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
        return self.lead_demand + whole_up(self.buffer)

    @property
    def position(self) -> float:
        return self.on_hand - self.reserved + self.on_order

    @property
    def unit_holding(self) -> float:
        return self.price * self.holding / 100

    @property
    def eoq(self) -> float:
        return sqrt(2 * self.annual * self.order_cost / self.unit_holding)

    def lot_cost(self, lot: float) -> float:
        """Return what ordering and holding cost in a year, to the cent."""
        return half_up(self.annual / lot * self.order_cost + lot / 2 * self.unit_holding, 2)


def _stock(context: str) -> _Stock:
    text = plain(context)
    nothing_due = "open order none" in text
    return _Stock(
        on_hand=read(text, r"(?:on hand|plant stock|stock this morning) #", r"# \S+ there"),
        reserved=read(text, "reserved #", "# reserved"),
        on_order=0.0 if nothing_due else read(text, "(?:on|open) (?:order|po) #", "# on order"),
        average=read(text, "(?:average|avg)(?: stock| over the)?(?: last| year)?(?: year| was)? #"),
        usage=read(text, "(?:usage|we use|demand per workday) #", "# per working day"),
        deviation=read(text, r"(?:sd|std dev|deviation)(?: per workday| daily usage)? #"),
        lead=read(text, "(?:lead time|replenishment|needs|quotes)(?: workdays| days)? #"),
        z=read(text, r"\bz(?: =)? #"),
        system_rop=read(text, r"(?:reorder point|reorders at|reorder pt|rop)(?: in system)? #"),
        lot=read(text, r"\blot(?: size| of)? #"),
        days=read(
            text, "work(?:days/yr|days per year|ing days) #", "# days a year", "year, # work"
        ),
        price=read(text, "price #", "# each"),
        order_cost=read(text, "(?:order cost|per order|order costs us) #", "# per order"),
        holding=read(text, "(?:holding|carrying)(?: percent per year| rate| cost)? #"),
    )


def _stock_cover(_question: str, context: str) -> Expected:
    stock = _stock(context)
    cover = stock.on_hand / stock.usage
    return Expected((cover,), (), never("less" if cover > stock.lead else "more"))


def _stock_turns(_question: str, context: str) -> Expected:
    stock = _stock(context)
    return Expected((stock.annual / stock.average,), (stock.annual, stock.average))


def _stock_safety(_question: str, context: str) -> Expected:
    stock = _stock(context)
    may = (sqrt(stock.lead), stock.buffer, whole_up(stock.buffer) / stock.usage)
    return Expected((whole_up(stock.buffer),), may)


def _stock_rop(_question: str, context: str) -> Expected:
    stock = _stock(context)
    gap = stock.system_rop - stock.rop
    verdict = r"\btoo (?:low|small)|\bbelow" if gap < 0 else r"\btoo (?:high|large)|\babove"
    may = (stock.lead_demand, stock.buffer, whole_up(stock.buffer))
    return Expected((stock.rop, gap), may, verdict)


def _stock_order_now(_question: str, context: str) -> Expected:
    stock = _stock(context)
    due = stock.position <= stock.rop
    verdict = r"\border now|is due" if due else r"\bwait|no order"
    return Expected((stock.position, stock.rop), (stock.on_order,), verdict)


def _stock_eoq(_question: str, context: str) -> Expected:
    stock = _stock(context)
    verdict = never("smaller" if stock.lot > stock.eoq else "larger")
    return Expected((stock.eoq,), (stock.annual, stock.unit_holding), verdict)


def _stock_lot_cost(_question: str, context: str) -> Expected:
    stock = _stock(context)
    now, best = stock.lot_cost(stock.lot), stock.lot_cost(half_up(stock.eoq))
    return Expected((now - best,), (stock.annual, stock.unit_holding, stock.eoq, now, best))


# -- ABC analysis ---------------------------------------------------------------------------------


class _Abc(NamedTuple):
    usage: dict[str, tuple[float, float]]
    """Quantity and price, by item."""

    @property
    def values(self) -> dict[str, float]:
        """Annual values by item, the largest first."""
        values = {name: count * price for name, (count, price) in self.usage.items()}
        return dict(sorted(values.items(), key=lambda entry: -entry[1]))

    @property
    def shares(self) -> dict[str, float]:
        """Cumulative shares in per cent, by item."""
        total, running = sum(self.values.values()), accumulate(self.values.values())
        return {name: 100 * value / total for name, value in zip(self.values, running, strict=True)}


def _class_at(share: float) -> str:
    return "A" if share <= 80 else "B" if share <= 95 else "C"


def _abc(context: str) -> _Abc:
    found = matches(
        context,
        rf"^(?:- |\| )?({_SKU})\b.*?(?<=[,;:| ])(\d+|\d{{1,3}}(?:,\d{{3}})+)"
        r"(?:[,;]| \| | at \D)(\d+\.\d\d)(?: \|)?$",
    )
    return _Abc({name: (number(count), number(price)) for name, count, price in found})


def _item(question: str) -> str:
    found = re.search(_SKU, question)
    assert found, question
    return found[0]


def _abc_value(question: str, context: str) -> Expected:
    count, price = _abc(context).usage[_item(question)]
    return Expected((count * price,), (count, price))


def _abc_top_share(_question: str, context: str) -> Expected:
    abc = _abc(context)
    top, share = next(iter(abc.shares.items()))
    return Expected((share,), (abc.values[top], sum(abc.values.values())), re.escape(top))


def _abc_class(question: str, context: str) -> Expected:
    share = _abc(context).shares[_item(question)]
    return Expected((share,), (), rf"\bclass {_class_at(share)}\b|\ban? {_class_at(share)} item\b")


def _abc_a_items(_question: str, context: str) -> Expected:
    shares = _abc(context).shares
    members = [name for name, share in shares.items() if _class_at(share) == "A"]
    signs = (f"(?{'=' if name in members else '!'}.*{re.escape(name)})" for name in shares)
    return Expected((shares[members[-1]],), (len(members),), "(?s)^" + "".join(signs))


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
    text = plain(context)
    weeks, gross, receipts = _mrp_listed(text) if " / " in text else _mrp_rows(context)
    return _Mrp(
        weeks,
        gross,
        receipts,
        start=read(text, "(?:on hand|opening stock|we hold) #", "# now"),
        safety=read(text, "never plan below #", "safety stock(?: still)? #"),
        lead=read(text, "# weeks?"),
    )


def _mrp_rows(context: str) -> tuple[list[int], list[float], list[float]]:
    pattern = r"^(?:\| |CW )?(\d\d?)(?: +\| |: | {2,})#(?:(?: +\| | +\(incoming | {2,})(?:#|-))?"
    rows = matches(context, pattern)
    weeks = [int(week) for week, _, _ in rows]
    return weeks, [number(g) for _, g, _ in rows], [number(r or "0") for *_, r in rows]


def _mrp_listed(text: str) -> tuple[list[int], list[float], list[float]]:
    listed = re.search(r"from cw (\d+) on ([\d,]+(?: / [\d,]+)+)", text)
    assert listed, text
    receipt, due = read(text, "# arrive in cw"), read(text, "arrive in cw #")
    gross = [number(entry) for entry in listed[2].split(" / ")]
    weeks = list(range(int(listed[1]), int(listed[1]) + len(gross)))
    return weeks, gross, [receipt * (week == due) for week in weeks]


def _mrp_projected(question: str, context: str) -> Expected:
    plan = _mrp(context)
    stock = plan.projected[int(read(plain(question), "(?:cw|week) #"))]
    return Expected((stock,), (), never("above" if stock < plan.safety else "below"))


def _mrp_first_short(_question: str, context: str) -> Expected:
    plan = _mrp(context)
    return Expected(next((w, s) for w, s in plan.projected.items() if s < plan.safety))


def _mrp_net(_question: str, context: str) -> Expected:
    plan = _mrp(context)
    return Expected((sum(plan.net.values()), *plan.net), tuple(plan.net.values()))


def _mrp_release(_question: str, context: str) -> Expected:
    plan = _mrp(context)
    week, count = next(iter(plan.net.items()))
    return Expected((week - plan.lead, count), (week,))


# -- kanban loop ----------------------------------------------------------------------------------


class _Kanban(NamedTuple):
    box: float
    cards: float
    demand: float
    lead: float
    faster: float
    safety: float

    def needed(self, lead: float) -> float:
        """Return the number of cards for a replenishment time."""
        return whole_up(self.demand * lead * (1 + self.safety / 100) / self.box)


def _kanban(context: str) -> _Kanban:
    text = plain(context)
    return _Kanban(
        box=read(text, "(?:container|boxes of) #", "# (?:pieces )?per (?:box|container)"),
        cards=read(text, "cards (?:in loop|active) #", "# cards"),
        demand=read(text, "(?:consumption|demand|takes)(?: is| pcs per h)? #"),
        lead=read(
            text, "replenishment (?:time |h )(?:of a card )?#", "needs # hours", "# h from empty"
        ),
        faster=read(
            text, "(?:down to|back after|would be) #", "# h once", "planned replenishment h #"
        ),
        safety=read(text, "# %", "safety percent #"),
    )


def _kanban_max_stock(_question: str, context: str) -> Expected:
    loop = _kanban(context)
    full = loop.cards * loop.box
    return Expected((full, full / loop.demand))


def _kanban_cards(_question: str, context: str) -> Expected:
    loop = _kanban(context)
    gap = loop.needed(loop.lead) - loop.cards
    verdict = "too few|added" if gap > 0 else "too many|taken out"
    return Expected((loop.needed(loop.lead), gap), (), verdict)


def _kanban_faster(_question: str, context: str) -> Expected:
    loop = _kanban(context)
    now, then = loop.needed(loop.lead), loop.needed(loop.faster)
    return Expected((now, then, now - then, (now - then) * loop.box))


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
        return mean([abs(error) for error in self.errors])


def _forecast(context: str) -> _Forecast:
    text = plain(context)
    listed = re.search(r" was ([\d, ]+) pieces .* forecast ([\d, ]+)\.", text)
    if listed:
        actual, forecast = ([number(n) for n in part.split(", ")] for part in listed.groups())
    else:
        rows = matches(text, r"\b[a-z]{3}(?: \||, actual)? #(?: \||, forecast)? #")
        actual, forecast = ([number(n) for n in part] for part in zip(*rows, strict=True))
    return _Forecast(actual, forecast, read(text, "(?:alpha|smoothing constant).*? #"))


def _fc_moving_average(_question: str, context: str) -> Expected:
    last = _forecast(context).actual[-3:]
    return Expected((mean(last),))


def _fc_smoothing(_question: str, context: str) -> Expected:
    plan = _forecast(context)
    step = plan.alpha * plan.errors[-1]
    return Expected((plan.forecast[-1] + step,), (), never("down" if step > 0 else "up"))


def _fc_mad(_question: str, context: str) -> Expected:
    plan = _forecast(context)
    return Expected((plan.mad,), (sum(map(abs, plan.errors)), len(plan.errors)))


def _fc_mape(_question: str, context: str) -> Expected:
    plan = _forecast(context)
    parts = [100 * abs(e) / a for e, a in zip(plan.errors, plan.actual, strict=True)]
    says = r"(?<!not )\b(?:below|under) " if mean(parts) < 10 else r"\bnot (?:below|under) "
    return Expected((mean(parts),), (), says)


def _fc_tracking(_question: str, context: str) -> Expected:
    plan = _forecast(context)
    bias = sum(plan.errors)
    signal = bias / plan.mad
    says = r"\bwithin|not flagged" if abs(signal) <= 4 else r"\boutside|\bis biased"
    tends = never("below" if bias > 0 else "above")
    return Expected((signal,), (bias, plan.mad), f"{tends}.*(?:{says})")


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
    day = r"(\d{4}-\d\d-\d\d|\d\d\.\d\d\.\d{4}|\d\d [A-Z][a-z]{2} \d{4})"
    dated = matches(context, rf"\b\d{{8}}\W+{day}\W+{day}\W+#\W+#")
    counted = matches(context, r"\b\d{8} ([-+]?\d+) d, # of #")
    lines = [
        *(_Line(_days_late(due, got), number(o), number(d)) for due, got, o, d in dated),
        *(_Line(int(late), number(o), number(d)) for late, d, o in counted),
    ]
    assert lines, context
    return _Deliveries(lines, read(plain(context), "target.*? # %"))


def _days_late(due: str, received: str) -> int:
    return (_day(received) - _day(due)).days


def _day(written: str) -> date:
    if written[4] == "-":
        return date.fromisoformat(written)
    day, month, year = re.split(r"[ .]", written)
    return date(int(year), int(_MONTHS.get(month, month)), int(day))


def _otif_on_time(_question: str, context: str) -> Expected:
    lines = _deliveries(context).lines
    good = sum(line.late <= 0 for line in lines)
    return Expected((100 * good / len(lines),), (good, len(lines)))


def _otif_fill(_question: str, context: str) -> Expected:
    lines = _deliveries(context).lines
    ordered, delivered = sum(x.ordered for x in lines), sum(x.delivered for x in lines)
    return Expected((100 * delivered / ordered,), (ordered, delivered))


def _otif_delay(_question: str, context: str) -> Expected:
    late = [line.late for line in _deliveries(context).lines if line.late > 0]
    return Expected((mean(late),), (len(late),))


def _otif_rate(_question: str, context: str) -> Expected:
    seen = _deliveries(context)
    gap = half_up(seen.otif, 1) - seen.target
    says = r"\babove\b|\bmet\b" if gap >= 0 else r"\bbelow\b|\bshort\b"
    return Expected((seen.otif, gap), (seen.perfect, len(seen.lines)), says)


def _otif_recover(_question: str, context: str) -> Expected:
    seen = _deliveries(context)
    good, count, goal = seen.perfect, len(seen.lines), seen.target / 100
    more = whole_up((goal * count - good) / (1 - goal))
    return Expected((more,), (good + more, count + more))


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
    text = plain(context)
    return _Sourcing(
        make=read(
            text, r"variable (?:cost |per pc )(?:is )?#", "take # variable", r"per piece \| #"
        ),
        fixed=read(text, r"fixed (?:cost |per year |\| )#", "cell costs #", "plus # fixed"),
        price=read(text, "can offer #", "#/pc", r"per piece \| [\d.,]+ \| #", r"price [^\d|]*#"),
        freight=read(
            text, "adds #", "#/year extra", r"receiving (?:per year )?#", r"fixed \| [\d,]+ \| #"
        ),
        volume=read(text, "(?:demand|volume) (?:pcs )?#", "# pieces a year"),
    )


def _mob_cost_make(_question: str, context: str) -> Expected:
    case = _sourcing(context)
    return Expected((case.cost_make / case.volume,))


def _mob_breakeven(_question: str, context: str) -> Expected:
    case = _sourcing(context)
    count = whole_up((case.fixed - case.freight) / (case.price - case.make))
    return Expected((count,), (), never("below" if case.volume > count else "above"))


def _mob_decision(_question: str, context: str) -> Expected:
    case = _sourcing(context)
    gap = case.cost_buy - case.cost_make
    says = r"^mak(?:e|ing)\b" if gap > 0 else r"^buy(?:ing)?\b"
    return Expected((gap,), (case.cost_make, case.cost_buy), says)


def _mob_price_limit(_question: str, context: str) -> Expected:
    case = _sourcing(context)
    gap = case.limit - case.price
    says = r"\babove\b|\brise\b" if gap > 0 else r"\bbelow\b|\bdown\b"
    return Expected((case.limit, 100 * gap / case.price), (), says)


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
    **logistics.FORMS,
}
