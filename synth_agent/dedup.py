"""A dataset file without its repeats: the same rows, in their order, with all of their columns.

The file is gone through several times and never held: memory grows with the vectors and words of
what is kept (`store.repeats`) and with the shortened texts of groups; with `keep="best"` also with
all compared texts, for they are compared in the order of their scores. A `.json` file is one array
and is read as a whole all the same.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, pairwise
from pathlib import Path
from typing import Final, Literal, get_args

from pydantic import JsonValue

from synth_agent.columns import Columns, columns_of
from synth_agent.delivery import check_output
from synth_agent.errors import ConfigError
from synth_agent.exports import format_of, read_rows, write_rows
from synth_agent.quality.language import is_english
from synth_agent.ranking import Ranking, ranking
from synth_agent.schemas.repeats import DedupReport, Dropped, Group, Leader
from synth_agent.store.embedders import Embedder, StaticEmbedder
from synth_agent.store.embedders.figures import comparing
from synth_agent.store.repeats import Reason, Repeat, Repeats

__all__ = ["Dedup", "dedup", "usual_embedder"]

Row = dict[str, JsonValue]

_SAMPLE: Final = 1_000
"""Rows whose language is looked at …"""
_BEGINNING: Final = 400
"""… and characters of each."""
_JUDGED: Final = 8
"""Words from which a line shows by itself whether it is English."""
_LETTERS: Final = 0.7
"""Share of letters in prose at least; tables, logs and JSON have fewer, and are of no language."""
_ENGLISH: Final = 0.7
"""Share of those that have to: to the shipped embedder texts of other languages are fragments."""
_SHOWN: Final = 500
"""Characters of a text in the report: what tells two exercises apart mostly stands at the end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dedup:
    """How repeats are looked for.

    Attributes:
        against: Files whose rows are compared with, and never written.
        fields: Columns whose text is compared; empty: what the columns of each file say.
        threshold: Cosine from which two texts are repeats; None: meaning is not compared.
        lexical: Jaccard index of word triples from which they are; None: words are not compared.
        keep: Which row of a group stays: the first, or the one with the best score.
        score: The column of scores; None: `provenance.jsonl` beside the file, else rules.
        mask_numbers: Texts that differ in their figures alone are repeats.
    """

    against: tuple[Path, ...] = ()
    fields: tuple[str, ...] = ()
    threshold: float | None = 0.9
    lexical: float | None = 0.8
    keep: Literal["first", "best"] = "first"
    score: str | None = None
    mask_numbers: bool = False


@dataclass(slots=True)
class _File:
    """A file whose rows have keys: the number of its first row, and so on."""

    path: Path
    columns: Columns
    first: int = 0
    count: int = 0
    names: dict[str, None] = field(default_factory=dict)
    """Every column there is, in the order in which they come."""

    def counted(self) -> Iterator[str]:
        """Yield the texts of the first time through, and learn how many rows there are."""
        for row in read_rows(self.path):
            self.count += 1
            self.names |= dict.fromkeys(row)
            yield self.columns.text(row)

    def texts(self) -> Iterator[tuple[int, str]]:
        """Yield key and text of the rows that have a text."""
        for key, row in enumerate(read_rows(self.path), start=self.first):
            if text := self.columns.text(row):
                yield key, text

    def __contains__(self, key: int) -> bool:
        return self.first <= key < self.first + self.count


def dedup(
    source: Path, output: Path, wanted: Dedup, *, embedder: Embedder, force: bool = False
) -> DedupReport:
    """Write the rows of a file that repeat none of those that stay; return what was dropped.

    Rows of `against` come before all others, then rows in their order, or the best first; what a
    group is, see `store.repeats`. A row with nothing to compare is kept.

    Args:
        embedder: The plain one; figures are put beside it where they count.

    Raises:
        ConfigError: A file, column or score cannot be read, the output exists or is one of the
            files compared with, or nothing tells which row is best.
    """
    _check(source, output, wanted, force=force)
    files = [
        _File(path, columns_of(path, fields=wanted.fields, mask_numbers=wanted.mask_numbers))
        for path in (*wanted.against, source)
    ]
    own = files[-1]
    ranked = ranking(source, own.columns, wanted.score) if wanted.keep == "best" else None
    seeing = comparing(embedder, mask_numbers=wanted.mask_numbers)
    repeats = Repeats(seeing, threshold=wanted.threshold, lexical=wanted.lexical)
    unread = _unread(embedder)
    screened = dict(_screened(repeats, files, ranked))
    dropped = {key: repeat for key, repeat in screened.items() if repeat is not None}
    shown = _texts_of(files[:-1], {repeat.key for repeat in dropped.values()})
    _write(output, own, dropped, shown)
    return DedupReport(
        file=str(source),
        output=str(output),
        rows=own.count,
        kept=own.count - len(dropped),
        dropped=_counts(dropped.values()),
        near={str(f.path): sum(r.key in f for r in dropped.values()) for f in files[:-1]},
        without_text=own.count - len(screened),
        task=own.columns.task,
        fields=own.columns.names,
        mask_numbers=wanted.mask_numbers,
        embedder=seeing.name,
        unread=_unread(embedder) - unread,
        threshold=wanted.threshold,
        lexical=wanted.lexical,
        keep=wanted.keep,
        scored_by=ranked and ranked.by,
        groups=tuple(_groups(files, dropped, shown, ranked)),
    )


def usual_embedder(source: Path, fields: Sequence[str] = ()) -> str:
    """Return the name of the embedder for a file: the shipped one where its texts are English.

    Lines of prose are judged one by one, for in a file of two languages one is enough to
    make the whole look English; where there are none, all together. Rows behind the first thousand
    are not looked at.

    Raises:
        ConfigError: The file or a column cannot be read.
    """
    text = columns_of(source, fields=fields).text
    rows = islice(read_rows(source), _SAMPLE)
    lines = [line for row in rows for line in text(row)[:_BEGINNING].splitlines()]
    judged = [is_english(line) for line in lines if _is_prose(line)]
    english = sum(judged) >= _ENGLISH * len(judged) if judged else is_english("\n".join(lines))
    return "static" if english else "lexical"


def _is_prose(line: str) -> bool:
    letters = sum(map(str.isalpha, line))
    return len(line.split()) >= _JUDGED and letters >= _LETTERS * len(line)


def _unread(embedder: Embedder) -> int:
    return embedder.unread if isinstance(embedder, StaticEmbedder) else 0


def _check(source: Path, output: Path, wanted: Dedup, *, force: bool) -> None:
    if format_of(output) == "txt" and format_of(source) != "txt":
        raise ConfigError(f"{output.name}: rows have columns; name a .jsonl, .json or .csv file")
    for path in wanted.against:
        if path.resolve() == source.resolve():
            raise ConfigError(f"--against names the file itself, {path}: all rows would repeat it")
        if path.resolve() == output.resolve():
            raise ConfigError(f"-o names {path}, which is compared with; name another file")
    check_output(output, (output,), force=force)


def _screened(
    repeats: Repeats, files: Sequence[_File], ranked: Ranking | None
) -> Iterable[tuple[int, Repeat | None]]:
    """Go through the files, the last of which is the dataset."""
    *others, own = files
    for before, file in pairwise([None, *files]):
        assert file is not None
        file.first = before.first + before.count if before else 0
        repeats.weigh(file.counted())
    for other in others:
        repeats.hold(other.texts())
    texts: Iterable[tuple[int, str]] = own.texts()
    if ranked is not None:
        scores = ranked.scores
        texts = sorted(texts, key=lambda text: (-scores[text[0] - own.first], text[0]))
    return repeats.screen(texts)


def _texts_of(files: Iterable[_File], keys: Collection[int]) -> dict[int, str]:
    if not keys:
        return {}
    return {key: _short(text) for file in files for key, text in file.texts() if key in keys}


def _write(output: Path, own: _File, dropped: Mapping[int, Repeat], shown: dict[int, str]) -> None:
    """Write what is kept, and add the texts of the groups to those that are shown."""
    leaders = {repeat.key for repeat in dropped.values()}

    def kept() -> Iterator[Row]:
        for key, row in enumerate(read_rows(own.path), start=own.first):
            if key in dropped or key in leaders:
                shown[key] = _short(own.columns.text(row))
            if key not in dropped:
                yield row

    kind = format_of(output)
    write_rows(
        output,
        kept(),
        output_format=kind,
        line_format="<text>" if kind == "txt" else None,
        columns=tuple(own.names),
    )


def _counts(dropped: Iterable[Repeat]) -> dict[str, int]:
    found = Counter(repeat.reason for repeat in dropped)
    return {reason: found[reason] for reason in get_args(Reason)}


def _groups(
    files: Sequence[_File],
    dropped: Mapping[int, Repeat],
    shown: Mapping[int, str],
    ranked: Ranking | None,
) -> list[Group]:
    own = files[-1]
    groups: defaultdict[int, list[Dropped]] = defaultdict(list)

    def score(key: int) -> float | None:
        return ranked.score(key - own.first) if ranked and key in own else None

    for key, repeat in sorted(dropped.items()):
        groups[repeat.key].append(
            Dropped(
                row=key - own.first + 1,
                reason=repeat.reason,
                similarity=repeat.similarity,
                text=shown[key],
                score=score(key),
            )
        )
    # What came near to another file goes first, for it may spoil what that file is for.
    order = sorted(groups, key=lambda key: (key in own, -len(groups[key]), key))
    return [
        Group(
            kept=Leader(
                file=str(file.path), row=key - file.first + 1, text=shown[key], score=score(key)
            ),
            dropped=tuple(groups[key]),
        )
        for key in order
        for file in files
        if key in file
    ]


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else f"{line[: _SHOWN - 1]}…"
