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
    differ = _differ(group)
    open_ones = [m for m in group if _is_open(_amount(m), differ=differ)]
    named = any(_amount(m).axis == "label" for m in group)
    if len(open_ones) + named < 2:
        return [_as_total(m) if len(group) == 1 else m for m in group]
    if classifies or named:
        return [_as_label(m) if _is_open(_amount(m), differ=differ) else m for m in group]
    if any(_amount(m).basis != "count" for m in open_ones):
        return group
    rest = [m for m in group if not _is_open(_amount(m), differ=differ)]
    return [*rest, _as_topics(open_ones)]


def _differ(group: list[Match]) -> bool:
    """Whether records of several subjects are counted: "50 math and 50 physics questions"."""
    subjects = [normal(_amount(m).subject) for m in group if _amount(m).axis == "record"]
    return len(set(subjects)) == len(subjects) > 1 and all(subjects)


def _is_open(amount: Amount, *, differ: bool) -> bool:
    """Whether it counts something that is no known label, difficulty or split."""
    counts_records = amount.axis == "record" and amount.basis == "count"
    return amount.axis == "unknown" or (counts_records and differ)


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
