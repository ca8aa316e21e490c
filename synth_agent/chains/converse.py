"""Conversations over several turns, planned before they are written.

The plan (what the user wants, what they know, how it ends) is asked for in the same answer, ahead
of the turns: without it both speakers know everything at once, and nobody has to ask back.

Limits: whether an assistant greets again is looked for in a few languages only; whether the last
turn is a question is told from its last sign.
"""

import random
import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated, Final, Literal, NamedTuple

from langchain_core.runnables import Runnable
from pydantic import BaseModel, BeforeValidator, ConfigDict, JsonValue

from synth_agent.chains.hand import Hand, Outcome
from synth_agent.chains.reading import Item, Text
from synth_agent.chains.step import Step
from synth_agent.chains.writer import Writer
from synth_agent.errors import AnswerError
from synth_agent.schemas import Slot
from synth_agent.text import fold

__all__ = ["RECORDS_PER_CALL", "converse_chain"]

RECORDS_PER_CALL: Final = 3
"""A conversation takes 300 to 1,500 tokens."""

_TURNS: Final = (1, 2, 2, 3, 3, 3, 4, 4, 5, 6)
_SYSTEM_SHARE: Final = 1 / 3
_NEAR: Final = 0.8
"""Share of common character 5-grams; one word in ten changed leaves about 0.7 to 0.8."""
_SHORT: Final = 20
"""Characters up to which a turn may be said again: "ok, done"."""
_NOTHING: Final = frozenset({"", "none", "no", "n/a", "na", "null", "empty", "(none)", "(empty)"})
_SPEAKER: Final = re.compile(
    r"\A[\s*_#\[(]*(?i:user|assistant|human|chatbot|bot|ai|system)[\])*_ ]*:"
    r"|^[\s*_#>\[(]*(?:USER|User|ASSISTANT|Assistant|Human|Chatbot|Bot|AI)[\])*_ ]*:",
    re.MULTILINE,
)
"""Within a message only in capitals: `user: root` is a line of a configuration."""
_GREETING: Final = re.compile(
    r"\W*(?:hi|hello|hey|good (?:morning|afternoon|evening|day)|welcome|greetings|hallo|moin"
    r"|guten (?:tag|morgen|abend)|bonjour|salut|hola|buen[oa]s (?:d[ií]as|tardes)|ciao"
    r"|buongiorno|ol[aá]|bom dia)\b",
    re.IGNORECASE,
)
_SENTENCE: Final = re.compile(r"(?<=[.!?])\s+|\n")
_CLOSERS: Final = " \t\n\"'”’»*_)]"


_ROLES: Final = {"human": "user", "customer": "user", "bot": "assistant", "gpt": "assistant"}


def _role(said: object) -> object:
    if not isinstance(said, str):
        return said
    bare = said.strip().lower()
    return _ROLES.get(bare, bare)


class Turn(BaseModel):
    """One message."""

    model_config = ConfigDict(extra="ignore", use_attribute_docstrings=True)

    role: Annotated[Literal["system", "user", "assistant"], BeforeValidator(_role)]
    """Who says it: user and assistant in turn, the user first."""
    content: Text
    """What is said, without the speaker's name in front."""


class Conversation(Item):
    """A conversation of a user with an assistant, planned and then written."""

    goal: Text = ""
    """What the user wants to have in the end, in one sentence."""
    knows: Text = ""
    """What the user knows, and which part of it comes out only when asked for."""
    ending: Text = ""
    """How it ends: what the assistant has found out, settled or made by its last message."""
    system: Annotated[str, BeforeValidator(lambda said: said or "")] = ""
    """What the assistant was told beforehand; empty where the wish says `system: no`."""
    messages: list[Turn]
    """The messages in order; the first is the user's, the last the assistant's."""


class _Wanted(NamedTuple):
    """What a slot asks of its conversation besides the cell."""

    turns: int
    """Messages of the user, each answered."""
    system: bool

    @classmethod
    def of(cls, slot: Slot) -> "_Wanted":
        """Return the same for a slot at every attempt, so that its length is no matter of luck."""
        chance = random.Random(f"converse:{slot.seed}")
        return cls(chance.choice(_TURNS), chance.random() < _SYSTEM_SHARE)

    @property
    def wish(self) -> dict[str, str]:
        """What is told of it."""
        told = f"{self.turns} (messages: {2 * self.turns})"
        return {"turns": told, "system": "yes" if self.system else "no"}

    @property
    def allowed(self) -> range:
        """Turns that are taken: one more or less, but what was to be a dialogue stays one."""
        return range(max(self.turns - 1, min(self.turns, 2)), self.turns + 2)


def converse_chain(writer: Writer) -> Runnable[Hand, list[Outcome]]:
    """Return the chain that writes a hand of conversations by one call."""
    prompt = writer.prompt("conversation")

    async def write(hand: Hand) -> list[Outcome]:
        wanted = [_Wanted.of(order.ask.slot) for order in hand.orders]
        more = [entry.wish for entry in wanted]
        items = await writer.sheet(prompt, Conversation, hand, more=more)
        outcomes: list[Outcome] = []
        for order, item, wish in zip(hand.orders, items, wanted, strict=True):
            if isinstance(item, AnswerError):
                outcomes.append(item)
                continue
            system, turns = _arranged(item)
            payload = _payload(system, turns)
            problem = _problem(turns, wish)
            if problem is not None:
                outcomes.append(AnswerError(*problem, payload=payload))
                continue
            tags = (f"turns:{len(turns) // 2}",)
            outcomes.append(writer.draft(order, payload, prompt=prompt, hand=hand, tags=tags))
        return outcomes

    return Step("converse", write)


def _arranged(item: Conversation) -> tuple[str, list[Turn]]:
    """Return system message and turns, wherever the former was put; a thanks at the end is cut."""
    turns = list(item.messages)
    system = "" if fold(item.system) in _NOTHING else item.system.strip()
    if turns and turns[0].role == "system":
        system = system or turns[0].content
        del turns[0]
    if len(turns) > 1 and turns[-1].role == "user":
        del turns[-1]
    return system, turns


def _payload(system: str, turns: Sequence[Turn]) -> dict[str, JsonValue]:
    first: list[JsonValue] = [{"role": "system", "content": system}] if system else []
    said: list[JsonValue] = [{"role": t.role, "content": t.content.strip()} for t in turns]
    return {"messages": first + said}


def _problem(turns: Sequence[Turn], wanted: _Wanted) -> tuple[str, str] | None:
    """Return reason and detail of what is wrong with a conversation."""
    roles = [turn.role for turn in turns]
    if roles != ["user", "assistant"] * (len(turns) // 2):
        said = ", ".join(roles) or "no messages"
        return "turns", f"expected user and assistant in turn, the assistant last, got {said}"
    if len(turns) // 2 not in wanted.allowed:
        return "turns", f"expected {2 * wanted.turns} messages, got {len(turns)}"
    for turn in turns:
        if found := _SPEAKER.search(turn.content):
            return "speaker-label", f"a message holds {found[0].strip()!r} as a speaker's name"
    return _manners([turn.content for turn in turns])


def _manners(contents: Sequence[str]) -> tuple[str, str] | None:
    """Return what is wrong with how it is said; user and assistant alternate by now."""
    neighbours = [*pairwise(contents), *zip(contents, contents[2:], strict=False)]
    for earlier, later in neighbours:
        if _near(earlier, later):
            return "repeated-turn", f"a message says again: {later.strip()[:80]!r}"
    answers = contents[1::2]
    if formula := _formula(answers):
        return "repeated-turn", f"the assistant says more than once: {formula[:80]!r}"
    if sum(bool(_GREETING.match(answer)) for answer in answers) > 1:
        return "greets-again", "the assistant greets in more than one message"
    if answers[-1].rstrip(_CLOSERS).endswith(("?", "\uff1f", "\u061f")):
        return "open-end", f"the last message is a question: {_end_of(answers[-1])!r}"
    return None


def _end_of(message: str) -> str:
    """Return the last sentence, or its end."""
    return _SENTENCE.split(message.strip())[-1][-80:]


def _formula(answers: Sequence[str]) -> str | None:
    """Return a sentence that stands in two answers: an offer of more help, mostly."""
    seen: set[str] = set()
    for answer in answers:
        said = {fold(part): part.strip() for part in _SENTENCE.split(answer)}
        for bare, part in said.items():
            if bare in seen and len(bare) > _SHORT:
                return part
        seen.update(said)
    return None


def _near(one: str, other: str) -> bool:
    """Return whether two messages are the same but for a few words; short ones may be."""
    first, second = fold(one), fold(other)
    if min(len(first), len(second)) < _SHORT:
        return False
    ours, theirs = _shingles(first), _shingles(second)
    return len(ours & theirs) >= _NEAR * len(ours | theirs)


def _shingles(text: str) -> set[str]:
    return {text[i : i + 5] for i in range(len(text) - 4)}
