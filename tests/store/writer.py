"""A process that writes to a memory until it is killed; and the records it writes."""

from pathlib import Path

from synth_agent.store import Accepted, LexicalEmbedder, SemanticMemory

__all__ = ["EMBEDDER", "NOUNS", "record", "remember", "write_for_ever"]

EMBEDDER = LexicalEmbedder(dimensions=64)
NOUNS = (
    "press",
    "gearbox",
    "conveyor",
    "robot",
    "pump",
    "oven",
    "mixer",
    "lathe",
    "crane",
    "drill",
)
_BATCH = 100


def record(slot: int) -> Accepted:
    noun = NOUNS[slot % len(NOUNS)]
    text = f"The {noun} stood {slot * 37 % 1000} minutes, order {slot}, batch {slot * 7}."
    return Accepted(slot, text, {"label": noun, "task": "qa"})


def remember(memory: SemanticMemory, records: list[Accepted]) -> None:
    batch = memory.lay([r.text for r in records]).records
    for row, accepted in enumerate(records):
        batch.accept(row, accepted.slot)
    memory.add(batch, [r.metadata for r in records])


def write_for_ever(folder: Path, journal: Path) -> None:
    """Add records in batches; the journal, a byte a record, is ahead of the memory."""
    slot = journal.stat().st_size
    known = [record(at) for at in range(slot)]
    memory = SemanticMemory.open(folder, EMBEDDER, accepted=lambda: known, count=slot)
    memory.similar("The press stood.", 1)  # opens it
    (folder / "opened").touch()
    while True:
        with journal.open("ab") as file:
            file.write(b"." * _BATCH)
        remember(memory, [record(at) for at in range(slot, slot + _BATCH)])
        memory.similar("The press stood.", 1)  # makes it write what waits
        slot += _BATCH
