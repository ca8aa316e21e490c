"""Amounts that stand together tell what each of them is: "40 card lost and 60 card arrival"."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Final

from synth_agent.brief.cursor import Brief
from synth_agent.brief.lexicon import AND, ARTICLES
from synth_agent.brief.readings import Amount, Entry, Listing, Match
from synth_agent.brief.tokens import normal

__all__ = ["place_amounts"]

_BETWEEN: Final = AND | ARTICLES | {",", ";", "/", "+", "\n", "(", ")", ":"}
_WIDEST: Final = 4  # tokens between two amounts of one group


def place_amounts(brief: Brief, matches: Sequence[Match], *, classifies: bool) -> list[Match]:
    """Return the matches with open amounts made labels, totals, or topics of a total.

    Two or more in a row are labels if labels are wanted, else parts of the total by topic. A single
    one, where one asks for records, is the total: "write 20 haikus".
    """
    amounts = [m for m in matches if isinstance(m.reading, Amount)]
    others = [m for m in matches if not isinstance(m.reading, Amount)]
    for group in _groups(brief, amounts):
        others += _placed(group, classifies=classifies)
    return others


def _groups(brief: Brief, amounts: Iterable[Match]) -> Iterable[list[Match]]:
    group: list[Match] = []
    for match in sorted(amounts, key=lambda m: m.start):
        if group and not _adjacent(brief, group[-1].end, match.start):
            yield group
            group = []
        group.append(match)
    if group:
        yield group


def _adjacent(brief: Brief, end: int, start: int) -> bool:
    gap = brief.tokens[end:start]
    return len(gap) <= _WIDEST and all(token.norm in _BETWEEN for token in gap)


def _placed(group: list[Match], *, classifies: bool) -> list[Match]:
    named = any(_amount(m).axis == "label" for m in group)
    opens = _open_ones(group, named=named)
    if sum(opens) + named < 2:
        return [_as_total(m) if len(group) == 1 else m for m in group]
    pairs = list(zip(group, opens, strict=True))
    if classifies or named:
        return [_as_label(match) if is_open else match for match, is_open in pairs]
    open_ones = [match for match, is_open in pairs if is_open]
    if any(_amount(m).basis != "count" for m in open_ones):
        return group
    return [match for match, is_open in pairs if not is_open] + [_as_topics(open_ones)]


def _open_ones(group: list[Match], *, named: bool) -> list[bool]:
    """Return for each amount whether it counts something that is no known label or level.

    Records of several subjects are ("50 math and 50 physics questions"), and those of a subject
    behind a label ("2 urgent examples, 1 normal example"); a first one is the total.
    """
    amounts = [_amount(m) for m in group]
    records = [a.axis == "record" and a.basis == "count" for a in amounts]
    subjects = [normal(a.subject) for a, record in zip(amounts, records, strict=True) if record]
    differ = len(set(subjects)) == len(subjects) > 1 and all(subjects)
    behind = [named and at > 0 and bool(a.subject) for at, a in enumerate(amounts)]
    return [
        a.axis == "unknown" or (record and (differ or follows))
        for a, record, follows in zip(amounts, records, behind, strict=True)
    ]


def _as_label(match: Match) -> Match:
    amount = _amount(match)
    name = amount.name or amount.subject
    return replace(match, reading=replace(amount, axis="label", name=name, subject=""))


def _as_total(match: Match) -> Match:
    amount = _amount(match)
    if amount.axis == "split" and amount.noun >= 0 and amount.basis == "count":
        return replace(match, reading=replace(amount, axis="record", name=""))
    if amount.axis == "unknown" and amount.basis == "count" and amount.noun == -1:
        return replace(match, reading=replace(amount, axis="record", name="", subject=amount.name))
    return match


def _as_topics(group: list[Match]) -> Match:
    """Return one total for amounts that are its parts by topic.

    A spec has no quotas for topics: where they differ, the total is all that is taken from it.
    """
    names = [_amount(m).name or _amount(m).subject for m in group]
    first = _amount(group[0])
    total = sum((_amount(m).value for m in group), Fraction(0))
    whole = replace(first, axis="record", name="", subject="", value=total, noun=max(first.noun, 0))
    listing = Listing("topic", tuple(Entry(name) for name in names))
    uneven = len({_amount(m).value for m in group}) > 1
    end = group[0].start if uneven else group[-1].end
    return Match(whole, group[0].start, end, (listing,))


def _amount(match: Match) -> Amount:
    assert isinstance(match.reading, Amount)
    return match.reading
