"""The quality scenes, recomputed as a quality engineer would: charts, capability, gauges, lots.

Each scene has one reader, which turns any wording of its context into a few facts, and one short
function for each question.
"""

import json
import math
import re
from collections.abc import Callable
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


def _all_of(*patterns: str) -> str:
    return r"(?s)\A" + "".join(f"(?=.*(?:{pattern}))" for pattern in patterns)


def _none_of(*patterns: str) -> str:
    return r"(?s)\A" + "".join(f"(?!.*(?:{pattern}))" for pattern in patterns)


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
    calm = "in control|no range exceeds"
    wild = "out of control|lies above"
    says = _all_of(wild) if largest > limit else _all_of(calm) + _none_of(wild)[6:]
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
    return Expected((sigma, index), (width, 1.33), _short_or_met(index, 1.33))


def _short_or_met(index: float, wanted: float) -> str:
    if index >= wanted:
        return _none_of("short of", "not met", "under the", ", below")
    return _none_of("that meets", "is met", "satisfies", "at or above", "above or at")


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
    says = _short_or_met(half_up(study.potential, 2), study.wanted)
    return Expected((study.potential,), (study.width,), says)


def _cpk(_asked: str, context: str) -> Expected:
    study = _capability(context)
    index = half_up(study.actual, 2)
    side = "upper" if study.mean > study.middle else "lower"
    other = "lower" if side == "upper" else "upper"
    verdict = _short_or_met(index, study.wanted).removeprefix(r"(?s)\A")
    return Expected((index,), says=_all_of(side) + f"(?!.*{other})" + verdict)


def _performance(_asked: str, context: str) -> Expected:
    study = _capability(context)
    growth = (study.overall / study.within - 1) * 100
    says = ""  # between 10 and 20 per cent it is a matter of taste
    if growth > 20:
        says = _none_of("stable")
    if growth < 10:
        says = _none_of("drift", "varies")
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
    values = (
        figure(rf"\b{name}\b(?: \([^)]*\))?[^\d\w]*(\d+\.\d+)", text) for name in ("EV", "AV", "PV")
    )
    tolerance = rf"\btol(?:erance)?\b(?:: | width | |\": | of the .*? )({_N})(?=,| mm| Nm)"
    return _Gauge(*values, figure(tolerance, text))


def _dominant(_asked: str, context: str) -> Expected:
    study = _gauge(context)
    small, large = sorted((study.equipment, study.appraiser))
    name = "repeatability" if study.equipment == large else "reproducibility"
    other = "reproducibility" if name == "repeatability" else "repeatability"
    return Expected((large / small,), says=_all_of(name) + f"(?!.*{other})")


def _grr_share(_asked: str, context: str) -> Expected:
    study = _gauge(context)
    share = half_up(study.grr / study.total * 100, 1)
    says = "not acceptable" if share > 30 else "conditionally" if share >= 10 else r"[: ]acceptable"
    return Expected((share, study.grr, study.total), says=says)


def _grr_of_tolerance(_asked: str, context: str) -> Expected:
    study = _gauge(context)
    return Expected((600 * study.grr / study.tolerance,), (6 * study.grr, study.grr))


def _categories(_asked: str, context: str) -> Expected:
    study = _gauge(context)
    number = math.floor(1.41 * study.parts / study.grr)
    enough = r"meets the minimum|gauge resolves"
    return Expected((number,), says=enough if number >= 5 else "misses the minimum|does not resolve")


# Inspection by attributes


class _Samples(NamedTuple):
    size: float
    defective: list[int]
    defects: list[int]
    chances: float
    cost: float
    text: str

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
    r"^(?:(?:\d+,[\d-]+,|[\w-]+;\d+;)(\d+)[,;]|\| \d+ \| [\d.]+ \| ())(\d+)(?:,|;| \| )(\d+)",
    re.MULTILINE,
)


def _samples(text: str) -> _Samples:
    rows = _SAMPLE_ROW.findall(text)
    if rows:
        defective, defects = [int(row[2]) for row in rows], [int(row[3]) for row in rows]
    else:
        lists = re.findall(r"\d+(?:(?:, | - )\d+){5,}", text)
        defective, defects = ([int(entry) for entry in re.findall(r"\d+", row)] for row in lists)
    assert len(defective) == len(defects) >= 6, text
    size = rows and rows[0][0] or _found(r"(?:sample = |samples of |, )(\d+) ", text)[1]
    chances = _found(r"(\d+) (?:defect )?opportunities|opportunities(?:/| per )unit: (\d+)", text)
    cost = _found(rf"(?:per defective unit:?|scrapped at|costs us|scrap value) [€$]?({_N})", text)
    return _Samples(
        float(size), defective, defects, float(chances[1] or chances[2]), _value(cost[1]), text
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
    letter: str
    sample: int
    accept: int
    found: int
    size: float
    text: str


_PLAN_ROW: Final = re.compile(r"([\d,]+)-([\d,]+): ([A-Z]), n=(\d+), Ac (\d+)")
_LOT_SIZE: Final = r"(?:lot size |\): |\"size\": |on the table: |[a-z]: )([\d,]+)(?: pcs| pieces|,| )"


def _lot(text: str) -> _Lot:
    size = _value(_found(r"lot size ([\d,]+)|", text)[1] or _lot_size(text))
    rows = [(_value(low), _value(high), *rest) for low, high, *rest in _PLAN_ROW.findall(text)]
    letter, sample, accept = next(rest for low, high, *rest in rows if low <= size <= high)
    return _Lot(letter, int(sample), int(accept), _rejectable(text), size, text)


def _lot_size(text: str) -> str:
    match = _found(r'"size": (\d+)|: ([\d,]+) pieces\.$|on the table: ([\d,]+) ', text)
    return next(group for group in match.groups() if group)


def _rejectable(text: str) -> int:
    if text.startswith("{"):
        return sum(json.loads(text)["rejectable_pieces"].values())
    line = _found("^(?:Found in|Rejectable|In the) .*", text)[0]
    counts = re.findall(r"(?<![\d.])(\d+)(?= x | with | pieces with |,|$)", line)
    assert len(counts) == 3, line
    return sum(int(count) for count in counts)


def _plan(_asked: str, context: str) -> Expected:
    lot = _lot(context)
    says = _all_of(rf"\bletter {lot.letter}\b")
    return Expected((lot.sample, lot.accept, lot.accept + 1), says=says)


def _decision(_asked: str, context: str) -> Expected:
    lot = _lot(context)
    says = r"\breject the lot|lot fails" if lot.found > lot.accept else "accept the lot|lot passes"
    return Expected((lot.found, lot.sample, lot.accept), (lot.accept + 1,), says)


def _sort_or_return(_asked: str, context: str) -> Expected:
    lot = _lot(context)
    assert lot.found > lot.accept, "the lot is accepted, there is nothing to decide"
    hours = lot.size / figure(r'(\d+) pcs(?:/| per )h|sort_pcs_per_h": ', context)
    return Expected((hours,))


def _poisson(_asked: str, context: str) -> Expected:
    lot = _lot(context)
    mean = lot.sample * figure(rf"({_N}) ?%", _asked) / 100
    chance = sum(math.exp(-mean) * mean**k / math.factorial(k) for k in range(lot.accept + 1))
    return Expected((chance * 100,), (mean, lot.sample, lot.accept))
