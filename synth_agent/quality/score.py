"""The critic that needs no model: scores from 1.0 (bad) to 5.0 (good) for what code can see.

* `correctness`, where facts or a proof are known: 1 + 4 × share of the answer's figures that stand
  in the question, its material, the proof or the facts.
* `grounding`, where there is material: 1 + 4 × share of the answer's distinct content words and
  figures that stand in the material, the question or the proof.
* `relevance`, where the answer has three content words or more: 1 + 4 × min(1, shared / 2), the
  shared being distinct content words and figures that it has in common with question and material.
* `clarity`: 5 less up to 1.5 for sentences of more than 25 words on average (all of it from 50 on),
  2 × the share of word triples that are repeats, and 0.5 for an end without punctuation.

A criterion that code cannot judge for a record is left out. Classification, code, tables and the
user's own records get none; whether a text is *true* or a tone right, no rule sees.
Limits: words are compared as letters, so that a paraphrase counts as ungrounded.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from synth_agent.quality.parts import Parts, Text, parts
from synth_agent.quality.quotes import unsupported_numbers
from synth_agent.quality.support import NUMBER
from synth_agent.schemas import DatasetSpec, Draft

__all__ = ["rule_scores"]

_CONTENT: Final = re.compile(r"[^\W\d_]{4,}")
_FIGURE: Final = re.compile(r"\d+(?:[.,:]\d+)*")
"""What `NUMBER` finds and digits of names besides, at a third of the time."""
_FUNCTION: Final = frozenset(
    {"that", "this", "these", "those", "with", "from", "have", "been", "were", "will", "would"}
    | {"there", "their", "they", "which", "what", "when", "where", "than", "then", "them", "into"}
    | {
        "over",
        "also",
        "because",
        "about",
        "each",
        "more",
        "most",
        "your",
        "does",
        "could",
        "should",
    }
)
_SENTENCE_END: Final = re.compile(r"[.!?:;](?=\s|$)|\n")
_ENDS: Final = (".", "!", "?", "…", ")", "]", '"', "'", "”", "%", "|", "`", "}", ";", "*", "。")
_SHORT: Final = 8
"""An answer of so few words may be a value or a name and needs no full stop."""
_WANTED: Final = 2
_LONG, _TOO_LONG = 25.0, 50.0
_TASKS: Final = frozenset({"qa", "instruction", "reasoning", "conversation", "preference"})


def rule_scores(draft: Draft, spec: DatasetSpec) -> dict[str, float]:
    """Return the scores of a draft by criterion, two decimals; none for a task that is not judged.

    Cheap enough for every record: see the module for the formulas.
    """
    if spec.task == "safety":
        answered = parts(spec.task, draft.payload).answered
        return {"clarity": _clarity(answered)} if answered else {}
    if spec.task not in _TASKS:
        return {}
    texts = parts(spec.task, draft.payload)
    if not texts.answered:
        return {}
    return _scores(texts, draft)


def _scores(texts: Parts, draft: Draft) -> dict[str, float]:
    answer, around = _joined(texts.answered), _joined(texts.asked + texts.given)
    steps = "\n".join(draft.provenance.proof).lower()
    figures = set(NUMBER.findall(answer))
    words = set(_CONTENT.findall(answer)) - _FUNCTION
    missing = figures - set(_FIGURE.findall(around)) if figures else figures
    near = len(figures) - len(missing)
    if missing and steps:
        missing -= set(_FIGURE.findall(steps))
    scores: dict[str, float] = {}
    if figures and (steps or draft.provenance.facts):
        unknown = missing
        if missing:  # seldom, so that the slow way of looking is affordable
            unknown = missing.intersection(
                unsupported_numbers(answer, (around, steps), facts=draft.provenance.facts)
            )
        scores["correctness"] = _share(len(figures) - len(unknown), len(figures))
    shared = sum(word in around for word in words)
    said = len(words) + len(figures)
    if said and any(text for _, text in texts.given):
        proved = sum(word in steps and word not in around for word in words) if steps else 0
        scores["grounding"] = _share(shared + proved + len(figures) - len(missing), said)
    if len(words) > _WANTED:
        scores["relevance"] = _share(min(shared + near, _WANTED), _WANTED)
    scores["clarity"] = _clarity(texts.answered)
    return scores


def _joined(texts: Iterable[Text]) -> str:
    return "\n".join([text for _, text in texts]).lower()


def _share(part: int, whole: int) -> float:
    return round(1 + 4 * part / whole, 2)


def _clarity(texts: Sequence[Text]) -> float:
    score = 5.0
    words = " ".join([text for _, text in texts]).split()
    if not words:
        return 1.0
    sentences = sum(len(_SENTENCE_END.findall(text.rstrip(".!?:;\n "))) + 1 for _, text in texts)
    over = (len(words) / sentences - _LONG) / (_TOO_LONG - _LONG)
    score -= 1.5 * min(max(over, 0.0), 1.0)
    if len(words) > _SHORT:
        triples = list(zip(words, words[1:], words[2:], strict=False))
        score -= 2 * (1 - len(set(triples)) / len(triples))
        if not texts[-1].text.rstrip().endswith(_ENDS):
            score -= 0.5
    return round(max(score, 1.0), 2)
