"""How far a critic can be trusted: what measuring it against people's verdicts has shown."""

from typing import Literal

from pydantic import Field

from synth_agent.schemas.base import SCHEMA_VERSION, Frozen
from synth_agent.schemas.report import Usage
from synth_agent.schemas.spec import Task

__all__ = ["Calibration", "ScoreCut"]


class ScoreCut(Frozen):
    """What keeping from a mean score on amounts to, on the records that were labelled."""

    threshold: float
    """Mean score from 1 to 5, a multiple of 0.1; what has as much is kept."""
    precision: float
    """Share of the kept that people keep; 1 where nothing is kept."""
    recall: float
    """Share of what people keep that is kept; 1 where they keep nothing."""
    kappa: float
    """Cohen's kappa on the same records that the threshold was chosen on: a little too good."""


class Calibration(Frozen):
    """A critic measured against people."""

    schema_version: Literal[1] = SCHEMA_VERSION
    critic: str
    """`provider:model`, or `rules` for the critic that needs no model."""
    prompt: str | None = None
    """`name@digest` of the critic's prompt."""
    task: Task
    subject: str = ""
    """What the critic was told that the records are about; empty: nothing."""
    language: str = "en"
    source: str
    """Name of the file with the verdicts."""
    column: str
    """Its column that was taken for them."""
    kept_from: float | None = None
    """People's score from 1 to 5 that counts as keeping; null where they said yes or no."""
    labelled: int = Field(ge=1)
    """Records with a verdict of people."""
    unlabelled: int = 0
    """Records without one; they are left out."""
    n: int = Field(ge=1)
    """Labelled records that the critic could judge; all figures below are about these."""
    unjudged: dict[str, int] = {}
    """Reason -> labelled records that it could not judge."""
    decided_by: Literal["accept", "min-score", "threshold"]
    """What the critic's verdict is: its own word, a mean score that was named, or the best one.
    The best one is chosen for each tenth of the records on the other nine tenths."""
    min_score: float | None = None
    """The mean score that was named."""
    people_keep: int
    critic_keeps: int
    agreement: float
    """Share of records on which critic and people agree."""
    baseline: float
    """The agreement of a critic who always says what people say most often."""
    kappa: float
    """Cohen's kappa, agreement beyond chance; 0 is chance, 1 is always."""
    low: float
    high: float
    """Bounds of kappa's 95 % interval."""
    conclusion: Literal["better", "no-better", "too-few"]
    """Whether it beats the baseline, and its kappa is surely above 0; or n is too small to say."""
    best: ScoreCut
    """The mean score that serves best as --min-score."""
    table: tuple[ScoreCut, ...]
    """One for each mean score there is, ascending."""
    notes: tuple[str, ...] = ()
    """What a reader of the figures has to know, in words."""
    usage: Usage = Usage()
