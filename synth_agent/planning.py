"""From a brief or a spec to a spec that can be served, completed by what pack or method decides."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from synth_agent.brief import ClassifierHint, DomainHint, apportion, override, read_brief
from synth_agent.errors import ConfigError
from synth_agent.exports import check_layout, check_split
from synth_agent.repeats import loosened, settle
from synth_agent.schemas import DIFFICULTIES, DatasetSpec, Method

__all__ = ["hints", "plan_spec"]

_QUESTION_TASKS: Final = ("qa", "instruction", "reasoning")
_KINDS: Final = ("harmful", "borderline")
_SERVES: Final[Mapping[Method, tuple[str, ...]]] = {
    "self_instruct": (
        *_QUESTION_TASKS,
        *("classification", "conversation", "preference", "safety", "code", "tabular", "custom"),
    ),
    "persona": (*_QUESTION_TASKS, "conversation", "preference", "code", "classification"),
    "chain_of_thought": ("reasoning", "qa"),
    "evolve": _QUESTION_TASKS,
    "distill": _QUESTION_TASKS,
    "self_improve": _QUESTION_TASKS,
    "grounded": ("qa", "reasoning"),
    "rewrite": ("qa", "reasoning", "instruction"),
}
"""Method -> the tasks it makes."""


def plan_spec(brief: str | DatasetSpec, **overrides: Any) -> DatasetSpec:
    """Return what is wanted, everything filled in that makes a run a function of it.

    With a model and no method named, the method is chosen: `grounded` with documents, `distill`
    with inputs, `chain_of_thought` for reasoning, else `self_instruct`.

    Args:
        brief: A sentence, or a spec.
        overrides: Fields of the spec that beat what the brief says; None means not given.

    Raises:
        ConfigError: It cannot be understood, contradicts itself, or cannot be served.
    """
    if isinstance(brief, DatasetSpec):
        named = "method" in brief.model_fields_set or overrides.get("method") is not None
        return _completed(override(loosened(brief), **overrides), named=named)
    spec = _read(brief, overrides)
    named = overrides.get("method") is not None or spec.method != "rules"
    return _completed(spec, named=named)


def _read(brief: str, overrides: Mapping[str, Any]) -> DatasetSpec:
    """Read a brief; with a model, what packs know is only asked where the words alone leave gaps.

    Loading all packs takes half a second.
    """
    if overrides.get("model") is not None and overrides.get("pack") is None:
        with suppress(ConfigError):
            spec = read_brief(brief, **overrides)
            if spec.domain:
                return spec
    return read_brief(brief, hints=hints(overrides.get("pack")), **overrides)


def hints(pack: str | None) -> tuple[DomainHint, ...]:
    """Return the words by which briefs are recognised: of all packs, or of the one named."""
    from synth_agent.rules import load_pack, pack_names

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


def _completed(spec: DatasetSpec, *, named: bool) -> DatasetSpec:
    method = spec.method if named or spec.model is None else _method_for(spec)
    if method == "rules":
        ready = _by_rules(spec.model_copy(update={"method": method, "model": None}))
    elif spec.model is None:
        raise ConfigError(
            f"method {method!r} needs a model: name one with --model provider:name (a local one "
            "too: openai:NAME and OPENAI_BASE_URL), or leave --method out for rules"
        )
    else:
        ready = _by_model(spec.model_copy(update={"method": method}))
    check_layout(ready)
    check_split(ready)
    return settle(ready)


def _by_rules(spec: DatasetSpec) -> DatasetSpec:
    if spec.critic_model is not None:
        raise ConfigError(
            "a critic judges what a model wrote, and this is made by rules, whose answers are "
            "computed; leave --critic-model out, or name a --model and a --method"
        )
    from synth_agent.rules import prepare, topics_unknown

    ready, loaded = prepare(spec)
    unknown = tuple(f"topic {topic!r}" for topic in topics_unknown(ready, loaded.pack))
    missed = tuple(dict.fromkeys((*ready.unread, *unknown)))
    return ready.model_copy(update={"unread": missed})


# -------------------------------------------------------------------------------- with a model


def _method_for(spec: DatasetSpec) -> Method:
    if spec.docs:
        return "grounded"
    if spec.inputs is not None:
        return "distill"
    return "chain_of_thought" if spec.task == "reasoning" else "self_instruct"


def _by_model(spec: DatasetSpec) -> DatasetSpec:
    serves = _SERVES[spec.method]
    if spec.task not in serves:
        fitting = [name for name, tasks in _SERVES.items() if spec.task in tasks]
        raise ConfigError(
            f"method {spec.method!r} makes {', '.join(serves)}, not {spec.task!r}; "
            f"for that there is: {', '.join(fitting)}"
        )
    if needs := _NEEDS.get(spec.method):
        needs(spec)
    if spec.method == "rewrite":
        from synth_agent.rules import prepare

        spec = prepare(spec)[0]
    return DatasetSpec.model_validate({**spec.model_dump(), **_quotas(spec)})


def _quotas(spec: DatasetSpec) -> dict[str, Any]:
    """Return the quotas and columns that a task has where none were named."""
    levelled = spec.task in (*_QUESTION_TASKS, "code") and spec.method != "distill"
    if levelled and not spec.difficulty:
        return {"difficulty": apportion(spec.count, dict.fromkeys(DIFFICULTIES, 1))}
    if spec.task == "safety" and not spec.labels:
        return {"labels": apportion(spec.count, dict.fromkeys(_KINDS, 1))}
    if spec.task == "safety" and not set(spec.labels) <= set(_KINDS):
        raise ConfigError(
            f"the labels of task 'safety' are {' and '.join(_KINDS)}, got {', '.join(spec.labels)}"
        )
    if spec.task == "classification" and len(spec.labels) < 2:
        raise ConfigError("classification needs two labels or more; name them in the brief")
    if spec.task == "tabular" and not spec.fields:
        raise ConfigError("a table needs columns; name them: 'columns: machine, shift, scrap'")
    return {}


def _grounded(spec: DatasetSpec) -> None:
    if not spec.docs:
        raise ConfigError("method 'grounded' asks about documents; name them with --docs PATH")
    if spec.unanswerable + spec.multi_hop > 1:
        raise ConfigError(
            f"unanswerable {spec.unanswerable:g} and multi_hop {spec.multi_hop:g} are shares of "
            "the same questions and add up to more than 1"
        )


def _distilled(spec: DatasetSpec) -> None:
    if spec.inputs is None:
        raise ConfigError(
            "method 'distill' has a teacher answer inputs of yours; name the file, or the folder "
            "of an earlier run, with --inputs"
        )
    if not Path(spec.inputs).exists():
        raise ConfigError(f"{spec.inputs} does not exist; --inputs names a file or a run's folder")


_NEEDS: Final[Mapping[str, Callable[[DatasetSpec], None]]] = {
    "grounded": _grounded,
    "distill": _distilled,
}
