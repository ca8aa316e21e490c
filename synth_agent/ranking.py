"""How good the rows of a dataset file are: by a column, by their provenance, or by rules."""

import math
from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Final

from pydantic import JsonValue

from synth_agent.columns import Columns
from synth_agent.errors import ConfigError
from synth_agent.exports import read_rows, split_path
from synth_agent.quality.score import rule_scores
from synth_agent.schemas import DatasetSpec, Draft, Provenance
from synth_agent.text import nearest_name

__all__ = ["Ranking", "ranking"]

_UNSCORED: Final = -math.inf
_PROVENANCE: Final = "provenance.jsonl"

Row = Mapping[str, JsonValue]


@dataclass(frozen=True, slots=True)
class Ranking:
    """A score for each row; higher is better.

    Attributes:
        by: The column, `provenance.jsonl`, or `rules`.
        scores: In the order of the file; minus infinity for a row without one.
    """

    by: str
    scores: "array[float]"

    def score(self, row: int) -> float | None:
        """Return a row's score, None where it has none."""
        found = self.scores[row]
        return None if found == _UNSCORED else found


def ranking(path: Path, columns: Columns, column: str | None = None) -> Ranking:
    """Return the scores of a file's rows.

    Without a column: the mean of the scores in the `provenance.jsonl` beside the file, where that
    has a line for each of its rows; else of those that rules give, see `quality.score`.

    Raises:
        ConfigError: No row has the column, a score is no number, or nothing scores any row.
    """
    found = _by_column(path, column) if column else _by_provenance(path) or _by_rules(path, columns)
    if all(score == _UNSCORED for score in found.scores):
        raise ConfigError(
            f"{path}: nothing tells which row is best: there is no {_PROVENANCE} with its scores "
            "beside it, and rules judge no rows like these; name a column of scores with --score, "
            "or say --keep first"
        )
    return found


def _by_column(path: Path, column: str) -> Ranking:
    scores, known = array("d"), dict[str, None]()
    for number, row in enumerate(read_rows(path), start=1):
        known |= dict.fromkeys(row)
        scores.append(_number(path, number, column, row.get(column)))
    if column not in known:
        close = nearest_name(column, tuple(known))
        hint = f"; did you mean {close!r}?" if close else ""
        raise ConfigError(f"{path} has no column {column!r}{hint} Columns: {', '.join(known)}")
    return Ranking(column, scores)


def _number(path: Path, number: int, column: str, value: JsonValue) -> float:
    if value in (None, ""):
        return _UNSCORED
    try:
        score = float(value) if isinstance(value, str | int | float) else math.nan
    except ValueError:
        score = math.nan
    if math.isnan(score):
        raise ConfigError(f"{path}, row {number}: expected a number in {column!r}, got {value!r}")
    return score


def _by_provenance(path: Path) -> Ranking | None:
    """Return the scores that a run has left, or None where they are not those of this file."""
    beside = path.with_name(_PROVENANCE)
    if not beside.is_file() or beside == path:
        return None
    lines = [(str(line.get("split")), _mean(line.get("scores"))) for line in read_rows(beside)]
    splits = {split for split, _ in lines}
    if len(splits) > 1:
        names = {split_path(path.with_stem(path.stem.rpartition("-")[0]), s): s for s in splits}
        lines = [line for line in lines if line[0] == names.get(path)]
    if len(lines) != sum(1 for _ in read_rows(path)):
        return None
    return Ranking(_PROVENANCE, array("d", (score for _, score in lines)))


def _by_rules(path: Path, columns: Columns) -> Ranking:
    return Ranking("rules", array("d", _rule_scores(path, columns)))


def _rule_scores(path: Path, columns: Columns) -> Iterator[float]:
    spec = DatasetSpec.model_validate({"task": columns.task or "tabular", "count": 1})
    given = Provenance(method="given", source=path.name)
    for number, row in enumerate(read_rows(path)):
        draft = Draft(slot=number, payload=columns.payload(row), provenance=given)
        yield _mean(dict(rule_scores(draft, spec)))


def _mean(scores: JsonValue) -> float:
    if not isinstance(scores, dict):
        return _UNSCORED
    numbers = [score for score in scores.values() if isinstance(score, int | float)]
    return round(fmean(numbers), 4) if numbers else _UNSCORED
