"""What can be served without a model: which pack, and what it needs filled in.

A brief that no pack serves is refused with what can be done about it, before anything is made.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from synth_agent.errors import ConfigError
from synth_agent.rules.engine import PackEngine
from synth_agent.rules.labelled import find_classifier
from synth_agent.rules.load import LoadedPack, load_pack, pack_names
from synth_agent.rules.pack import Pack, Scene
from synth_agent.rules.questions import QUESTION_TASKS, QuestionForms
from synth_agent.rules.tables import resolve_columns
from synth_agent.schemas import DIFFICULTIES, DatasetSpec, Difficulty
from synth_agent.text import fold, words

__all__ = ["NAME_A_MODEL", "RULE_TASKS", "choose_pack", "prepare", "table_for", "topics_unknown"]

RULE_TASKS: Final = (
    *("qa", "instruction", "reasoning", "preference"),
    *("classification", "conversation", "tabular", "custom"),
)
NAME_A_MODEL: Final = (
    "write a pack (`synth-agent packs new FILE`) and give it with --pack FILE, or name a model "
    "with --model provider:name (a local one too: openai:NAME and OPENAI_BASE_URL)"
)
_FALLBACK: Final = "general"
_FEWEST_FORMS: Final = 4
_RECORDS_PER_FORM: Final = 40


def prepare(spec: DatasetSpec) -> tuple[DatasetSpec, LoadedPack]:
    """Return the spec with everything filled in that the pack decides, and the pack.

    Filled in: the pack's name, even thirds of difficulty, the columns of a table.

    Raises:
        ConfigError: Rules cannot serve it; the message says what can be done.
    """
    if spec.task not in RULE_TASKS:
        raise ConfigError(
            f"task {spec.task!r} needs a model; without one there are: {', '.join(RULE_TASKS)}. "
            f"To get it, {NAME_A_MODEL}"
        )
    loaded = load_pack(spec.pack) if spec.pack else load_pack(choose_pack(spec, _shipped()))
    pack = loaded.pack
    if not _same_language(spec.language, pack.language):
        raise ConfigError(
            f"pack {pack.name!r} speaks {pack.language!r}, asked for {spec.language!r}; "
            f"{NAME_A_MODEL}"
        )
    changes: dict[str, object] = {"pack": spec.pack or pack.name}
    if spec.task in QUESTION_TASKS:
        changes |= _question_defaults(spec, loaded)
    elif spec.task in {"tabular", "custom"}:
        changes |= _table_defaults(spec, pack)
    else:
        _check_talk(spec, pack)
    return DatasetSpec.model_validate({**spec.model_dump(), **changes}), loaded


def _shipped() -> dict[str, Pack]:
    return {name: load_pack(name).pack for name in pack_names()}


def _same_language(asked: str, spoken: str) -> bool:
    return asked.split("-", maxsplit=1)[0].lower() == spoken.split("-", maxsplit=1)[0].lower()


# ---------------------------------------------------------------------------------- which pack


def choose_pack(spec: DatasetSpec, packs: Mapping[str, Pack]) -> str:
    """Return the name of the pack that the spec means most.

    Points: a role 4, a keyword 1 for each of its words, a scene that is named 0.5, a classifier
    that has the labels 6, a table that has the columns 6. Equal points: the order of the alphabet.

    Raises:
        ConfigError: None can serve it.
    """
    scores = {name: _score(spec, pack) for name, pack in packs.items()}
    best = max(scores, key=lambda name: scores[name], default=None)
    if best is None or scores[best] <= 0:
        _refuse_language(spec, packs)
        about = f"{spec.domain!r}" if spec.domain else f"task {spec.task!r}"
        listed = ", ".join(f"{name} ({pack.title})" for name, pack in packs.items())
        labels = f" with the labels {', '.join(spec.labels)}" if spec.labels else ""
        raise ConfigError(
            f"no pack serves {about}{labels}. Packs: {listed}. "
            f"Choose one with --pack NAME, {NAME_A_MODEL}"
        )
    return best


def _refuse_language(spec: DatasetSpec, packs: Mapping[str, Pack]) -> None:
    spoken = sorted({pack.language for pack in packs.values()})
    if not any(_same_language(spec.language, tongue) for tongue in spoken):
        raise ConfigError(
            f"no pack speaks {spec.language!r}, only {', '.join(spoken)}; ask for one of those "
            f"(--language {spoken[0]}), or {NAME_A_MODEL}"
        )


def _score(spec: DatasetSpec, pack: Pack) -> float:
    if not _can_serve(spec, pack):
        return 0
    said = _words(" ".join((spec.domain, *spec.topics, spec.brief)))
    points = float(sum(len(word.split()) for word in pack.keywords if _says(said, word)))
    points += sum(0.5 for scene in pack.scenes.values() if _names(said, scene))
    role = _words(spec.role)
    points += 4 * any(_says(role, word) for word in pack.roles)
    if spec.task == "classification":
        points += 6 + sum(
            2.0
            for classifier in pack.classifiers.values()
            for word in (classifier.title, *classifier.keywords)
            if _says(said, word)
        )
    if spec.task in {"tabular", "custom"}:
        points += 6 * _coverage(spec, pack)
        points -= 0.5 * (pack.name != _FALLBACK)  # columns alone say nothing of a domain
    return points


def _names(text: str, scene: Scene) -> bool:
    return any(_says(text, word) for word in (scene.topic, *scene.keywords))


def _words(text: str) -> str:
    """Return the words of a text between single blanks, one at either end too."""
    return f" {' '.join(words(fold(text)))} "


def _says(said: str, word: str) -> bool:
    """Return whether words, see `_words`, hold a word or phrase, singular or plural."""
    plain = _words(word)[:-1]
    return any(f"{plain}{ending} " in said for ending in ("", "s", "es"))


def _can_serve(spec: DatasetSpec, pack: Pack) -> bool:
    if not _same_language(spec.language, pack.language):
        return False
    if spec.task == "classification":
        return find_classifier(pack.classifiers, tuple(spec.labels)) is not None
    if spec.task in {"tabular", "custom"}:
        return _coverage(spec, pack) == 1
    return any(scene.questions for scene in pack.scenes.values())


# ------------------------------------------------------------------------------ what is filled in


def _question_defaults(spec: DatasetSpec, loaded: LoadedPack) -> dict[str, object]:
    if spec.labels:
        raise ConfigError(
            f"task {spec.task!r} has no labels, but {', '.join(spec.labels)} were asked for; "
            "ask for task classification (--task classification) or leave the labels out"
        )
    engine = PackEngine(loaded, seed=spec.seed)
    topics = spec.topics or _narrower(spec, engine)
    levels = QuestionForms(engine, spec.task, topics=topics).levels()
    if not levels:
        raise ConfigError(f"pack {loaded.pack.name!r} has no questions for task {spec.task!r}")
    lacking = [level for level, n in spec.difficulty.items() if n and level not in levels]
    if lacking:
        raise ConfigError(
            f"pack {loaded.pack.name!r} has no {lacking[0]} questions for task {spec.task!r}; "
            f"it has: {', '.join(levels)}"
        )
    even = {} if spec.difficulty else {"difficulty": _even(spec.count, tuple(levels))}
    return {"topics": topics, **even}


def _narrower(spec: DatasetSpec, engine: PackEngine) -> tuple[str, ...]:
    """Return the subjects of scenes that the domain names: "about energy", of a whole industry.

    What the pack as a whole is called says nothing narrower. Nothing is narrowed where too few
    forms would be left for so many records, or none of a difficulty that was asked for.
    """
    domain, whole = _words(spec.domain), _words(f"{engine.pack.name} {engine.pack.title}")
    named = [
        word
        for scene in engine.pack.scenes.values()
        if scene.questions
        for word in (scene.topic, *scene.keywords)
        if _says(domain, word) and not _says(whole, word)
    ]
    topics = tuple(dict.fromkeys(word.lower() for word in named))
    if not topics:
        return ()
    levels = QuestionForms(engine, spec.task, topics=topics).levels()
    wanted = {level for level, count in spec.difficulty.items() if count}
    enough = sum(levels.values()) >= max(_FEWEST_FORMS, spec.count / _RECORDS_PER_FORM)
    return topics if enough and wanted <= set(levels) else ()


def _even(count: int, levels: Sequence[str]) -> dict[Difficulty, int]:
    share, rest = divmod(count, len(levels))
    known = [level for level in DIFFICULTIES if level in levels]
    return {level: share + (n < rest) for n, level in enumerate(known)}  # type: ignore[misc]


def _table_defaults(spec: DatasetSpec, pack: Pack) -> dict[str, object]:
    _, columns = table_for(pack, spec)
    return {} if spec.fields or spec.task == "custom" else {"fields": tuple(columns)}


def _check_talk(spec: DatasetSpec, pack: Pack) -> None:
    if spec.task == "classification" and not find_classifier(pack.classifiers, tuple(spec.labels)):
        sets = "; ".join(
            f"{name}: {', '.join(classifier.labels)}"
            for name, classifier in pack.classifiers.items()
        )
        raise ConfigError(
            f"pack {pack.name!r} cannot tell apart {', '.join(spec.labels) or 'no labels'}; "
            f"it knows {sets or 'no labels'}. Choose among them, or {NAME_A_MODEL}"
        )
    if spec.task == "conversation" and not (pack.conversations or pack.scenes):
        raise ConfigError(f"pack {pack.name!r} has no conversations; {NAME_A_MODEL}")


def topics_unknown(spec: DatasetSpec, pack: Pack) -> tuple[str, ...]:
    """Return the topics that mean no scene of the pack."""
    said = [" ".join((s.topic, *s.keywords)).lower() for s in pack.scenes.values()]
    return tuple(
        t for t in spec.topics if not any(word in s for s in said for word in t.lower().split())
    )


# ---------------------------------------------------------------------------------------- columns


def _wanted(spec: DatasetSpec) -> tuple[str, ...]:
    if spec.task == "custom" and spec.json_schema is not None:
        properties = spec.json_schema.get("properties")
        return tuple(properties) if isinstance(properties, dict) else ()
    return spec.fields


def _coverage(spec: DatasetSpec, pack: Pack) -> float:
    wanted = _wanted(spec)
    if not wanted:
        return float(bool(pack.tables))
    return max(
        (len(resolve_columns(t, wanted)) / len(wanted) for t in pack.tables.values()), default=0.0
    )


def table_for(pack: Pack, spec: DatasetSpec) -> tuple[str, dict[str, str]]:
    """Return the table that has the columns asked for, and the user's field -> its column.

    With no columns named: the table whose title or keywords the brief says most, all its columns.

    Raises:
        ConfigError: No table has them all; the message names what is unknown and what there is.
    """
    wanted = _wanted(spec)
    said = _words(f"{spec.domain} {spec.brief}")
    ranked = sorted(
        pack.tables.items(),
        key=lambda pair: (
            -len(resolve_columns(pair[1], wanted)),
            -sum(_says(said, word) for word in (pair[1].title, *pair[1].keywords)),
        ),
    )
    if not ranked:
        raise ConfigError(f"pack {pack.name!r} has no tables; {NAME_A_MODEL}")
    name, table = ranked[0]
    if not wanted:
        return name, {c: c for c in table.draw if not c.startswith("hidden_")}
    columns = resolve_columns(table, wanted)
    unknown = [field for field in wanted if field not in columns]
    if unknown:
        known = ", ".join(c for c in table.draw if not c.startswith("hidden_"))
        raise ConfigError(
            f"no table of pack {pack.name!r} has the columns {', '.join(unknown)}; "
            f"table {name!r} has: {known}. Name those, or {NAME_A_MODEL}"
        )
    return name, columns
