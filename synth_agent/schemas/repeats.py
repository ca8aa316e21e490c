"""What looking for repeats in a dataset file has found."""

from typing import Literal

from synth_agent.schemas.base import SCHEMA_VERSION, Frozen
from synth_agent.schemas.report import Usage

__all__ = ["DedupReport", "Dropped", "Group", "Leader"]


class Leader(Frozen):
    """The row that others repeat."""

    file: str
    """The dataset, or one of those it was compared with."""
    row: int
    """From 1."""
    text: str
    """What was compared of it, shortened."""
    score: float | None = None
    """What it was chosen by; null where the first was."""


class Dropped(Frozen):
    """A row that was dropped for another one."""

    row: int
    """From 1."""
    reason: Literal["duplicate", "near-duplicate", "same-words"]
    similarity: float
    """1 for duplicates, the cosine, or the Jaccard index of word triples."""
    text: str
    """What was compared of it, shortened."""
    score: float | None = None


class Group(Frozen):
    """A row and those that repeat it; two of these may be further apart than the threshold."""

    kept: Leader
    dropped: tuple[Dropped, ...]
    """In the order of the file."""


class DedupReport(Frozen):
    """What was dropped from a dataset file, and why."""

    schema_version: Literal[1] = SCHEMA_VERSION
    file: str
    output: str
    rows: int
    kept: int
    dropped: dict[str, int]
    """Reason -> rows, every reason there is."""
    near: dict[str, int] = {}
    """Each file that it was compared with -> rows that were dropped for one of its rows."""
    without_text: int = 0
    """Rows with nothing to compare; they are kept."""
    task: str | None
    """What the columns were taken for; null where they fit no task or were named."""
    fields: tuple[str, ...]
    """Columns whose text was compared."""
    mask_numbers: bool
    embedder: str
    unread: int = 0
    """Texts in a script that the embedder does not know; they were compared by their wording."""
    usage: Usage = Usage()
    """What embedding was paid for, in earlier attempts too."""
    threshold: float | None
    """Cosine; null: meaning was not compared."""
    lexical: float | None
    """Jaccard index of word triples; null: words were not compared."""
    keep: Literal["first", "best"]
    scored_by: str | None = None
    """A column, `provenance.jsonl` or `rules`; null where the first was kept."""
    groups: tuple[Group, ...]
    """Those led by rows of other files first, then the largest, then in the order of the file."""
