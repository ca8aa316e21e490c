"""Topic tree and personas: the axes of a dataset, planned before anything is written.

Two levels: areas of the subject, then topics within each area, asked for area by area so that no
area crowds out the others. Personas are those who would really ask. Coverage is reported by topic.
Source of the personas: Ge et al., Scaling Synthetic Data Creation with 1,000,000,000 Personas,
arXiv:2406.20094; here they are planned for the subject instead of drawn from the web.
"""

import asyncio
import math
import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from pydantic import BaseModel, ConfigDict

from synth_agent.chains.structured import structured
from synth_agent.chains.writer import Writer
from synth_agent.errors import AnswerError, RunError
from synth_agent.text import fold

__all__ = ["PlannedAxes", "planned_axes", "planned_topics"]

_MOST_TOPICS: Final = 120
_MOST_AT_ONCE: Final = 60
_MOST_PERSONAS: Final = 24
_LONGEST: Final = 200
"""Characters of a name: it stands in prompts as it is, as part of a line."""
_BULLET: Final = re.compile(r"^(?:[-*•]|\(?\d{1,3}[.)])\s+")


class PlannedAxes(NamedTuple):
    """What slots are spread over."""

    topics: tuple[str, ...]
    personas: tuple[str, ...]


class Areas(BaseModel):
    """The areas of a subject."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    areas: list[str]
    """Names of areas, a few words each; together they cover the subject, and none overlap."""


class Topics(BaseModel):
    """Topics within one area."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    topics: list[str]
    """Concrete topics, three to ten words each, that a question can be asked about."""


class Personas(BaseModel):
    """People who ask."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    personas: list[str]
    """One line each: role, experience, and what they have to get done."""


async def planned_axes(writer: Writer) -> PlannedAxes:
    """Return topics and personas for the records of a spec, as many as its count can use.

    Topics that the spec names are the areas.

    Raises:
        RunError: The model gave none, twice.
    """
    spec = writer.spec
    about = writer.about
    wanted = min(_MOST_TOPICS, max(4, spec.count))
    number = max(3, min(12, round(math.sqrt(wanted))))
    people = max(4, min(_MOST_PERSONAS, spec.count // 4))
    find = structured(writer.prompt("areas"), writer.door, Areas)
    within = structured(writer.prompt("topics"), writer.door, Topics)
    who = structured(writer.prompt("personas"), writer.door, Personas)
    try:
        areas = spec.topics or _different(
            (await find.ainvoke({**about, "number": str(number)})).areas
        )
        each = str(math.ceil(wanted / max(1, len(areas))))
        asked = [
            within.ainvoke({**about, "area": area, "areas": "; ".join(areas), "number": each})
            for area in areas
        ]
        *found, personas = await asyncio.gather(
            *asked, who.ainvoke({**about, "number": str(people)})
        )
    except AnswerError as error:
        raise RunError(f"the topics could not be planned ({error}); try again: resume") from error
    trees = [_different(named.topics) for named in found if isinstance(named, Topics)]
    assert isinstance(personas, Personas)
    topics = _in_turn(trees)
    if not topics:
        raise RunError("the topics could not be planned (the model named none); try again: resume")
    return PlannedAxes(topics, _different(personas.personas))


async def planned_topics(writer: Writer) -> tuple[str, ...]:
    """Return topics within the whole subject, by one request.

    Raises:
        AnswerError: The model gave none, twice.
    """
    whole = writer.about["subject"]
    number = str(min(_MOST_AT_ONCE, writer.spec.count))
    values = {**writer.about, "area": whole, "areas": whole, "number": number}
    named = await structured(writer.prompt("topics"), writer.door, Topics).ainvoke(values)
    topics = _different(named.topics)
    if not topics:
        raise AnswerError("missing", "the model named no topics")
    return topics


def _different(names: Iterable[str]) -> tuple[str, ...]:
    """Return names without repeats and bullets, in order; a paragraph is no name."""
    found: dict[str, str] = {}
    for name in (_BULLET.sub("", " ".join(name.split())) for name in names):
        if fold(name) and len(name) <= _LONGEST:
            found.setdefault(fold(name), name)
    return tuple(found.values())


def _in_turn(trees: list[tuple[str, ...]]) -> tuple[str, ...]:
    """Return the topics so that areas take turns: a short run covers all of them too."""
    longest = max(map(len, trees), default=0)
    mixed = (tree[at] for at in range(longest) for tree in trees if at < len(tree))
    return _different(mixed)
