"""A finished dataset, as Python sees it."""

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import JsonValue

from synth_agent.delivery import Delivery
from synth_agent.exports import check_layout, format_of, rows, write_dataset
from synth_agent.pipeline import Run
from synth_agent.schemas import DatasetSpec, Layout, Record, Reject, Report, Usage

if TYPE_CHECKING:
    import pandas

__all__ = ["Dataset"]


class Dataset:
    """The records of a run. They stay on disk; `records` reads them all.

    Attributes:
        delivery: The files that were written.
        spec: What was asked for.
    """

    def __init__(self, delivery: Delivery) -> None:
        self.delivery = delivery
        self.spec: DatasetSpec = delivery.figures.spec
        self.usage: Usage = delivery.figures.usage

    def __len__(self) -> int:
        return self.delivery.figures.accepted

    def __iter__(self) -> Iterator[Record]:
        with Run.open(self.path) as run:
            yield from run.journal.records()

    def __repr__(self) -> str:
        return (
            f"<Dataset: {len(self)} of {self.spec.count} {self.spec.task} records in {self.path}>"
        )

    @property
    def path(self) -> Path:
        """The run's folder."""
        return self.delivery.run

    @property
    def complete(self) -> bool:
        """Whether everything asked for is there."""
        return self.delivery.figures.complete

    @cached_property
    def records(self) -> list[Record]:
        """Every record, in order."""
        return list(self)

    @cached_property
    def rejects(self) -> list[Reject]:
        """Every draft that was dropped, with its reason."""
        with Run.open(self.path) as run:
            return list(run.journal.rejects())

    def rows(self) -> Iterator[dict[str, JsonValue]]:
        """Yield the records as they are written to a file: the keys asked for, and nothing else."""
        return rows(self.spec, self)

    def report(self) -> Report:
        """Return the figures of the run as it was delivered."""
        return self.delivery.figures

    def to_pandas(self) -> "pandas.DataFrame":
        """Return the rows as a data frame."""
        import pandas as pd

        return pd.DataFrame(self.rows())

    def save(self, path: str | Path, *, layout: Layout | None = None) -> tuple[Path, ...]:
        """Write the dataset to a file; its ending names the format. An older file is replaced.

        Raises:
            ConfigError: Unknown ending, or a layout that the task cannot fill.
        """
        target = Path(path)
        changes: dict[str, Any] = {"output_format": format_of(target)}
        if layout is not None:
            changes["layout"] = layout
        spec = self.spec.model_copy(update=changes)
        check_layout(spec)
        return tuple(write_dataset(spec, self, target).values())
