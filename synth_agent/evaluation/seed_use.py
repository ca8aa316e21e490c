"""How often given examples were shown to a model, and how many records were written with them."""

from collections import Counter
from collections.abc import Iterable, Mapping

from synth_agent.schemas import Record
from synth_agent.schemas.base import Frozen

__all__ = ["SeedUse", "SeedUses", "seed_use"]


class SeedUse(Frozen):
    """How one given example was used."""

    name: str
    shown: int
    """Requests that it was part of, as an example or to be developed further."""
    records: int
    """Accepted records that were written with it."""
    share: float
    """Of all accepted records, in [0, 1]; shares add up to more than 1, for examples are shown
    together."""
    text: str


class SeedUses(Frozen):
    """How the given examples of a run were used."""

    given: int
    """How many there are."""
    shown_given: int
    """Showings of all of them together."""
    shown_made: int
    """Showings of accepted records, which serve as examples too."""
    most: int
    """Showings of the one that was shown most."""
    least: int
    ratio: float | None
    """Most to least; null where one was never shown."""
    seeds: tuple[SeedUse, ...]
    """The most shown first; then by records, then by name."""


def seed_use(
    seeds: Mapping[str, str], showings: Iterable[str], records: Iterable[Record]
) -> SeedUses:
    """Return how often each example was used.

    Args:
        seeds: Identifier -> text of each given example.
        showings: Identifiers of what hands were shown, each as often as it was; records' too.
        records: Those that were accepted.
    """
    shown = Counter(showings)
    written, count = Counter[str](), 0
    for record in records:
        count += 1
        written.update({*record.provenance.seeds, *record.provenance.parents})
    uses = [
        SeedUse(
            name=name,
            shown=shown[name],
            records=written[name],
            share=round(written[name] / count, 6) if count else 0.0,
            text=text,
        )
        for name, text in seeds.items()
    ]
    uses.sort(key=lambda use: (-use.shown, -use.records, use.name))
    of_given = sum(use.shown for use in uses)
    most, least = (uses[0].shown, uses[-1].shown) if uses else (0, 0)
    return SeedUses(
        given=len(uses),
        shown_given=of_given,
        shown_made=shown.total() - of_given,
        most=most,
        least=least,
        ratio=round(most / least, 3) if least else None,
        seeds=tuple(uses),
    )
