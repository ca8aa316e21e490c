"""The task's own fields: what a trainer sees of a record."""

from typing import Annotated, Final, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from synth_agent.schemas.base import Frozen

__all__ = [
    "PAYLOADS",
    "ClassificationPayload",
    "CodePayload",
    "ConversationPayload",
    "InstructionPayload",
    "Message",
    "Payload",
    "PreferencePayload",
    "QAPayload",
    "ReasoningPayload",
    "SafetyPayload",
]

_Text = Annotated[str, StringConstraints(min_length=1)]


class Payload(Frozen):
    """Root of the payloads."""


class QAPayload(Payload):
    """A question about a given text, and its answer."""

    input: _Text
    """The question."""
    context: str
    """The text that the answer follows from; may be empty."""
    output: _Text
    """The answer."""


class InstructionPayload(Payload):
    """An order, what it works on, and the result."""

    instruction: _Text
    """What to do."""
    input: str
    """What it is done on; may be empty."""
    output: _Text
    """The result."""


class ReasoningPayload(Payload):
    """A question whose way to the answer is written out."""

    input: _Text
    """The question."""
    context: str
    """The text that the answer follows from; may be empty."""
    reasoning: _Text
    """The steps, one a line."""
    output: _Text
    """The answer."""


class ClassificationPayload(Payload):
    """A text and its label."""

    text: _Text
    """The text; it does not name its label."""
    label: _Text
    """The label."""


class Message(Frozen):
    """One turn of a conversation."""

    role: Literal["system", "user", "assistant"]
    content: _Text


class ConversationPayload(Payload):
    """Turns that alternate between user and assistant, after at most one system message."""

    messages: tuple[Message, ...] = Field(min_length=2)

    @model_validator(mode="after")
    def _alternates(self) -> Self:
        turns = [m.role for m in self.messages if m.role != "system"]
        if any(m.role == "system" for m in self.messages[1:]):
            raise ValueError("a system message stands first or not at all")
        if turns != ["user", "assistant"] * (len(turns) // 2):
            raise ValueError(f"roles alternate user, assistant and end so, got {turns}")
        return self


class PreferencePayload(Payload):
    """A prompt with a better and a worse answer."""

    input: _Text
    """The prompt."""
    chosen: _Text
    """The better answer."""
    rejected: _Text
    """The worse answer."""

    @model_validator(mode="after")
    def _differ(self) -> Self:
        if self.chosen.strip() == self.rejected.strip():
            raise ValueError("chosen and rejected are the same")
        return self


class SafetyPayload(Payload):
    """A prompt that is harmful or only looks so, and how to answer it."""

    prompt: _Text
    category: _Text
    response: _Text
    kind: Literal["harmful", "borderline"]


class CodePayload(Payload):
    """A programming task, its solution and its tests."""

    instruction: _Text
    code: _Text
    tests: _Text


PAYLOADS: Final[dict[str, type[Payload]]] = {
    "qa": QAPayload,
    "instruction": InstructionPayload,
    "reasoning": ReasoningPayload,
    "classification": ClassificationPayload,
    "conversation": ConversationPayload,
    "preference": PreferencePayload,
    "safety": SafetyPayload,
    "code": CodePayload,
}
"""Task -> its payload. `tabular` and `custom` have the user's own fields instead."""
