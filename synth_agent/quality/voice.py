"""Does the assistant speak where the record should? Reasons `refusal` and `chatter`.

A refusal is looked for at the head of an answer, chatter at its head and its last sentence. Talk in
which people are sorry and offer to help is left alone: in a conversation, a question or a text to
classify only what nobody but a language model says is dropped. A safety record may refuse.

Limits: English. A lecture that declines without saying so ("It is important to respect privacy")
is not recognised.
"""

import re
from collections.abc import Iterable
from typing import Final

from synth_agent.quality.context import CheckContext, Finding
from synth_agent.quality.parts import Text
from synth_agent.schemas import Draft

__all__ = ["chatter", "refusal"]

_HEAD: Final = 240
_TAIL: Final = 200
_TALK: Final = frozenset({"conversation"})
_CURLY: Final = str.maketrans("\u2019\u201c\u201d", '\'""')


def _any(*alternatives: str, before: str = "", after: str = "") -> re.Pattern[str]:
    return re.compile(f"{before}(?:{'|'.join(alternatives)}){after}", re.IGNORECASE)


_UNABLE: Final = (
    r"(?:can(?:no|')?t|can not|(?:'m|am) (?:not able|unable)(?: to)?"
    r"|(?:wo|would)n't(?: be able to)?|will not(?: be able to)?|must (?:decline|refuse)"
    r"|do(?:n't| not) feel comfortable|have to decline|decline)"
)
_SERVE: Final = (
    r"(?:to )?(?:\w+ly )?(?:do (?:that|this|so)|assist|help|fulfil?l?|comply"
    r"|provide|generate|create|produce|write|support|offer|engage"
    r"|discuss|share|answer|give|endorse|promote|encourage|complete|continue|participate"
    r"|recommend|advise|suggest|condone|speculate|tell)"
)
_EAGER: Final = (
    r"(?:sure(?: thing)?|certainly|of course|absolutely|definitely|gladly|great question"
    r"|good question|no problem|okay|ok)"
)

_MODEL: Final = _any(
    r"as an? (?:[\w-]+ ){0,3}(?:AI|(?:large )?language model)(?: (?:language )?model| assistant)?\b"
    r"(?=,| (?:I|my|developed|created|designed|that|without)\b)",
    r"I(?:'m| am) (?:just |only )?an? (?:AI|(?:large )?language model)\b",
    r"my (?:training data|knowledge cutoff|programming)\b",
    rf"I ?{_UNABLE} (?:assist|help|comply|continue|engage) (?:you )?with (?:that|this|your) "
    r"request\b",
    rf"I ?{_UNABLE} (?:fulfil?l?|generate|create) (?:that|this|your|such|the requested) "
    r"(?:request|content|record|example|text)\b",
    before=r"\b",
)
"""Nobody else says this."""
_DECLINED: Final = _any(
    r"(?:(?:I'm|I am|we're|we are) )?(?:\w+ ){0,2}sorry\b[^.!?\n]{0,80}?(?:\bI ?| )",
    r"(?:I apologi[sz]e|my apologies|apologies|unfortunately)\b[^.!?\n]{0,80}?\bI ?",
    r"I ?(?:really |simply |'m afraid (?:that )?I )?",
    before=r"^\W*",
    after=rf"{_UNABLE} {_SERVE}\b",
)
_THEN_DECLINED: Final = re.compile(
    rf"[.!?]\s+(?:However, |But |Unfortunately, |Therefore, |So )?I ?{_UNABLE} "
    r"(?:assist|help|fulfil?l?|comply|engage|endorse|provide|condone|promote)\b",
    re.IGNORECASE,
)

_OPENING: Final = _any(
    rf"{_EAGER}\s*[,.!:-]+\s*(?:here(?:'s| is| are)|let me|below"
    r"|I(?:'d| would| will|'ll) be (?:happy|glad)|I can help)\b",
    r"(?:certainly|great question|good question|sure thing)\s*[,.!]",
    r"sure!",
    r"here(?:'s| is| are) (?:your|the) [^.:\n]{0,60}"
    r"(?:request|you asked|version|translation|summary)[^.:\n]{0,40}:\s*(?:\n|$)",
    r"(?:as (?:you )?requested|based on your request|per your request)\s*,",
    r"<think>",
    before=r"^\W*",
)
_CLOSING: Final = _any(
    r"I hope (?:this|that|it|these) (?:helps?|was helpful|meets|answers|clarifies)",
    r"(?:please )?let me know (?:if|whether) (?:you|this|that|there)",
    r"(?:please )?(?:feel free|don't hesitate) to (?:ask|reach|let|contact|request)",
    r"if you (?:have|need|want|would like|'d like) (?:any |more |further |additional )+\w+[^.!?\n]*"
    r"\b(?:let me know|ask|feel free)",
    r"is there anything else",
    r"would you like me to",
    before=r"(?:^|[.!?\n]\s*)",
    after=r"\b[^.!?\n]*[.!?]*\s*$",
)
"""Only as the last sentence: in an e-mail the regards follow."""
_META: Final = _any(
    rf"(?:{_EAGER}\s*[,.!:-]+\s*)?here(?:'s| is| are) (?:an?|the|your|some|\d+) (?:[\w-]+ ){{0,4}}"
    r"(?:example|sample|sentence|text|review|record|conversation|dialogue|question|message|tweet)s?\b"
    r"[^.!?\n]{0,80}:\s*(?:\n|[\"'])",
    r"<think>",
    before=r"^\W*",
)


def refusal(draft: Draft, context: CheckContext) -> Finding | None:
    """Drop a draft in which a model declines instead of answering."""
    del draft
    if context.spec.task == "safety":
        return None
    patterns = (_MODEL,) if context.spec.task in _TALK else (_MODEL, _DECLINED, _THEN_DECLINED)
    return _at_head("refusal", context.parts.answered, *patterns) or _at_head(
        "refusal", context.parts.asked, _MODEL
    )


def chatter(draft: Draft, context: CheckContext) -> Finding | None:
    """Drop a draft that talks to whoever ordered it: "Sure! Here is", "I hope this helps"."""
    del draft
    asked, answered = context.parts.asked, context.parts.answered
    if context.spec.task in _TALK:
        return _at_head("chatter", asked + answered, _META)
    for field, text in answered:
        if found := _CLOSING.search(_straight(text[-_TAIL:])):
            return Finding("chatter", f"{field} ends with {found[0].strip()[:80]!r}")
    return _at_head("chatter", answered, _OPENING) or _at_head("chatter", asked, _META)


def _at_head(reason: str, texts: Iterable[Text], *patterns: re.Pattern[str]) -> Finding | None:
    for field, text in texts:
        head = _straight(text[:_HEAD])
        for pattern in patterns:
            if found := pattern.search(head):
                return Finding(reason, f"{field} says {found[0].strip()[:80]!r}")
    return None


def _straight(text: str) -> str:
    return text if text.isascii() else text.translate(_CURLY)
