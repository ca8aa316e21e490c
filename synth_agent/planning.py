"""From a brief or a spec to a spec that can be served, completed by what the pack decides."""

from typing import Any

from synth_agent.brief import ClassifierHint, DomainHint, override, read_brief
from synth_agent.errors import ConfigError
from synth_agent.exports import check_layout, check_split
from synth_agent.rules import load_pack, pack_names, prepare, topics_unknown
from synth_agent.schemas import DatasetSpec

__all__ = ["hints", "plan_spec"]


def plan_spec(brief: str | DatasetSpec, **overrides: Any) -> DatasetSpec:
    """Return what is wanted, everything filled in that makes a run a function of it.

    Args:
        brief: A sentence, or a spec.
        overrides: Fields of the spec that beat what the brief says; None means not given.

    Raises:
        ConfigError: It cannot be understood, contradicts itself, or cannot be served.
    """
    if isinstance(brief, DatasetSpec):
        return _completed(override(brief, **overrides))
    spec = read_brief(brief, hints=hints(overrides.get("pack")), **overrides)
    if spec.task == "tabular" and overrides.get("dedup_threshold") is None:
        # Rows of one table are alike by nature: only exact repeats are looked for.
        spec = spec.model_copy(update={"dedup_threshold": None})
    return _completed(spec)


def hints(pack: str | None) -> tuple[DomainHint, ...]:
    """Return the words by which briefs are recognised: of all packs, or of the one named."""
    found = []
    for name in (pack,) if pack else pack_names():
        known = load_pack(name).pack
        classifiers = tuple(
            ClassifierHint(
                title=classifier.title,
                keywords=classifier.keywords,
                labels={label: form.aliases for label, form in classifier.labels.items()},
            )
            for classifier in known.classifiers.values()
        )
        found.append(
            DomainHint(
                name=known.name,
                title=known.title,
                keywords=known.keywords,
                roles=known.roles,
                classifiers=classifiers,
            )
        )
    return tuple(found)


def _completed(spec: DatasetSpec) -> DatasetSpec:
    if spec.method != "rules":
        raise ConfigError(
            f"method {spec.method!r} needs a model, and this version makes records by rules alone; "
            "leave --method out"
        )
    ready, loaded = prepare(spec)
    unknown = tuple(f"topic {topic!r}" for topic in topics_unknown(ready, loaded.pack))
    missed = tuple(dict.fromkeys((*ready.unread, *unknown)))
    ready = ready.model_copy(update={"unread": missed})
    check_layout(ready)
    check_split(ready)
    return ready
