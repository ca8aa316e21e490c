"""What the user brought for a method: documents, inputs, or a pack whose records are rewritten."""

from pathlib import Path

import numpy as np

from synth_agent.documents import Chunk, chunks, pairs, read_documents
from synth_agent.errors import ConfigError
from synth_agent.pipeline import Checker, Run, Seed
from synth_agent.rules import RulesSource, load_pack
from synth_agent.seeds import read_inputs
from synth_agent.text import digest
from synth_agent.writing.materials import Inputs, Materials, Passages, RuleDrafts

__all__ = ["given_for"]


def given_for(run: Run, check: Checker) -> Materials:
    """Return what the records of a run are written from (`grounded`, `distill`, `rewrite`).

    Raises:
        ConfigError: It cannot be read, or has changed since the run began.
    """
    spec = run.spec
    if spec.method == "grounded":
        return _passages(run)
    if spec.method == "distill":
        return _inputs(run)
    assert spec.pack is not None, "a planned spec of this method names its pack"
    loaded = load_pack(spec.pack)
    run.keep_to("source", loaded.source, of="pack")
    return RuleDrafts(RulesSource(spec, loaded), check)


def _passages(run: Run) -> Passages:
    spec = run.spec
    library = read_documents([Path(path) for path in spec.docs])
    run.keep_to("documents", library.digest, of="documents")
    for unread in library.unread:
        run.note(f"{unread.path} was not read: {unread.why}")
    for document in library.documents:
        for said in document.notes:
            run.note(f"{document.id}: {said}")
    found = chunks(library)
    if not found:
        raise ConfigError(f"no passage of {', '.join(spec.docs)} is long enough to ask about")
    order = np.argsort([digest(str(spec.seed), chunk.id) for chunk in found], kind="stable")
    spread: list[Chunk] = [found[at] for at in order]
    both = pairs(found, seed=spec.seed, count=len(found)) if spec.multi_hop else ()
    if spec.multi_hop and not both:
        raise ConfigError("no two passages belong together; leave multi-hop out (--multi-hop 0)")
    return Passages(
        chunks=spread, pairs=both, unanswerable=spec.unanswerable, multi_hop=spec.multi_hop
    )


def _inputs(run: Run) -> Inputs:
    spec = run.spec
    inputs: list[Seed] = read_inputs(spec)
    run.keep_to("inputs", digest(*(seed.text for seed in inputs)).hex(), of="inputs")
    if len(inputs) < spec.count:
        raise ConfigError(
            f"{spec.inputs} has {len(inputs):,} inputs, and {spec.count:,} records are asked for; "
            f"ask for {len(inputs):,} (-n {len(inputs)}), or bring more"
        )
    return Inputs(inputs)
