"""What counts as a repeat in a dataset: what a spec leaves open, and what drafts are held against.

By default figures count where they are the data: two exercises with other numbers are two records,
two complaints about a delay of 3 and of 5 days are one. Texts that a rule made always count with
their figures, for they are what it varies.
"""

from pathlib import Path
from typing import Final

import orjson

from synth_agent.columns import columns_of
from synth_agent.errors import ConfigError
from synth_agent.exports import read_rows
from synth_agent.pipeline import Nearness, Run, Seed, order_of
from synth_agent.quality.rouge import RougePool
from synth_agent.schemas import DatasetSpec
from synth_agent.schemas.fields import unknown_fields
from synth_agent.store import Embedder, SemanticMemory
from synth_agent.store.embedders.resolve import is_remote, known_name, threshold_of
from synth_agent.store.protected import Protected, ProtectedSets
from synth_agent.text import Comparable, digest, mask_figures

__all__ = [
    "against",
    "compares",
    "default_embedder",
    "embedder_of",
    "loosened",
    "settle",
    "word_triples",
]

_MASKED: Final = frozenset(
    {"instruction", "classification", "conversation", "preference", "safety"}
)
"""Tasks whose texts are told apart by what they say, not by their figures."""
_BY_RULES: Final = frozenset({"rules", "rewrite"})
_TRIPLES: Final = 0.8
_ROUGE: Final = 0.7
"""Self-Instruct drops an instruction from there (arXiv:2212.10560)."""


def settle(spec: DatasetSpec) -> DatasetSpec:
    """Return the spec with everything decided that it leaves open about repeats.

    Raises:
        ConfigError: There is no such embedder, field or protected file.
    """
    name = known_name(spec.embedder or default_embedder(spec.language))
    _check_fields(spec)
    for path in spec.protect:
        if not Path(path).is_file():
            raise ConfigError(f"{path} is not a file; --protect names datasets to keep away from")
    # Rows of one table are alike by nature: only exact repeats are looked for.
    semantic = spec.dedup_threshold or ("off" if spec.task == "tabular" else threshold_of(name))
    off = semantic == "off"
    usual = "off" if off else _ROUGE if spec.lexical_measure == "ROUGE-L" else _TRIPLES
    return spec.model_copy(
        update={
            "embedder": name,
            "dedup_threshold": semantic,
            "dedup_lexical": spec.dedup_lexical or usual,
            "dedup_mask_numbers": _masks(spec),
        }
    )


def default_embedder(language: str) -> str:
    """Return the embedder for a language (BCP 47): the shipped one knows English alone."""
    return "static" if language.partition("-")[0].lower() == "en" else "lexical"


def loosened(spec: DatasetSpec) -> DatasetSpec:
    """Return a settled spec with what was only usual left open again, before it is changed.

    Another embedder has another threshold, another task other figures.
    """
    chosen = ("embedder", "dedup_threshold", "dedup_lexical", "dedup_mask_numbers")
    bare = spec.model_copy(update={"protect": (), "dedup_fields": ()})
    usual = {name: getattr(settle(bare.model_copy(update={name: None})), name) for name in chosen}
    open_again = {name: None for name in chosen if getattr(spec, name) == usual[name]}
    return spec.model_copy(update=open_again)


def embedder_of(spec: DatasetSpec) -> str:
    """Return the name of a run's embedder; nothing is paid for where meaning does not count."""
    if spec.embedder is None:  # of before there was a choice
        return "lexical" if spec.method in _BY_RULES else default_embedder(spec.language)
    counts = spec.semantic_threshold is not None or spec.protect
    if not counts and is_remote(spec.embedder):
        return default_embedder(spec.language)
    return spec.embedder


def against(run: Run, memory: SemanticMemory, embedder: Embedder) -> Nearness:
    """Return what the drafts of a run are held against.

    Args:
        embedder: The plain one, that tells meaning.

    Raises:
        ConfigError: A protected file cannot be read, or has changed since the run began.
    """
    spec, seeds = run.spec, list(run.journal.seeds())
    protected = _protected(run, embedder) if spec.protect else None
    if protected is not None:
        memory.add_protected(protected)
    rouge = spec.lexical_threshold if spec.lexical_measure == "ROUGE-L" else None
    return Nearness(
        memory=memory if compares(spec) else None,
        semantic=spec.semantic_threshold,
        protected=protected,
        # What is evolved keeps the words that it was made from.
        copied=_copied(spec, seeds) if seeds and spec.method != "evolve" else None,
        wording=None if rouge is None else _wording(run),
        rouge=rouge or 1.0,
    )


def word_triples(spec: DatasetSpec) -> float | None:
    """Return the Jaccard index from which records are alike; None where that is not looked at."""
    return spec.lexical_threshold if spec.lexical_measure == "word triples" else None


def compares(spec: DatasetSpec) -> bool:
    """Return whether drafts are compared with anything by likeness."""
    wanted = (spec.semantic_threshold, word_triples(spec))
    return any(limit is not None for limit in wanted) or bool(spec.protect)


def _masks(spec: DatasetSpec) -> bool:
    if spec.dedup_mask_numbers is not None:
        return spec.dedup_mask_numbers
    return spec.task in _MASKED and spec.method not in _BY_RULES


def _check_fields(spec: DatasetSpec) -> None:
    if unknown := unknown_fields(spec.task, spec.dedup_fields):
        raise ConfigError(
            f"dedup_fields: {', '.join(map(repr, unknown))} is no field of task {spec.task!r}; "
            f"there are: {', '.join(spec.field_names)}"
        )


def _protected(run: Run, embedder: Embedder) -> ProtectedSets:
    spec = run.spec
    try:
        found = ProtectedSets.read(
            map(Path, spec.protect),
            embedder=embedder,
            rows=read_rows,
            asked=lambda path: columns_of(path).text,
            threshold=spec.semantic_threshold,
            said=mask_figures if spec.dedup_mask_numbers else str,
        )
    except ConfigError as error:
        raise ConfigError(
            f"{error}; this run is to keep away from {', '.join(spec.protect)}: put it in its "
            "place, or go on from the folder in which the run was begun"
        ) from error
    files = {
        str(file.path): {"rows": file.rows, "texts": file.texts, "digest": file.digest}
        for file in found.files
    }
    run.keep_to(
        "protected_digest",
        digest(*files, *(f.digest for f in found.files)).hex(),
        of="protected files",
    )
    run.journal.set_meta(protected=orjson.dumps(files).decode())
    return found


def _copied(spec: DatasetSpec, seeds: list[Seed]) -> ProtectedSets:
    """Return the given examples, to be known by their words; what two of them share is form."""
    whole = Comparable.of(spec).whole
    return ProtectedSets(
        [Protected(seed.id, whole(seed.row)) for seed in seeds], common=1, kind="seed"
    )


def _wording(run: Run) -> RougePool:
    pool = RougePool()
    for seed in run.journal.seeds():
        pool.add(f"seed {seed.id}", order_of(seed.row))
    for record in run.journal.records():
        pool.add(f"record {record.slot}", order_of(record.payload))
    return pool
