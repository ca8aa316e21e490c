"""The dataset card: `README.md` with the front matter that dataset hubs read.

It names no licence: whoever publishes the dataset chooses one. What comes from briefs, labels and
records stands in fences longer than any in it, or is escaped, so it can break neither the Markdown
nor the front matter.
"""

import functools
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

import yaml
from pydantic import JsonValue

from synth_agent.exports.atomic import write_text
from synth_agent.exports.jsontext import json_bytes
from synth_agent.exports.making import (
    covered,
    good,
    held_against,
    judged_by,
    making,
    marks,
    untouched,
)
from synth_agent.exports.recipe import recipe
from synth_agent.schemas import DatasetSpec, Report, Task
from synth_agent.text import slug

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["card_metadata", "render_card", "write_card"]

_CATEGORIES: Final[Mapping[Task, tuple[str, ...]]] = {
    "qa": ("question-answering",),
    "reasoning": ("question-answering", "text-generation"),
    "instruction": ("text-generation",),
    "classification": ("text-classification",),
    "conversation": ("text-generation",),
    "preference": ("text-generation",),
    "safety": ("text-generation",),
    "code": ("text-generation",),
    "tabular": ("other",),
    "custom": ("other",),
}
"""Task -> the hub's names for it (those of huggingface.js, `pipelines.ts`)."""
_TITLES: Final[Mapping[Task, str]] = {
    "qa": "questions and answers",
    "reasoning": "questions with worked answers",
    "instruction": "instructions",
    "classification": "labelled texts",
    "conversation": "conversations",
    "preference": "preference pairs",
    "safety": "safety prompts",
    "code": "programming tasks",
    "tabular": "table rows",
    "custom": "records",
}
_TAGS: Final[Mapping[Task, tuple[str, ...]]] = {
    "preference": ("preference", "dpo"),
    "safety": ("safety", "not-for-all-audiences"),
    "code": ("code",),
    "tabular": ("tabular",),
}
_TICKS: Final = re.compile(r"`+")
_MARKUP: Final = re.compile(r"([\\`*_{}\[\]<>&#|~])")


def render_card(report: Report, *, files: Mapping[str, Path], versions: Mapping[str, str]) -> str:
    """Return the card. The same arguments give the same bytes.

    Args:
        files: Split -> its file, beside the card.
        versions: Package -> version that the dataset was made with.
    """
    front = yaml.safe_dump(
        card_metadata(report, files=files), sort_keys=False, allow_unicode=True, width=1000
    )
    body = (
        _environment()
        .get_template("card.md.jinja")
        .render(
            report=report,
            spec=report.spec,
            title=_title(report.spec),
            files=files,
            versions=versions,
            marks=marks(report.tags),
            making=making(report),
            held_against=held_against(report),
            judged_by=judged_by(report),
            recipe=recipe(report.spec),
            shows_others=_shows_others(report),
            needs=_needs(report.spec),
            sample=report.samples[0] if report.samples else None,
        )
    )
    return f"---\n{front}---\n\n{body}"


def write_card(
    path: Path, report: Report, *, files: Mapping[str, Path], versions: Mapping[str, str]
) -> None:
    """Write the card, whole or not at all."""
    write_text(path, render_card(report, files=files, versions=versions))


def card_metadata(report: Report, *, files: Mapping[str, Path]) -> dict[str, JsonValue]:
    """Return the front matter."""
    spec = report.spec
    domain = [slug(spec.domain)] if spec.domain else []
    return {
        "pretty_name": _title(spec),
        "language": [spec.language.split("-")[0].lower()],
        "task_categories": list(_categories(spec)),
        "size_categories": [_size(report.accepted)],
        "annotations_creators": ["machine-generated"],
        "language_creators": ["machine-generated"],
        "source_datasets": ["original"],
        "tags": list(
            dict.fromkeys(["synthetic", "synth-agent", *domain, *_TAGS.get(spec.task, ())])
        ),
        "configs": [
            {
                "config_name": "default",
                "data_files": [{"split": name, "path": file.name} for name, file in files.items()],
            }
        ],
    }


def _categories(spec: DatasetSpec) -> tuple[str, ...]:
    if spec.task == "tabular" and spec.labels:
        return ("tabular-classification",)
    return _CATEGORIES[spec.task]


def _size(count: int) -> str:
    bounds = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"))
    more = ((1_000_000, "100K<n<1M"), (10_000_000, "1M<n<10M"))
    return next((name for bound, name in (*bounds, *more) if count < bound), "10M<n<100M")


def _title(spec: DatasetSpec) -> str:
    domain = " ".join(spec.domain.split())[:80]
    what = f"{_TITLES[spec.task]} (synthetic)"
    return f"{domain[:1].upper()}{domain[1:]}: {what}" if domain else what.capitalize()


def _shows_others(report: Report) -> str:
    """Return whose texts the report page shows besides records and drafts."""
    kinds = {draft.near.kind for draft in report.near_misses}
    named = {"protected": "protected texts", "seed": "given examples"}
    return " and ".join(said for kind, said in named.items() if kind in kinds)


def _needs(spec: DatasetSpec) -> list[str]:
    """Return the files of the user's that a run of the spec reads."""
    given = (spec.seeds, spec.inputs, *spec.docs, *spec.protect)
    return list(dict.fromkeys(name for name in given if name))


def _fence(text: str, language: str = "") -> str:
    """Return a code block whose fence is longer than any run of ticks inside."""
    ticks = "`" * max(3, *(len(run) + 1 for run in _TICKS.findall(text)), 3)
    return f"{ticks}{language}\n{text.rstrip()}\n{ticks}"


def _inline(text: str) -> str:
    """Return a text as one line of a paragraph or table, with its markup made plain."""
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))


def _as_json(value: JsonValue) -> str:
    return json_bytes(value, indent=True).decode()


@functools.cache
def _environment() -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=False,  # noqa: S701  Markdown: what is not ours is fenced or made plain
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "count": "{:,}".format,
        "covered": covered,
        "fence": _fence,
        "good": good,
        "inline": _inline,
        "least": untouched,
        "pretty": _as_json,
    }
    return environment
