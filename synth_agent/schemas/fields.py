"""Which of the task's own fields fills a key that the user has named.

`question` and `prompt` of a `qa` record are its `input`; the reader of briefs, the checks and the
exports must agree on that, so it is written down once.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from synth_agent.schemas.spec import DEFAULT_FIELDS

__all__ = ["FIELD_SYNONYMS", "field_source", "unknown_fields"]

_QUESTION: Final = (
    "question q prompt query problem request user user_input ask frage eingabe pregunta consulta "
    "entrada entree"
)
_CONTEXT: Final = (
    "passage background document source paragraph evidence reference excerpt article text facts "
    "situation scenario kontext contexte contexto hintergrund"
)
_ANSWER: Final = (
    "answer a response completion target reply solution result assistant ground_truth gold "
    "antwort ausgabe reponse sortie respuesta salida"
)
_REASONING: Final = (
    "chain_of_thought cot thought thinking rationale explanation steps step_by_step working "
    "analysis justification begrundung raisonnement razonamiento"
)
_TEXT: Final = (
    "sentence review message utterance tweet comment email mail sms post headline ticket document "
    "content input prompt query question feedback statement phrase satz texto texte phrase oracion "
    "nachricht"
)
_LABEL: Final = (
    "sentiment class category intent output target answer emotion polarity topic type tag rating "
    "classification completion response stance toxicity spam kategorie klasse etikett categorie "
    "etiquette classe etiqueta categoria clase sentimiento stimmung"
)
_BETTER: Final = "preferred better good accepted winner best chosen_response response_w y_w"
_WORSE: Final = (
    "worse bad dispreferred loser worst rejected_response rejected_answer response_l y_l"
)

FIELD_SYNONYMS: Final[Mapping[str, Mapping[str, str]]] = {
    "qa": {"input": _QUESTION + " instruction", "context": _CONTEXT, "output": _ANSWER},
    "reasoning": {
        "input": _QUESTION + " instruction",
        "context": _CONTEXT,
        "reasoning": _REASONING,
        "output": _ANSWER + " final_answer",
    },
    "instruction": {
        "instruction": _QUESTION + " task order command anweisung instruccion consigne",
        "input": _CONTEXT + " context entrada eingabe",
        "output": _ANSWER,
    },
    "classification": {"text": _TEXT, "label": _LABEL},
    "conversation": {
        "messages": "conversation dialogue dialog chat turns transcript gesprach dialogo"
    },
    "preference": {
        "input": _QUESTION + " instruction context",
        "chosen": _BETTER + " chosen_answer",
        "rejected": _WORSE,
    },
    "safety": {
        "prompt": "input instruction " + _QUESTION,
        "category": "label class topic harm risk hazard policy",
        "response": "output " + _ANSWER,
        "kind": "type severity harmfulness harmful",
    },
    "code": {
        "instruction": _QUESTION + " input task description specification docstring",
        "code": "output program function implementation snippet " + _ANSWER,
        "tests": "test test_cases unit_tests asserts assertions checks",
    },
}
"""Task -> own field -> its other names, separated by blanks. The first field that has one wins."""

_FOLDED: Final = str.maketrans("áàâäãéèêëíìîïóòôöõúùûüñç -", "aaaaaeeeeiiiiooooouuuunc__")


def _sources(task: str) -> dict[str, str]:
    table: dict[str, str] = {}
    for own, names in FIELD_SYNONYMS.get(task, {}).items():
        for name in names.split():
            table.setdefault(name, own)
    return table | {own: own for own in DEFAULT_FIELDS[task]}


_SOURCES: Final = {task: _sources(task) for task in DEFAULT_FIELDS}


def field_source(task: str, name: str) -> str | None:
    """Return the task's own field that a key of this name is filled from, or None.

    Case, accents, blanks and hyphens make no difference, and a plural is understood. An own name
    always means itself. The columns of `tabular` and `custom` are the user's own: each is its
    own source.

    >>> field_source("qa", "Question"), field_source("classification", "review")
    ('input', 'text')
    >>> field_source("qa", "colour") is None
    True
    """
    if not DEFAULT_FIELDS[task]:
        return name
    table = _SOURCES[task]
    key = name.strip().casefold().translate(_FOLDED)
    return table.get(key) or (table.get(key[:-1]) if key.endswith("s") else None)


def unknown_fields(task: str, names: Sequence[str]) -> tuple[str, ...]:
    """Return the names that none of the task's own fields can fill, in order."""
    return tuple(name for name in names if field_source(task, name) is None)
