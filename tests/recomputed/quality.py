"""The quality scenes, recomputed as a quality engineer would: charts, capability, gauges, lots.

Each scene has one reader, which turns any wording of its context into a few facts, and one short
function for each question.
"""

import json
import math
import re
from statistics import fmean
from typing import Final, NamedTuple

from tests.recomputed.reading import Expected, Recompute, figure, half_up

__all__ = ["FORMS"]

_N: Final = r"-?\d+(?:,\d{3})*(?:\.\d+)?"
"""A number, as the texts write it."""


def _value(written: str) -> float:
    return float(written.replace(",", ""))


def _values(written: str) -> list[float]:
    return [_value(entry) for entry in re.findall(_N, written)]


def _found(pattern: str, text: str) -> re.Match[str]:
    match = re.search(pattern, text, re.IGNORECASE | re.MULTILINE)
    assert match, f"no {pattern!r} in {text!r}"
    return match


def _either(pattern: str, text: str) -> float:
    return _value(next(group for group in _found(pattern, text).groups() if group))


def _says(*needed: str, never: str = "") -> str:
    ahead = "".join(f"(?=.*(?:{pattern}))" for pattern in needed)
    return rf"(?s)\A{ahead}" + (f"(?!.*(?:{never}))" if never else "")


def _numbered(word: str, numbers: list[int]) -> str:
    listed = r"(?:, | and |, and )".join(str(number) for number in numbers)
    return rf"{word} {listed}\b"


# Control charts


class _Subgroups(NamedTuple):
    means: list[float]
    ranges: list[float]
    lower: float
    upper: float
    text: str

    def factor(self, name: str) -> float:
        return figure(rf"\b{name} ?= ?(\d+\.\d+)", self.text)

    @property
    def centre(self) -> float:
        return fmean(self.means)

    @property
    def spread(self) -> float:
        return fmean(self.ranges)

    @property
    def limits(self) -> tuple[float, float]:
        reach = self.factor("A2") * self.spread
        return self.centre - reach, self.centre + reach


_SUBGROUP: Final = re.compile(
    rf"(?:Xbar |\| \d\d:\d\d \| |^\d+,\d\d:\d\d,|^\d+;|\b\d+\) )({_N})"
    rf"(?: \| R | \| | / |,|;)({_N})",
    re.MULTILINE,
)
_TOLERANCE: Final = (
    rf"(?:Spec: |drawing |LSL=|tolerance |tolerance is )({_N})(?: to | / |;USL=|\.\.)({_N})"
)


def _subgroups(text: str) -> _Subgroups:
    lower, upper = _values(" ".join(_found(_TOLERANCE, text).groups()))
    if "Means:" in text:
        means, ranges = (
            _values(_found(pattern, text)[1])
            for pattern in (r"Means: (.*)\.$", r"Ranges, same order: (.*)\.$")
        )
    else:
        pairs = [(_value(mean), _value(spread)) for mean, spread in _SUBGROUP.findall(text)]
        means, ranges = [mean for mean, _ in pairs], [spread for _, spread in pairs]
    for at, line in enumerate(re.findall(r"^#\d+ +\d\d:\d\d +(.*?) +\|", text, re.MULTILINE)):
        single = _values(line)
        assert math.isclose(means[at], fmean(single)), line
        assert math.isclose(ranges[at], max(single) - min(single)), line
    assert len(means) == len(ranges) >= 8, text
    return _Subgroups(means, ranges, lower, upper, text)


def _centre_lines(_asked: str, context: str) -> Expected:
    chart = _subgroups(context)
    return Expected((chart.centre, chart.spread), (len(chart.means),))


def _mean_limits(_asked: str, context: str) -> Expected:
    chart = _subgroups(context)
    return Expected(chart.limits, (chart.centre, chart.spread))


def _range_limit(_asked: str, context: str) -> Expected:
    chart = _subgroups(context)
    limit = chart.factor("D4") * chart.spread
    largest = max(chart.ranges)
    calm, wild = "in control|no range exceeds", "out of control|lies above"
    says = _says(wild) if largest > limit else _says(calm, never=wild)
    return Expected((limit, largest), says=says)


def _means_outside(_asked: str, context: str) -> Expected:
    chart = _subgroups(context)
    low, high = chart.limits
    outside = [at for at, mean in enumerate(chart.means, 1) if not low < mean < high]
    says = _numbered("subgroups?", outside) if outside else r"no subgroup mean|all \d+ means"
    may = (min(chart.means), max(chart.means), len(chart.means), *outside)
    return Expected((low, high), may, says)


def _short_term_cp(_asked: str, context: str) -> Expected:
    chart = _subgroups(context)
    sigma = chart.spread / chart.factor("d2")
    width = chart.upper - chart.lower
    index = half_up(width / (6 * sigma), 2)
    return Expected((sigma, index), (width, 1.33), _says(never=_untrue_of(index, 1.33)))


def _untrue_of(index: float, wanted: float) -> str:
    """Return what must not be said of a capability index."""
    if index >= wanted:
        return "short of|not met|under the|, below"
    return "that meets|is met|satisfies|at or above|above or at"


class _Singles(NamedTuple):
    readings: list[float]

    @property
    def moves(self) -> list[float]:
        pairs = zip(self.readings, self.readings[1:], strict=False)
        return [abs(later - earlier) for earlier, later in pairs]

    @property
    def limits(self) -> tuple[float, float]:
        centre, reach = fmean(self.readings), 2.66 * fmean(self.moves)
        return centre - reach, centre + reach


def _singles(text: str) -> _Singles:
    if text.startswith("{"):
        record = json.loads(text)
        values = record.get("values") or [entry["value"] for entry in record["readings"]]
        return _Singles([float(value) for value in values])
    rows = re.findall(
        rf"^(?:\d\d\.\d\d\. +|\w{{3}} \d\d \w{{3}}: )({_N})$", text, flags=re.MULTILINE
    )
    if not rows:
        rows = re.split(" [|] |, ", _found(rf"(?:oldest first: | was )((?:{_N}[ |,]*)+)", text)[1])
    assert len(rows) >= 9, text
    return _Singles([float(row) for row in rows])


def _mean_move(_asked: str, context: str) -> Expected:
    series = _singles(context)
    may = (sum(series.moves), len(series.moves), len(series.readings))
    return Expected((fmean(series.moves),), may)


def _single_limits(_asked: str, context: str) -> Expected:
    series = _singles(context)
    return Expected(series.limits, (fmean(series.readings), fmean(series.moves)))


def _signal(_asked: str, context: str) -> Expected:
    series = _singles(context)
    low, high = series.limits
    outside = [at for at, value in enumerate(series.readings, 1) if not low < value < high]
    says = _numbered(r"(?:reading|readings|no\.|nos\.)", outside) if outside else r"\ANo\b"
    may = (len(series.readings), min(series.readings), max(series.readings), *outside)
    return Expected((low, high), may, says)


# Capability


class _Capability(NamedTuple):
    lower: float
    upper: float
    mean: float
    within: float
    overall: float
    wanted: float

    @property
    def width(self) -> float:
        return self.upper - self.lower

    @property
    def middle(self) -> float:
        return (self.upper + self.lower) / 2

    @property
    def room(self) -> float:
        return min(self.upper - self.mean, self.mean - self.lower)

    @property
    def potential(self) -> float:
        return self.width / (6 * self.within)

    @property
    def actual(self) -> float:
        return self.room / (3 * self.within)


def _capability(text: str) -> _Capability:
    limits = _found(rf"(?:LSL|Specification|asks for|limits)[^\d-]*({_N})[^\d-]*({_N})", text)
    mean, within, overall, wanted = (
        _value(_found(pattern, text)[1])
        for pattern in (
            rf"(?:mean|x[-_]bar)[^\d-]*({_N})",
            rf"within\D*({_N})",
            rf"overall\D*({_N})",
            rf"Cpk\D*({_N})",
        )
    )
    return _Capability(_value(limits[1]), _value(limits[2]), mean, within, overall, wanted)


def _cp(_asked: str, context: str) -> Expected:
    study = _capability(context)
    untrue = _untrue_of(half_up(study.potential, 2), study.wanted)
    return Expected((study.potential,), (study.width,), _says(never=untrue))


def _cpk(_asked: str, context: str) -> Expected:
    study = _capability(context)
    index = half_up(study.actual, 2)
    side, other = ("upper", "lower") if study.mean > study.middle else ("lower", "upper")
    untrue = f"{other}|{_untrue_of(index, study.wanted)}"
    return Expected((index,), says=_says(side, never=untrue))


def _performance(_asked: str, context: str) -> Expected:
    study = _capability(context)
    growth = (study.overall / study.within - 1) * 100
    says = ""  # between 10 and 20 per cent it is a matter of taste
    if growth > 20:
        says = _says(never="fairly stable")
    if growth < 10:
        says = _says(never="drift|not stable")
    return Expected((study.potential, study.width / (6 * study.overall), growth), says=says)


def _recentred(_asked: str, context: str) -> Expected:
    study = _capability(context)
    shift = study.middle - study.mean
    must = (abs(shift), study.actual, study.potential)
    return Expected(must, (study.middle,), r"\bup" if shift > 0 else r"\bdown")


def _sigma_needed(_asked: str, context: str) -> Expected:
    study = _capability(context)
    needed = study.room / (3 * study.wanted)
    assert needed < study.within, "the requirement is met as it is"
    return Expected((needed, (1 - needed / study.within) * 100))


# Measuring systems


class _Gauge(NamedTuple):
    equipment: float
    appraiser: float
    parts: float
    tolerance: float

    @property
    def grr(self) -> float:
        return math.hypot(self.equipment, self.appraiser)

    @property
    def total(self) -> float:
        return math.hypot(self.grr, self.parts)


def _gauge(text: str) -> _Gauge:
    equipment, appraiser, parts = (
        figure(rf"\b{name}\b(?: \([^)]*\))?\W*(\d+\.\d+)", text) for name in ("EV", "AV", "PV")
    )
    tolerance = rf"\btol(?:erance)?\b(?:: | width | |\": | of the .*? )({_N})(?=,| mm| Nm)"
    return _Gauge(equipment, appraiser, parts, figure(tolerance, text))


def _dominant(_asked: str, context: str) -> Expected:
    study = _gauge(context)
    small, large = sorted((study.equipment, study.appraiser))
    names = ("repeatability", "reproducibility")
    name, other = names if study.equipment == large else names[::-1]
    return Expected((large / small,), says=_says(name, never=other))


def _grr_share(_asked: str, context: str) -> Expected:
    study = _gauge(context)
    share = half_up(study.grr / study.total * 100, 1)
    says = "not acceptable" if share > 30 else "conditionally" if share >= 10 else r"[: ]acceptable"
    return Expected((share, study.grr, study.total), says=says)


def _grr_of_tolerance(_asked: str, context: str) -> Expected:
    study = _gauge(context)
    return Expected((600 * study.grr / study.tolerance,), (6, 6 * study.grr, study.grr))


def _categories(_asked: str, context: str) -> Expected:
    study = _gauge(context)
    number = math.floor(1.41 * study.parts / study.grr)
    enough = r"meets the minimum|gauge resolves"
    return Expected(
        (number,), (5,), enough if number >= 5 else "misses the minimum|does not resolve"
    )


# Inspection by attributes


class _Samples(NamedTuple):
    size: float
    defective: list[float]
    defects: list[float]
    chances: float
    cost: float

    @property
    def units(self) -> float:
        return self.size * len(self.defective)

    @property
    def opportunities(self) -> float:
        return self.units * self.chances

    @property
    def dpmo(self) -> float:
        return sum(self.defects) / self.opportunities * 1e6


_SAMPLE_ROW: Final = re.compile(
    r"^(?:\d+,[\d-]+,\d+,|[\w-]+;\d+;\d+;|\| \d+ \| [\d.]+ \| )(\d+)(?:,|;| \| )(\d+)",
    re.MULTILINE,
)
_SAMPLE_LIST: Final = re.compile(r"\d+(?:(?:, | - )\d+){5,}")


def _samples(text: str) -> _Samples:
    rows = [(float(bad), float(defects)) for bad, defects in _SAMPLE_ROW.findall(text)]
    if not rows:
        units, defects = (re.findall(r"\d+", listed) for listed in _SAMPLE_LIST.findall(text))
        rows = [(float(bad), float(found)) for bad, found in zip(units, defects, strict=True)]
    assert len(rows) >= 6, text
    return _Samples(
        _either(
            r"sample = (\d+)|samples of (\d+)|, (\d+) units a day"
            r"|^(?:\d+,[\d-]+,|[\w-]+;\d+;)(\d+)",
            text,
        ),
        [bad for bad, _ in rows],
        [found for _, found in rows],
        _either(r"(\d+) (?:defect )?opportunities|opportunities(?:/| per )unit: (\d+)", text),
        figure(rf"(?:per defective unit:?|scrapped at|costs us|scrap value) [€$]?({_N})", text),
    )


def _fraction_defective(_asked: str, context: str) -> Expected:
    seen = _samples(context)
    bad = sum(seen.defective)
    return Expected((bad / seen.units * 100,), (bad, seen.units, len(seen.defective)))


def _scrap_cost(_asked: str, context: str) -> Expected:
    seen = _samples(context)
    bad = sum(seen.defective)
    return Expected((bad * seen.cost,), (bad,))


def _dpmo(_asked: str, context: str) -> Expected:
    seen = _samples(context)
    return Expected((seen.dpmo,), (sum(seen.defects), seen.units, seen.opportunities))


def _sigma_level(_asked: str, context: str) -> Expected:
    seen = _samples(context)
    table = re.findall(rf"({_N}) = (\d\.\d)\b", _found("by DPMO:.*", context)[0])
    level = max(float(sigma) for most, sigma in table if seen.dpmo <= _value(most))
    return Expected((seen.dpmo, level))


def _p_chart(_asked: str, context: str) -> Expected:
    seen = _samples(context)
    share = sum(seen.defective) / seen.units
    reach = 3 * math.sqrt(share * (1 - share) / seen.size)
    low, high = max(0.0, share - reach), share + reach
    fractions = [bad / seen.size for bad in seen.defective]
    outside = [at for at, fraction in enumerate(fractions, 1) if not low <= fraction <= high]
    worst = fractions.index(max(fractions)) + 1
    says = _numbered("samples?", outside) if outside else "no sample is outside|all samples are"
    may = (share, worst, max(seen.defective), *outside)
    return Expected((low, high), may, says)


class _Lot(NamedTuple):
    size: float
    letter: str
    sample: int
    accept: int
    found: int
    rate: float
    wage: float
    freight: float


_LotCosts = tuple[float, float, float]
_PLAN_ROW: Final = re.compile(r"([\d,]+)-([\d,]+): ([A-Z]), n=(\d+), Ac (\d+)")


def _lot(text: str) -> _Lot:
    size, found, costs = _delivery_record(text) if text.startswith("{") else _delivery(text)
    letter, sample, accept = next(
        (letter, int(sample), int(accept))
        for low, high, letter, sample, accept in _PLAN_ROW.findall(text)
        if _value(low) <= size <= _value(high)
    )
    return _Lot(size, letter, sample, accept, found, *costs)


def _delivery_record(text: str) -> tuple[float, int, _LotCosts]:
    record = json.loads(text)
    costs = record["if_rejected"]
    found = sum(record["rejectable_pieces"].values())
    return (
        record["lot"]["size"],
        found,
        (costs["sort_pcs_per_h"], costs["sort_rate_per_h"], costs["return_freight"]),
    )


def _delivery(text: str) -> tuple[float, int, _LotCosts]:
    size = _found(r"(?:lot size |: |on the table: )([\d,]+) (?:pcs|pieces\.$|.*\([A-Z])", text)
    line = _found("^(?:Found in|Rejectable|In the) .*", text)[0]
    counts = re.findall(r"(?<![\d.])\d+(?= x | with | pieces with |,|$)", line)
    assert len(counts) == 3, line
    costs = (
        figure(r"(\d+) pcs(?:/| per )h", text),
        figure(r"pcs(?:/| per )h(?:our)?(?:,| at) .(\d+)", text),
        figure(r"(?:freight|costs|for) [€$]([\d,]+)(?:\.$| freight)", text),
    )
    return _value(size[1]), sum(map(int, counts)), costs


def _plan(_asked: str, context: str) -> Expected:
    lot = _lot(context)
    return Expected((lot.sample, lot.accept, lot.accept + 1), says=rf"\bletter {lot.letter}\b")


def _decision(_asked: str, context: str) -> Expected:
    lot = _lot(context)
    says = "reject the lot|lot fails" if lot.found > lot.accept else "accept the lot|lot passes"
    return Expected((lot.found, lot.sample, lot.accept), (lot.accept + 1,), says)


def _sort_or_return(_asked: str, context: str) -> Expected:
    lot = _lot(context)
    assert lot.found > lot.accept, "the lot is accepted: nothing to sort or to send back"
    hours = lot.size / lot.rate
    cost = hours * lot.wage
    cheaper = "sorting" if cost < lot.freight else "the return"
    return Expected((cost, abs(cost - lot.freight)), (hours,), f"{cheaper} is cheaper")


def _acceptance(asked: str, context: str) -> Expected:
    lot = _lot(context)
    mean = lot.sample * figure(r"([\d.]+) ?%", asked) / 100
    chance = sum(mean**bad / math.factorial(bad) for bad in range(lot.accept + 1))
    return Expected((chance * math.exp(-mean) * 100,), (mean, lot.sample, lot.accept))


# Process FMEA


class _Mode(NamedTuple):
    name: str
    severity: int
    occurrence: int
    detection: int

    @property
    def rpn(self) -> int:
        return self.severity * self.occurrence * self.detection


class _Fmea(NamedTuple):
    modes: list[_Mode]
    limit: float
    treated: _Mode
    after: _Mode

    def named_in(self, asked: str) -> _Mode:
        return next(mode for mode in self.modes if mode.name in asked)


_MODE: Final = re.compile(
    r"(?:^\| \d+ \| |^- |^|: |, )([A-Za-z-]+(?: [a-z-]+)*)"
    r"(?: \| |;|: | S)(\d+)(?: \| |;|/| O)(\d+)(?: \| |;|/| D)(\d+)\b",
    re.MULTILINE,
)


def _fmea(text: str) -> _Fmea:
    modes = [_Mode(name, *map(int, ratings)) for name, *ratings in _MODE.findall(text)]
    assert len(modes) >= 5, text
    limit = figure(r"RPN (?:>= |of |reaches |)(\d+)", text)
    name = re.findall('"([^"]+)"', text)[-1]
    treated = next(mode for mode in modes if mode.name == name)
    rated = _found(r"(?:O = |occurrence |rate O)(\d+)(?:, D = | and detection |, D)(\d+)", text)
    after = treated._replace(occurrence=int(rated[1]), detection=int(rated[2]))
    return _Fmea(modes, limit, treated, after)


def _below(rpn: float, limit: float) -> str:
    """Return what must not be said of an RPN."""
    return "at or above|not below" if rpn < limit else r"(?<!not )\bbelow the limit"


def _rpn(asked: str, context: str) -> Expected:
    study = _fmea(context)
    mode = study.named_in(asked)
    says = _says(never=_below(mode.rpn, study.limit))
    return Expected((mode.rpn,), mode[1:], says)


def _top_rpn(_asked: str, context: str) -> Expected:
    first, second, *_ = sorted(_fmea(context).modes, key=lambda mode: mode.rpn, reverse=True)
    assert first.rpn > second.rpn, "two modes share the highest RPN"
    return Expected((first.rpn,), says=re.escape(first.name))


def _after_measure(_asked: str, context: str) -> Expected:
    study = _fmea(context)
    before, after = study.treated.rpn, study.after.rpn
    stays = () if study.after.severity < 9 else (study.after.severity,)
    says = _says(never=_below(after, study.limit))
    return Expected((before, after, (1 - after / before) * 100), stays, says)


def _to_do(_asked: str, context: str) -> Expected:
    study = _fmea(context)
    due = [mode for mode in study.modes if mode.rpn >= study.limit or mode.severity >= 9]
    severe = sum(mode.rpn < study.limit for mode in due)
    rest = "|".join(re.escape(mode.name) for mode in study.modes if mode not in due)
    says = _says(*(re.escape(mode.name) for mode in due), never=rest)
    return Expected((), (len(due), severe), says)


# Complaints and the cost of quality


class _Alert(NamedTuple):
    suspect: float
    checked: float
    bad: float
    speed: float
    team: float
    rate: float
    price: float
    freight: float

    @property
    def expected(self) -> int:
        return math.ceil(round((self.suspect - self.checked) * self.bad / self.checked, 6))

    @property
    def hours(self) -> float:
        return self.suspect / self.speed


_PLACE: Final = "(?:central warehouse|line stock|in transit|customer warehouse)"
_PLACED: Final = re.compile(rf"{_PLACE}(?: | \| )([\d,]+)|([\d,]+) pcs \({_PLACE}\)")
_ALERT: Final = (
    r"(?:\bfirst|so far:) ([\d,]+) (?:pcs|pieces|of these)",
    r"(?:sorted:|these pieces,|checked,) (\d+) (?:bad|with|were)",
    r"([\d,]+) (?:pcs|pieces)(?:/| per )person-hour",
    r"(?:team of )?(\d+)(?: people|, [€$])",
    r"[€$](\d+)(?:/| per )person-hour",
    r"(?:Part value |scrapped \(|scrapped at )[€$]([\d,.]*\d)",
    r"(?:freight|freight for replacement|truck for the replacement costs) [€$]([\d,]+)",
)


def _alert(text: str) -> _Alert:
    stock = [_value(before or after) for before, after in _PLACED.findall(text)]
    assert len(stock) == 4, text
    return _Alert(sum(stock), *(figure(pattern, text) for pattern in _ALERT))


def _suspect(_asked: str, context: str) -> Expected:
    return Expected((_alert(context).suspect,))


def _ppm(_asked: str, context: str) -> Expected:
    case = _alert(context)
    return Expected((case.bad / case.checked * 1e6,), (case.bad, case.checked))


def _sorting(_asked: str, context: str) -> Expected:
    case = _alert(context)
    return Expected((case.hours, case.hours * case.rate, case.hours / case.team), (case.team,))


def _still_bad(_asked: str, context: str) -> Expected:
    case = _alert(context)
    return Expected((case.expected,), (case.suspect - case.checked,))


def _claim(_asked: str, context: str) -> Expected:
    case = _alert(context)
    sorting, parts = case.hours * case.rate, case.bad + case.expected
    scrap = parts * case.price
    return Expected((sorting + scrap + case.freight,), (sorting, parts, scrap))


class _Costs(NamedTuple):
    prevention: float
    appraisal: float
    internal: float
    external: float
    sales: float
    extra: float
    cut: float

    @property
    def failures(self) -> float:
        return self.internal + self.external

    @property
    def total(self) -> float:
        return self.prevention + self.appraisal + self.failures


def _costs(text: str) -> _Costs:
    names = ("prevention", "appraisal", "internal failure", "external failure", "sales(?: were)?")
    prevention, appraisal, internal, external, sales = (
        figure(rf"\b{name}(?: \([^)]*\))?[ |]+([\d,]+)", text) for name in names
    )
    extra = _either(r"prevention \+ ([\d,]+)|([\d,]+)(?: k.)? more ", text)
    cut = figure(r"(\d+) %", text)
    return _Costs(prevention, appraisal, internal, external, sales, extra, cut)


def _poor_quality(_asked: str, context: str) -> Expected:
    cost = _costs(context)
    return Expected((cost.failures / cost.sales * 100,), (cost.failures,))


def _cost_split(_asked: str, context: str) -> Expected:
    cost = _costs(context)
    shares = (cost.total / cost.sales * 100, cost.failures / cost.total * 100)
    return Expected(shares, (cost.total, cost.failures))


def _prevention(_asked: str, context: str) -> Expected:
    cost = _costs(context)
    saved = cost.failures * cost.cut / 100
    net = saved - cost.extra
    says = "it pays|argument for" if net > 0 else "not pay|argument against"
    return Expected((saved, net), says=says)


FORMS: Final[dict[str, Recompute]] = {
    "subgroup_chart/p2_spc_centre_lines": _centre_lines,
    "subgroup_chart/p2_spc_xbar_limits": _mean_limits,
    "subgroup_chart/p2_spc_range_limit": _range_limit,
    "subgroup_chart/p2_spc_out_of_control": _means_outside,
    "subgroup_chart/p2_spc_sigma_cp": _short_term_cp,
    "individuals_chart/p2_imr_mr_bar": _mean_move,
    "individuals_chart/p2_imr_limits": _single_limits,
    "individuals_chart/p2_imr_signal": _signal,
    "capability_study/p2_cap_cp": _cp,
    "capability_study/p2_cap_cpk": _cpk,
    "capability_study/p2_cap_ppk_drift": _performance,
    "capability_study/p2_cap_recentre": _recentred,
    "capability_study/p2_cap_sigma_needed": _sigma_needed,
    "gauge_study/p2_msa_dominant": _dominant,
    "gauge_study/p2_msa_grr_share": _grr_share,
    "gauge_study/p2_msa_tolerance": _grr_of_tolerance,
    "gauge_study/p2_msa_ndc": _categories,
    "attribute_inspection/p2_attr_fraction": _fraction_defective,
    "attribute_inspection/p2_attr_scrap_cost": _scrap_cost,
    "attribute_inspection/p2_attr_dpmo": _dpmo,
    "attribute_inspection/p2_attr_sigma": _sigma_level,
    "attribute_inspection/p2_attr_pchart": _p_chart,
    "aql_lot/p2_aql_plan_lookup": _plan,
    "aql_lot/p2_aql_decision": _decision,
    "aql_lot/p2_aql_sort_or_return": _sort_or_return,
    "aql_lot/p2_aql_oc_point": _acceptance,
    "process_fmea/p2_fmea_rpn": _rpn,
    "process_fmea/p2_fmea_top": _top_rpn,
    "process_fmea/p2_fmea_action": _after_measure,
    "process_fmea/p2_fmea_todo": _to_do,
    "quality_alert/p2_qa_total": _suspect,
    "quality_alert/p2_qa_ppm": _ppm,
    "quality_alert/p2_qa_sorting": _sorting,
    "quality_alert/p2_qa_expected": _still_bad,
    "quality_alert/p2_qa_claim": _claim,
    "quality_cost/p2_coq_copq": _poor_quality,
    "quality_cost/p2_coq_split": _cost_split,
    "quality_cost/p2_coq_prevention": _prevention,
}
