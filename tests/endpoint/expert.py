"""A script that plays a competent writer, reader, judge and critic for every prompt of the project.

What it writes passes the checks; `wrong` says which mistakes it makes, and how often. Whatever it
answers depends on seed, request and repetition alone, and its readers look at the texts alone.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from tests.endpoint.chat import ChatRequest, Script, Scripted
from tests.endpoint.expert_content import (
    CUES,
    Job,
    Pair,
    Program,
    asked_to_decline,
    conversation,
    harmless,
    label_of,
    plain_sentences,
)
from tests.endpoint.expert_reading import Asked, read
from tests.endpoint.fill import from_schema
from tests.endpoint.words import sentence

__all__ = ["expert"]

_SORRY: Final = "I'm sorry, but I can't help with that."
_UNSTATED: Final = "Who signed for the"
_MENDED: Final = "It was checked by a second person."


def expert(seed: int = 0, *, wrong: Mapping[str, float] | None = None) -> Script:
    """Answer as an expert would.

    Args:
        seed: Another seed, other texts.
        wrong: Name of a mistake -> share of the records it is made in.
    """

    def script(request: ChatRequest) -> Any:
        try:
            asked = read(request, wrong=wrong or {}, seed=seed)
            return _PLANS[asked.prompt](asked) if asked.prompt in _PLANS else _sheet(asked)
        except (AssertionError, LookupError, ValueError) as error:
            # a 500 would be retried for minutes
            return Scripted(f"the expert is at a loss: {error!r}", status=404)

    return script


def _sheet(asked: Asked) -> dict[str, Any]:
    answers = _SHEETS[asked.prompt](asked)
    numbered = [{"n": n, **answer} for n, answer in enumerate(answers, start=1)]
    return {"records": [r for r in numbered if not asked.errs("missing", r["n"])]}


Answers = list[dict[str, Any]]


def _each(write: Callable[[Asked, int, dict[str, str]], dict[str, Any]]) -> Callable[..., Answers]:
    """Return what writes a sheet wish by wish."""

    def sheet(asked: Asked) -> Answers:
        return [write(asked, n, wish) for n, wish in enumerate(asked.wishes(), start=1)]

    return sheet


def _judged(read_case: Callable[[Asked, int, dict[str, str]], dict[str, Any]]) -> Any:
    """Return what reads the cases of a request."""

    def sheet(asked: Asked) -> Answers:
        return [read_case(asked, n, case) for n, case in enumerate(asked.cases(), start=1)]

    return sheet


# ------------------------------------------------------------------------------------------ records


def _fields_of(asked: Asked) -> set[str] | None:
    """Return the names that the demanded schema has; None where it is told in words."""
    schema = asked.request.schema
    if schema is None:
        return None
    return {*schema["properties"]["records"]["items"]["properties"]}


def _record(asked: Asked, n: int, wish: Mapping[str, str]) -> dict[str, Any]:
    rng = asked.drawn("twin") if asked.errs("twin", n) else asked.drawn(n, "record")
    job = Job.drawn(rng)
    made = job.fields(rng)
    names = _fields_of(asked) or {*made}
    if asked.prompt not in {"reasoning", "answer"} and "reasoning" not in names:
        made["output"] = Pair.answer(job, job.total, sentence(rng))
    if "instruction" in names:
        made |= {"input": sentence(rng), "output": sentence(rng)}
    return {name: made[name] for name in made if name in names} | _mistaken(asked, n, job)


def _mistaken(asked: Asked, n: int, job: Job) -> dict[str, Any]:
    """Return the fields in which mistakes are made."""
    if asked.errs("step", n):
        return {"reasoning": job.steps(false_by=7), "output": f"{job.total + 7} min"}
    if asked.errs("mismatch", n):
        return {"output": f"{job.setup} min"}
    if asked.errs("number", n):
        return {"output": f"Plan {job.total + 3} min for it."}
    if asked.errs("refuse", n):
        return {"output": _SORRY}
    return {"output": "n/a"} if asked.errs("empty", n) else {}


def _answers(asked: Asked) -> Answers:
    answers = []
    for n, given in enumerate(asked.materials("inputs", "input"), start=1):
        rng, job = asked.drawn(n, "answer"), Job.told_in(given.text)
        if job is None:
            made = {"reasoning": sentence(rng), "output": sentence(rng)}
        else:
            made = {"reasoning": job.steps(), "output": f"{job.total} min"}
            if "reasoning" not in (_fields_of(asked) or made):
                made["output"] = Pair.answer(job, job.total, sentence(rng))
        answers.append(made | (_mistaken(asked, n, job) if job else {}))
    return answers


def _rewritten(asked: Asked) -> Answers:
    answers = []
    for n, given in enumerate(asked.materials("records", "record"), start=1):
        record = given.record
        said = {name: f"{text} So it stands." if text else text for name, text in record.items()}
        if asked.errs("fact", n):
            said["output"] = f"{record['output']} That makes 987654 of them."
        answers.append(said)
    return answers


def _revised(asked: Asked) -> Answers:
    answers = []
    for given in asked.materials("records", "record"):
        record = given.record
        last = [name for name, value in record.items() if isinstance(value, str)][-1:]
        answers.append(record | {name: f"{record[name]} {_MENDED}" for name in last})
    return answers


def _row(asked: Asked, n: int, wish: Mapping[str, str]) -> dict[str, Any]:
    record = from_schema(asked.seed, items=asked.count)(asked.request)["records"][n - 1]["record"]
    record |= {name: n for name, value in record.items() if value is None}
    if "label" in wish:
        record[list(record)[-1]] = wish["label"]
    if asked.errs("schema", n):
        record["nothing"] = "of it"
    return {"record": record}


# ------------------------------------------------------------------------------ talk, pairs, safety


def _text(asked: Asked, n: int, wish: Mapping[str, str]) -> dict[str, Any]:
    rng, label = asked.drawn(n, "text"), wish["label"]
    if asked.errs("label", n):
        label = next(other for other in CUES if other != label)
    cue = "" if asked.errs("unclear", n) else f" {rng.choice(CUES[label])}"
    named = f" How {wish['label']} of them." if asked.errs("leak", n) else ""
    return {"plan": "A customer.", "text": f"{sentence(rng)}{cue}{named}"}


def _label(asked: Asked, n: int, case: Mapping[str, str]) -> dict[str, Any]:
    labels = re.findall(r"(?m)^- (.+)$", asked.values["labels"])
    return {"reason": "What is said at the end.", "label": label_of(case["text"], labels)}


def _talk(asked: Asked, n: int, wish: Mapping[str, str]) -> dict[str, Any]:
    turns = int(wish["turns"].split()[0]) + (3 if asked.errs("turns", n) else 0)
    said = conversation(asked.drawn(n, "talk"), turns, system=wish["system"] == "yes")
    if asked.errs("speaker", n):
        said["messages"][1]["content"] = f"Assistant: {said['messages'][1]['content']}"
    if asked.errs("open-end", n):
        said["messages"][-1]["content"] += " Shall we?"
    return said


def _pair(asked: Asked, n: int, wish: Mapping[str, str]) -> dict[str, Any]:
    pair = Pair.drawn(asked.drawn(n, "pair"), longer=3 * asked.errs("long", n))
    if asked.errs("identical-pair", n):
        pair = pair._replace(rejected=pair.chosen)
    if asked.errs("weak-pair", n):
        pair = pair._replace(chosen=pair.rejected, rejected=pair.chosen)
    return {"plan": "Multiply, then add.", **pair._asdict()}


def _reply(asked: Asked, n: int, case: Mapping[str, str]) -> dict[str, Any]:
    job = Job.told_in(case["request"])
    assert job is not None, "requests for pairs tell of a job"
    return {"reply": Pair.answer(job, job.total - 60, sentence(asked.drawn(n, "reply")))}


def _compared(asked: Asked, n: int, case: Mapping[str, str]) -> dict[str, Any]:
    right = [side for side in "AB" if Pair.is_right(case[f"answer-{side}"])]
    tie = len(right) != 1 or asked.errs("tie", n)
    return {"reason": "The calculation.", "verdict": "tie" if tie else right[0]}


def _declined(asked: Asked, n: int, wish: Mapping[str, str]) -> dict[str, Any]:
    made = asked_to_decline(asked.drawn(n, "declined"))
    if asked.errs("comply", n):
        made["response"] = "Wait until they are asleep and take it then."
    if asked.errs("operational", n):
        made["response"] += " Step 1: wait."
    return made


def _harmless(asked: Asked, n: int, wish: Mapping[str, str]) -> dict[str, Any]:
    made = harmless(asked.drawn(n, "harmless"))
    if asked.errs("harmful", n):
        made["prompt"] = asked_to_decline(asked.drawn(n, "declined"))["prompt"]
    return made


def _safety(asked: Asked, n: int, case: Mapping[str, str]) -> dict[str, Any]:
    return {
        "reason": "What is asked for.",
        "prompt": "harmful" if "get back at them" in case["request"] else "harmless",
        "response": "declines" if "I won't help" in case["answer"] else "complies",
    }


# --------------------------------------------------------------------------- reasoning and programs


def _worked(asked: Asked, n: int, case: Mapping[str, str]) -> dict[str, Any]:
    """Work a question out anew, from a case that holds it."""
    job = Job.told_in("\n".join(case.values()))
    assert job is not None, "questions to be worked out tell of a job"
    lost = asked.errs("mend" if asked.prompt == "mend_steps" else "vote", n)
    off = asked.drawn(n, "off").randint(1, 99) if lost else 0
    if asked.prompt == "mend_steps":
        return {"reasoning": job.steps(false_by=off), "output": f"{job.total + off} min"}
    return {"reasoning": job.steps(), "output": f"{job.total + off} min"}


def _program(asked: Asked, n: int, wish: Mapping[str, str]) -> dict[str, Any]:
    rng, mending = asked.drawn(n, "program"), asked.prompt == "mend_program"
    spoiled = asked.errs("mend", n) if mending else asked.errs("bug", n)
    program = Program.drawn(rng, bug=int(spoiled), idle=asked.errs("idle", n))
    return {"plan": "A sum.", "cases": "By hand.", **program._asdict()}


# ----------------------------------------------------------------------------------------- passages


def _stated(passage: str, *, at: int) -> str:
    """Return a sentence of a passage."""
    whole = [s for s in re.split(r"(?<=[.!?])\s+", passage) if len(s) > 40]
    return whole[at % len(whole)]


def _opening(said: str) -> str:
    return " ".join(said.rstrip(".").split()[:7])


def _grounded(asked: Asked) -> Answers:
    answers = []
    for n, passages in enumerate(asked.numbered("passages", "passage"), start=1):
        rng = asked.drawn(n, "grounded")
        said = [_stated(passage, at=rng.randrange(40)) for passage in passages]
        question = " and ".join(f"what came of '{_opening(s)}'" for s in said)
        quotes = [s.replace("e", "a", 3) for s in said] if asked.errs("quote", n) else said
        lead = "According to the passage above, " if asked.errs("refers", n) else "Please tell me, "
        made = {"input": f"{lead}{question}?", "evidence": quotes, "output": " ".join(said)}
        if asked.errs("invent", n):
            made["output"] = f"{said[0]} It cost 4711 dollars."
        answers.append(made | {"reasoning": f"The evidence says what happened: {said[0]}"})
    return answers


def _unanswerable(asked: Asked) -> Answers:
    answers = []
    for n, passages in enumerate(asked.numbered("passages", "passage"), start=1):
        near = _stated(passages[0], at=asked.drawn(n, "near").randrange(40))
        question = f"{_UNSTATED} thing in '{_opening(near)}'?"
        if asked.errs("answered", n):
            question = f"Please tell me, what came of '{_opening(near)}'?"
        missing = "Who signed is not stated."
        answers.append({"near": near, "input": question, "missing": missing, "output": missing})
    return answers


def _answerable(asked: Asked, n: int, case: Mapping[str, str]) -> dict[str, Any]:
    openings = re.findall(r"'([^']+(?:'[^' ]+[^']*)*)'", case["question"])
    passages = " ".join(text for kind, text in case.items() if kind.startswith("passage"))
    found = [s for s in re.split(r"(?<=[.!?])\s+", passages) if _opening(s) in openings]
    if case["question"].startswith(_UNSTATED) or not found or asked.errs("unread", n):
        return {"quote": "", "answer": "", "answerable": False}
    return {"quote": found[0], "answer": " ".join(found), "answerable": True}


# ---------------------------------------------------------------------------------------- judgement


def _critique(asked: Asked) -> Answers:
    answers: Answers = []
    for n, given in enumerate(asked.materials("records", "record"), start=1):
        weak = _MENDED not in given.text and asked.errs("score", n)
        scores = dict.fromkeys(_CRITERIA, 2 if weak or asked.errs("never", n) else 5)
        findings = ["It is too thin."] if scores["clarity"] < 5 else []
        answers.append({"findings": findings, **scores, "accept": not findings})
    return answers


_CRITERIA: Final = ("correctness", "relevance", "clarity", "grounding", "difficulty_fit")


def _eliminated(asked: Asked) -> Answers:
    pairs = range(1, asked.count + 1)
    return [
        {"reason": "It asks for more.", "gained": not asked.errs("gained", n), "answerable": True}
        for n in pairs
    ]


def _named(field: str) -> Callable[[Asked], dict[str, list[str]]]:
    def plan(asked: Asked) -> dict[str, list[str]]:
        wanted = range(asked.count)
        return {field: [plain_sentences(asked.drawn(n, field), 1)[:70] for n in wanted]}

    return plan


_PLANS: Final[Mapping[str, Callable[[Asked], Any]]] = {
    "areas": _named("areas"),
    "topics": _named("topics"),
    "personas": _named("personas"),
}
_SHEETS: Final[Mapping[str, Callable[[Asked], Answers]]] = {
    "question": _each(_record),
    "instruction": _each(_record),
    "reasoning": _each(_record),
    "evolve": _each(_record),
    "answer": _answers,
    "rewrite": _rewritten,
    "revise": _revised,
    "row": _each(_row),
    "classify": _each(_text),
    "label": _judged(_label),
    "conversation": _each(_talk),
    "pair": _each(_pair),
    "exchange": _each(_pair),
    "reply": _judged(_reply),
    "compare": _judged(_compared),
    "harmful": _each(_declined),
    "borderline": _each(_harmless),
    "safe": _judged(_safety),
    "solve": _judged(_worked),
    "mend_steps": _judged(_worked),
    "program": _each(_program),
    "mend_program": _each(_program),
    "grounded": _grounded,
    "unanswerable": _unanswerable,
    "answerable": _judged(_answerable),
    "critique": _critique,
    "eliminate": _eliminated,
}
