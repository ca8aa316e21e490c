"""The answer that most attempts agree on (self-consistency, Wang et al., arXiv:2203.11171)."""

from collections.abc import Sequence
from dataclasses import dataclass

from synth_agent.quality.answers import same_answer

__all__ = ["Vote", "majority"]


@dataclass(frozen=True, slots=True)
class Vote:
    """The answer given most often."""

    answer: str
    """As it was first written."""
    agreement: float
    """Share of the answers that are the same as it, in (0, 1]."""
    count: int
    """How many answers are the same as it."""


def majority(answers: Sequence[str]) -> Vote:
    """Return the answer given most often; of equally many, the one given first.

    An answer joins the first group whose first answer is the same (`same_answer`).

    Raises:
        ValueError: There is no answer.

    >>> majority(["18", "$18.00", "20"])
    Vote(answer='18', agreement=0.6666666666666666, count=2)
    """
    if not answers:
        raise ValueError("expected at least one answer, got none; leave out what has no vote")
    groups: list[str] = []
    counts: list[int] = []
    for answer in answers:
        at = next((i for i, first in enumerate(groups) if same_answer(first, answer)), None)
        if at is None:
            groups.append(answer)
            counts.append(1)
        else:
            counts[at] += 1
    most = max(counts)
    return Vote(groups[counts.index(most)], most / len(answers), most)
