"""What prompts are filled with: wishes, examples and passages in words, and foreign text fenced.

Text of documents, seeds and models is data. It stands between marks that no text can forge, for
they carry a digest of what is between them, and prompts say that nothing in there is an order.
"""

from collections.abc import Iterable, Mapping, Sequence

import orjson
from pydantic import JsonValue

from synth_agent.chains.hand import Hand, Material, Order
from synth_agent.schemas import DatasetSpec
from synth_agent.text import digest

__all__ = [
    "examples",
    "fenced",
    "language_name",
    "numbered",
    "passages",
    "said",
    "subject",
    "wishes",
]


def fenced(text: str, *, kind: str, name: str = "") -> str:
    """Return a text between marks that carry its own digest.

    Args:
        kind: What it is, one word.
        name: What it is called; the name of a file is foreign text too and cannot end the mark.
    """
    mark = digest(text, size=4).hex()
    while mark in text:  # four bytes can be forged by trying; what is in the text is not taken
        mark = digest(mark, text, size=4).hex()
    titled = "".join(f" {part}" for part in name.replace("<", "").replace(">", "").split())
    return f"<<{kind}{titled} {mark}>>\n{text.strip()}\n<</{kind} {mark}>>"


def numbered(entries: Sequence[Mapping[str, str]]) -> str:
    """Return texts by kind for each order, fenced under the order's number."""
    return "\n".join(
        fenced(text, kind=kind, name=str(number))
        for number, entry in enumerate(entries, start=1)
        for kind, text in entry.items()
    )


def said(payload: Mapping[str, JsonValue]) -> str:
    """Return a payload as JSON, keys in their order."""
    return orjson.dumps(dict(payload), option=orjson.OPT_INDENT_2).decode()


def wishes(orders: Sequence[Order], *, more: Sequence[Mapping[str, str]] = ()) -> str:
    """Return a numbered line for each order: `1. difficulty: hard | topic: scrap rate`.

    Args:
        more: For each order, what its line says besides.
    """
    extras = more or [{}] * len(orders)
    lines = []
    for number, (order, extra) in enumerate(zip(orders, extras, strict=True), start=1):
        wish = " | ".join(f"{name}: {value}" for name, value in _wish(order, extra) if value)
        lines.append(f"{number}. {wish or 'free'}")
    return "\n".join(lines)


def _wish(order: Order, extra: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    cell = order.ask.slot.cell
    yield "label", _line(cell.label or "")
    yield "difficulty", cell.difficulty or ""
    yield "topic", _part(order.topic)
    yield "persona", _part(order.persona)
    yield "form", _line(order.form)
    yield from extra.items()
    yield "dropped before", "; ".join(_part(reason)[:200] for reason in order.ask.reasons[-2:])


def _line(text: str) -> str:
    """Return a text that cannot begin a line of its own: topics and reasons come from models."""
    return " ".join(text.split())


def _part(text: str) -> str:
    """Return a text that cannot begin another part of its line: `easy | difficulty: hard`."""
    return _line(text).replace("|", "/")


def examples(hand: Hand) -> str:
    """Return the examples of a hand, fenced, or that there are none."""
    if not hand.examples:
        return "(none)"
    return "\n".join(
        fenced(said(example.payload), kind="example", name=str(number))
        for number, example in enumerate(hand.examples, start=1)
    )


def passages(materials: Sequence[Material]) -> str:
    """Return texts to write from, fenced and named."""
    return "\n".join(fenced(m.text, kind="passage", name=m.id) for m in materials)


def subject(spec: DatasetSpec) -> str:
    """Return what the records are about, in the user's words."""
    named = [spec.domain, ", ".join(spec.topics)]
    return ": ".join(part for part in named if part) or spec.brief or "anything useful"


def language_name(tag: str) -> str:
    """Return a language as a model is told it: `French (fr)`."""
    if tag.split("-", maxsplit=1)[0] == "en":
        return "English" if tag == "en" else f"English ({tag})"
    from babel import Locale, UnknownLocaleError

    try:
        name = Locale.parse(tag, sep="-").get_display_name("en")
    except (UnknownLocaleError, ValueError):
        return tag
    return f"{name} ({tag})"
