"""The report page: one HTML file that needs no network, no script and nothing beside it.

What is on it is a `Report`; how it looks is in `report.html.jinja`, `report.css` and
`charts.html.jinja`. Everything that comes from records, briefs and labels is escaped, and a
content policy keeps the page from loading or running anything all the same.
"""

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from pydantic import JsonValue

from synth_agent.exports.atomic import write_text
from synth_agent.exports.excerpts import Sides, excerpts
from synth_agent.exports.jsontext import json_bytes
from synth_agent.exports.making import (
    covered,
    good,
    held_against,
    judged_by,
    making,
    marks,
    too_near,
    untouched,
)
from synth_agent.exports.marks import marked
from synth_agent.exports.recipe import recipe
from synth_agent.schemas import CellCount, Measure, NearMatch, Report
from synth_agent.schemas.report import dollars

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["render_report", "write_report"]

_TABLE_LINE: Final = re.compile(r"\|.*\||\S {2,}\S|\t")
_SEGMENTS: Final = 6
"""More kinds than this are bars of their own, not segments of one."""


def render_report(report: Report, *, versions: Mapping[str, str]) -> str:
    """Return the page. The same report and versions give the same bytes."""
    return (
        _environment()
        .get_template("report.html.jinja")
        .render(
            report=report,
            spec=report.spec,
            versions=versions,
            missing=[cell for cell in report.cells if cell.accepted < cell.asked],
            dropped=sum(report.rejected.values()),
            pairs=[(pair, *marked(*pair.texts)) for pair in report.nearest],
            misses=_misses(report),
            samples=[
                (sample, [_block(name, value) for name, value in sample.payload.items()])
                for sample in report.samples
            ],
            balances=[
                (name, _shares(counts))
                for name, counts in (("Label", report.labels), ("Difficulty", report.difficulty))
                if 1 < len(counts) <= _SEGMENTS
            ],
            marks=marks(report.tags),
            making=making(report),
            held_against=held_against(report),
            judged_by=judged_by(report),
            recipe=recipe(report.spec),
        )
    )


def write_report(path: Path, report: Report, *, versions: Mapping[str, str]) -> None:
    """Write the page, whole or not at all."""
    write_text(path, render_report(report, versions=versions))


@dataclass(frozen=True, slots=True)
class _Turn:
    role: str
    text: str


@dataclass(frozen=True, slots=True)
class _Block:
    """A field of a sample, as it is to be shown."""

    name: str
    text: str
    turns: tuple[_Turn, ...] = ()

    @property
    def shape(self) -> str:
        """`line`, `prose`, or `table` for what only lines up in a fixed width."""
        if "\n" not in self.text:
            return "line"
        lines = self.text.splitlines()
        aligned = sum(bool(_TABLE_LINE.search(line)) for line in lines)
        return "table" if aligned >= 2 or self.text.startswith(("{", "[")) else "prose"


@dataclass(frozen=True, slots=True)
class _Share:
    name: str
    count: int
    share: float
    start: float
    """Where its segment begins, as a share of the whole."""


@dataclass(frozen=True, slots=True)
class _Miss:
    """A dropped draft beside what it came too near to, as they are to be shown."""

    measure: Measure
    measured: str
    slot: int
    other: str
    sides: Sides


def _misses(report: Report) -> dict[str, list[_Miss]]:
    """Return the dropped drafts by the kind of text that they came too near to."""
    found: dict[str, list[_Miss]] = {"protected": [], "seed": [], "record": []}
    for miss in report.near_misses:
        near = miss.near
        sides = excerpts(miss.text, near.text, near.measure)
        shown = _Miss(near.measure, _measured(near), miss.slot, _other(near), sides)
        found[near.kind].append(shown)
    return found


def _measured(near: NearMatch) -> str:
    if near.measure == "13-gram":
        return f"{near.score:.0f} words in a row"
    name = {"cosine": "", "8-gram": "8-grams "}.get(near.measure, f"{near.measure} ")
    return f"{name}{near.score:.3f}"


def _other(near: NearMatch) -> str:
    named = {"record": "record ", "seed": "example "}
    return f"{named.get(near.kind, '')}{near.name}"


def _block(name: str, value: JsonValue) -> _Block:
    if isinstance(value, str):
        return _Block(name, value)
    if isinstance(value, list) and all(_is_turn(turn) for turn in value):
        turns = cast("list[dict[str, str]]", value)
        return _Block(name, "", tuple(_Turn(turn["role"], turn["content"]) for turn in turns))
    return _Block(name, json_bytes(value, indent=isinstance(value, dict | list)).decode())


def _is_turn(value: JsonValue) -> bool:
    return isinstance(value, dict) and all(
        isinstance(value.get(key), str) for key in ("role", "content")
    )


def _shares(counts: Mapping[str, int]) -> list[_Share]:
    total = sum(counts.values())
    shares: list[_Share] = []
    start = 0
    for name, count in counts.items():
        shares.append(_Share(name, count, count / total, start / total))
        start += count
    return shares


def _main_reason(cell: CellCount) -> str:
    """Return why a cell fell short, most frequent first."""
    reasons = sorted(cell.rejected.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{reason} ({count:,})" for reason, count in reasons[:3])


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def _percent(share: float) -> str:
    """Return a share in per cent; never 0% or 100% for what is only nearly so."""
    text = f"{share:.0%}" if share >= 0.095 else f"{share:.1%}"
    if share < 1 and text == "100%":
        return "99.9%"
    return "under 0.1%" if share and text == "0.0%" else text


@functools.cache
def _environment() -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "count": "{:,}".format,
        "covered": covered,
        "dollars": dollars,
        "duration": _duration,
        "good": good,
        "least": untouched,
        "percent": _percent,
        "reasons": _main_reason,
        "too_near": too_near,
    }
    return environment
