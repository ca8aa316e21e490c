"""The list of packs, with what each can do."""

import orjson
import typer
from rich.console import Console
from rich.table import Table

from synth_agent.rules import Pack, load_pack, pack_names

__all__ = ["print_packs"]


def print_packs(*, json: bool) -> None:
    """Print the packs that ship with the package."""
    packs = [load_pack(name).pack for name in pack_names()]
    if json:
        typer.echo(orjson.dumps([_facts(pack) for pack in packs]).decode())
        return
    table = Table("pack", "about", "questions", "contexts", "labels", "tables", box=None)
    for pack in packs:
        facts = _facts(pack)
        cells = (facts[key] or "-" for key in ("questions", "contexts", "labels", "tables"))
        table.add_row(pack.name, pack.title, *(str(cell) for cell in cells))
    Console(highlight=False).print(table)


def _facts(pack: Pack) -> dict[str, object]:
    return {
        "name": pack.name,
        "title": pack.title,
        "language": pack.language,
        "questions": sum(len(scene.questions) for scene in pack.scenes.values()),
        "contexts": sum(len(scene.contexts) for scene in pack.scenes.values()),
        "labels": sum(len(classifier.labels) for classifier in pack.classifiers.values()),
        "classifiers": {name: list(c.labels) for name, c in pack.classifiers.items()},
        "tables": len(pack.tables),
        "conversations": len(pack.conversations),
    }
