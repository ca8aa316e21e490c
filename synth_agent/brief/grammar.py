"""The grammar: phrase rules, tried over the tokens, give typed readings.

Rules stand in families. Within a family the first rule that fits takes its tokens, so that a number
is never read twice; between families readings may overlap, for "500 Spanish questions" tells a
count, a language and a task. To add a phrase, write a rule and put it into its family.
"""

from collections.abc import Callable, Sequence
from typing import Final

from synth_agent.brief import (
    amounts,
    field_rules,
    lists,
    literal,
    named_totals,
    odd_numbers,
    options,
    proportions,
    roles,
    shape,
    share_lists,
    subject,
    subject_parts,
    table_fields,
    task_words,
)
from synth_agent.brief.cursor import Brief, Cursor
from synth_agent.brief.readings import Match

__all__ = ["LABEL_RULES", "Rule", "read_all", "read_labels"]

Rule = Callable[[Cursor], Match | None]

LITERAL_RULES: Final[tuple[Rule, ...]] = (literal.section, literal.line_format)
"""What these take means nothing else; the other families do not look inside."""

LABEL_RULES: Final[tuple[Rule, ...]] = (
    lists.balance,
    lists.difficulties,
    lists.label_object,
    lists.label_verbs,
    lists.label_nouns,
    lists.either_or,
    lists.known_labels,
)

FAMILIES: Final[tuple[tuple[Rule, ...], ...]] = (
    LABEL_RULES,
    (
        options.seed,
        options.duplicates,
        named_totals.range_of,
        proportions.proportions,
        proportions.ratio,
        named_totals.named_total,
        share_lists.named_share,
        share_lists.share_list,
        odd_numbers.below_zero,
        share_lists.pairs,
        subject_parts.subject_parts,
        amounts.each_before,
        amounts.rest,
        amounts.everything,
        odd_numbers.name_number,
        amounts.amount,
        odd_numbers.part_of_some,
    ),
    (
        field_rules.bracketed_fields,
        field_rules.format_fields,
        field_rules.field_nouns,
        field_rules.field_objects,
        table_fields.table_fields,
    ),
    (lists.topics,),
    (lists.label_count,),
    (shape.spoken_language,),
    (shape.layout_key, shape.layout),
    (shape.output_format,),
    (options.method, options.pack),
    (roles.role,),
    (subject.subject_key, subject.about, subject.asked_for, subject.concerning),
    (task_words.task_key, task_words.task_words),
)


def read_labels(brief: Brief) -> list[Match]:
    """Return the lists of labels alone: amounts of them are read with their names known."""
    return _scan(brief, LABEL_RULES, _literal(brief))


def read_all(brief: Brief) -> list[Match]:
    """Return every reading, family by family, in the order of the text within each."""
    literal = _scan(brief, LITERAL_RULES, {})
    taken = {match.start: match.end for match in literal}
    return literal + [match for rules in FAMILIES for match in _scan(brief, rules, taken)]


def _literal(brief: Brief) -> dict[int, int]:
    return {match.start: match.end for match in _scan(brief, LITERAL_RULES, {})}


def _scan(brief: Brief, rules: Sequence[Rule], taken: dict[int, int]) -> list[Match]:
    found: list[Match] = []
    at = 0
    while at < len(brief.tokens):
        if at in taken:
            at = taken[at]
            continue
        match = _first(brief, rules, at)
        if match is None:
            at += 1
        else:
            found.append(match)
            at = max(match.end, at + 1)
    return found


def _first(brief: Brief, rules: Sequence[Rule], at: int) -> Match | None:
    return next((match for rule in rules if (match := rule(Cursor(brief, at)))), None)
