"""Amounts that stand together tell what each of them is: "40 card lost and 60 card arrival"."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Final

from synth_agent.brief.cursor import Brief
from synth_agent.brief.lexicon import AND, ARTICLES
from synth_agent.brief.readings import Amount, Entry, Listing, Match, Setting
from synth_agent.brief.spans import inner_tokens, stands_in
from synth_agent.brief.tokens import normal
from synth_agent.schemas import TASKS

__all__ = ["place_amounts"]

_BETWEEN: Final = AND | ARTICLES | {",", ";", "/", "+", "\n", "(", ")", ":"}
_PLAIN: Final = 2  # a total that is named with its noun
_OTHER_TASKS: Final = frozenset(TASKS) - {"classification", "tabular"}
_WIDEST: Final = 4  # tokens between two amounts of one group


def place_amounts(brief: Brief, matches: Sequence[Match], *, classifies: bool) -> list[Match]:
    """Return the matches with open amounts made labels, totals, or topics of a total.

    Two or more in a row are labels if labels are wanted, else parts of the total by topic. A single
    one, where one asks for records, is the total: "write 20 haikus".
    """
    listed = [m for m in matches if _lists_amounts(m)]
    in_list = inner_tokens(listed)
    in_topics = inner_tokens(m for m in listed if _listing(m).axis == "topic")
    amounts = [m for m in matches if isinstance(m.reading, Amount) and not stands_in(m, in_list)]
    told = [m for m in matches if not isinstance(m.reading, Amount)]
    told = [m for m in told if not (_lists_amounts(m) and stands_in(m, in_topics))]
    others = [part for match in told for part in _summed(match)]
    totals = [m for m in amounts if _amount(m).axis == "record" and _amount(m).noun >= _PLAIN]
    asked = _classified(matches)
    others_asked = not asked and any(_amount(m).task in _OTHER_TASKS for m in amounts)
    classifies = classifies and not others_asked
    labelled = classifies and (asked or _several_labels(amounts))
    for group in _groups(brief, amounts):
        parts = group if labelled else [_unlabelled(match) for match in group]
        aside = bool(totals) and _by_the_way(brief, parts, totals[0])
        others += parts if aside else _placed(parts, classifies=classifies)
    return others


def _lists_amounts(match: Match) -> bool:
    """Whether this is a list that tells the amounts of its names: "priority: 20 high, 50 low"."""
    reading = match.reading
    return (
        isinstance(reading, Listing)
        and reading.axis in {"label", "topic"}
        and any(entry.value is not None for entry in reading.entries)
    )


def _summed(match: Match) -> list[Match]:
    """Return topics with numbers of their own, and the total that these make.

    A spec has no quotas for topics: where they differ, their words count as not understood.
    """
    listing = match.reading
    if not isinstance(listing, Listing) or listing.axis != "topic" or not _lists_amounts(match):
        return [match]
    values = [entry.value for entry in listing.entries]
    end = match.end if len(set(values)) == 1 else match.start
    names = Listing("topic", tuple(Entry(entry.name) for entry in listing.entries))
    topics = Match(names, match.start, end, match.extra)
    if any(entry.value is None or entry.basis != "count" for entry in listing.entries):
        return [topics]
    total = sum((value for value in values if value is not None), Fraction(0))
    return [topics, Match(Amount(total, "count", "record", "", 0), match.start, end)]


def _several_labels(amounts: Sequence[Match]) -> bool:
    """Whether amounts of labels make one another plain: "300 formal and 200 informal messages"."""
    named = {_amount(m).name for m in amounts if _amount(m).axis == "label"}
    counts = [_amount(m) for m in amounts if _amount(m).basis == "count"]
    part = any(a.axis == "label" for a in counts) and any(a.axis == "record" for a in counts)
    shares = any(_amount(m).axis == "label" and _amount(m).basis != "count" for m in amounts)
    return len(named) > 1 or part or shares


def _classified(matches: Iterable[Match]) -> bool:
    """Whether words or a list ask for labels, apart from amounts."""
    readings = [m.reading for m in matches]
    return any(
        (isinstance(r, Setting) and r.key == "task" and r.value == "classification")
        or (isinstance(r, Listing) and r.axis == "label")
        or (isinstance(r, Amount) and r.axis == "label" and r.sure)
        for r in readings
    )


def _unlabelled(match: Match) -> Match:
    """Return records of a subject for those of what only a known classifier calls a label."""
    amount = _amount(match)
    if amount.axis != "label" or amount.sure:
        return match
    if amount.basis != "count":
        return replace(match, reading=replace(amount, axis="unknown"))
    subject = f"{amount.name} {amount.subject}".strip()
    return replace(match, reading=replace(amount, axis="record", name="", subject=subject))


def _by_the_way(brief: Brief, group: list[Match], total: Match) -> bool:
    """Whether a sentence before the one with the total only tells of the place: "5 machines"."""
    if any(_amount(m).axis != "unknown" for m in group):
        return False
    if sum((_amount(m).value for m in group), Fraction(0)) == _amount(total).value:
        return False
    between = brief.tokens[group[-1].end : total.start]
    return any(token.kind == "stop" for token in between)


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
    whole, group = _whole_and_parts(group)
    return whole + (_placed_parts(group, classifies=classifies) if group else [])


def _whole_and_parts(group: list[Match]) -> tuple[list[Match], list[Match]]:
    """Take the total off a group: what the others are shares of, or add up to."""
    first, rest = group[0], group[1:]
    amount, parts = _amount(first), [_amount(m) for m in rest]
    if amount.basis != "count" or amount.axis not in {"record", "unknown"} or not parts:
        return [], group
    shares = amount.noun >= -1 and all(part.basis != "count" for part in parts)
    total = sum((part.value for part in parts), Fraction(0))
    counts = len(parts) > 1 and all(part.basis == "count" for part in parts)
    if not shares and not (counts and total == amount.value):
        return [], group
    reading = replace(amount, axis="record", name="", subject=amount.subject or amount.name)
    return [replace(first, reading=reading)], rest


def _placed_parts(group: list[Match], *, classifies: bool) -> list[Match]:
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
    task = next((_amount(m).task for m in group if _amount(m).task), "")
    whole = Amount(total, "count", "record", noun=max(first.noun, 0), task=task)
    listing = Listing("topic", tuple(Entry(name) for name in names))
    uneven = len({_amount(m).value for m in group}) > 1
    end = group[0].start if uneven else group[-1].end
    return Match(whole, group[0].start, end, (listing,))


def _listing(match: Match) -> Listing:
    assert isinstance(match.reading, Listing)
    return match.reading


def _amount(match: Match) -> Amount:
    assert isinstance(match.reading, Amount)
    return match.reading
