"""`show --nearest`, `show --seeds` and `export --dedup-threshold`: what a reader judges by."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import JsonValue
from rich.console import Console

from synth_agent.cli import listing
from synth_agent.pipeline import DealtHand, Run, Seed
from synth_agent.pipeline.journal import Batch
from synth_agent.pipeline.rows import Kept
from synth_agent.schemas import (
    Cell,
    DatasetSpec,
    NearMatch,
    Neighbour,
    Provenance,
    Record,
    Reject,
)
from tests.cli.conftest import Command

TEXTS = (
    "The belt of line 3 tore again.",
    "The belt of line 3 tore at night.",
    "Nobody \x1b[31mcalled :smile: [bold]the lead.",
)


def record(slot: int, near: int | None, cosine: float) -> Record:
    nearest = None if near is None else Neighbour(slot=near, similarity=cosine)
    made = Provenance(method="self_instruct", source="m", nearest=nearest, seeds=("s.jsonl:1",))
    payload: dict[str, JsonValue] = {"text": TEXTS[slot], "label": "bad"}
    return Record(slot=slot, cell=Cell("bad"), payload=payload, provenance=made)


RECORDS = (record(0, None, 0), record(1, 0, 0.871234), record(2, 1, 0.4))
REJECTS = (
    Reject(
        slot=2,
        cell=Cell("bad"),
        reason="near-duplicate",
        payload={"text": "The belt of line 3 tore yesterday.", "label": "bad"},
        near=NearMatch(kind="record", name="0", measure="cosine", score=0.9214),
    ),
    Reject(
        slot=2,
        attempt=1,
        cell=Cell("bad"),
        reason="seed-copy",
        payload={"text": "A belt slips.", "label": "bad"},
        near=NearMatch(kind="seed", name="s.jsonl:2", measure="cosine", score=0.95),
    ),
)
SEEDS = (
    Seed("s.jsonl:1", "A pump leaks.", {"text": "A pump leaks."}),
    Seed("s.jsonl:2", "A belt slipped.", {"text": "A belt slipped."}),
)


def run_of(
    path: str = "run",
    *,
    seeds: Sequence[Seed] = SEEDS,
    rejects: Sequence[Reject] = REJECTS,
    given: Sequence[JsonValue] = (),
    **changes: Any,
) -> None:
    known = {"task": "classification", "count": 3, "labels": {"bad": 3}, "dedup_threshold": 0.9}
    spec, now = DatasetSpec.model_validate(known | changes), datetime(2026, 3, 1, tzinfo=UTC)
    with Run.create(Path(path), spec, text="", now=now, seeds=seeds) as run:
        run.journal.deal([DealtHand(n, (), one) for n, one in enumerate(given, start=1)])
        kept = [Kept(one, one.slot.to_bytes(8)) for one in RECORDS]
        run.journal.commit(Batch(kept, rejects))


def test_near_pairs_are_printed_with_both_texts(command: Command) -> None:
    run_of()

    said = command("show", "run", "--nearest", "--pairs", "1")

    assert said.code == 0, said.err
    assert said.out.splitlines() == [
        "kept, the most alike first: cosine to the nearest record before",
        "",
        "0.871",
        f"  record 1: {TEXTS[1]}",
        f"  record 0: {TEXTS[0]}",
        "",
        "dropped, the least alike first: cosine to a record",
        "",
        "0.921  near-duplicate",
        "  draft 2.0: The belt of line 3 tore yesterday.",
        f"  record 0: {TEXTS[0]}",
        "",
        "dropped, the least alike first: cosine to a seed",
        "",
        "0.950  seed-copy",
        "  draft 2.1: A belt slips.",
        "  seed s.jsonl:2: A belt slipped.",
    ]


def test_near_pairs_are_told_as_json_with_texts_as_they_are(command: Command) -> None:
    run_of()

    pairs = json.loads(command("show", "run", "--nearest", "--pairs", "5", "--json").out)

    assert [(p["slot"], p["reason"], p["near"]["kind"], p["near"]["score"]) for p in pairs] == [
        (1, None, "record", 0.871234),
        (2, None, "record", 0.4),
        (2, "near-duplicate", "record", 0.9214),
        (2, "seed-copy", "seed", 0.95),
    ]
    assert pairs[1]["text"] == TEXTS[2]


@pytest.mark.parametrize(
    "asked",
    [("--nearest", "--pairs", "3"), ("--records", "3", "--rejects", "2")],
    ids=["pairs", "records"],
)
def test_a_text_cannot_steer_the_terminal(command: Command, asked: Sequence[str]) -> None:
    run_of()

    said = command("show", "run", *asked)

    assert "Nobody \ufffd[31mcalled :smile: [bold]the lead." in said.out
    assert "\x1b" not in said.out


STEERING = "\x1b[2J\n[red]x"
HOSTILE = Reject(
    slot=1,
    attempt=9,
    cell=Cell("bad"),
    reason=f"why{STEERING}",
    detail=STEERING,
    payload={f"key{STEERING}": STEERING},
    near=NearMatch(
        kind="protected", name=STEERING, measure="cosine", score=0.95, text=f"other{STEERING}"
    ),
)


@pytest.mark.parametrize(
    "asked", [(), ("--rejects", "3"), ("--nearest",)], ids=["report", "rejects", "pairs"]
)
def test_nothing_that_is_said_of_a_reject_steers_the_terminal(
    command: Command, asked: Sequence[str]
) -> None:
    run_of(rejects=(HOSTILE,))

    said = command("show", "run", *asked)

    assert said.code == 0, said.err
    assert "why\ufffd[2J [red]x" in said.out
    assert "\x1b" not in said.out


def test_the_keys_of_a_reject_stay_in_their_line(command: Command) -> None:
    run_of(rejects=(HOSTILE,))

    assert "\nkey\ufffd[2J [red]x: " in command("show", "run", "--rejects", "1").out


def test_notes_and_labels_steer_no_terminal(command: Command) -> None:
    run_of(labels={"bad": 2, "worse\x9b2J": 1})
    with Run.open(Path("run")) as run:
        run.note("scan\x1b[31m.pdf was not read")

    said = command("show", "run").out

    assert "scan\ufffd[31m.pdf was not read" in said
    assert "worse\ufffd2J" in said
    assert not {"\x1b", "\x9b"} & set(said)


def test_records_may_be_asked_for_besides(command: Command) -> None:
    run_of()

    said = command("show", "run", "--nearest", "--pairs", "1", "--records", "1").out

    assert said.index("0.871") < said.index("#0")


def test_figures_are_shown_where_records_were_compared_without_them(command: Command) -> None:
    run_of(dedup_mask_numbers=True)

    assert TEXTS[1] in command("show", "run", "--nearest", "--pairs", "1").out


def test_the_figures_of_a_seed_are_shown_though_it_was_compared_without(command: Command) -> None:
    masked = Seed("s.jsonl:2", "A belt slipped 0 times.", {"text": "A belt slipped 3 times."})
    run_of(dedup_mask_numbers=True, seeds=(masked,), given=({"examples": ["s.jsonl:2"]},))

    pairs = command("show", "run", "--nearest", "--pairs", "1").out
    listed = command("show", "run", "--seeds").out

    assert "seed s.jsonl:2: A belt slipped 3 times." in pairs
    assert "A belt slipped 3 times." in listed


def test_where_nothing_was_near_it_says_so(command: Command) -> None:
    run_of(rejects=())

    assert "no draft came too near" in command("show", "run", "--nearest", "--pairs", "2").out


def test_on_a_terminal_texts_are_aligned_and_what_differs_stands_out(
    command: Command, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run_of()
    screen = Console(
        force_terminal=True, color_system="standard", width=60, highlight=False, soft_wrap=True
    )
    monkeypatch.setattr(listing, "_out", screen)

    said = command("show", "run", "--nearest", "--pairs", "1").out

    assert "\x1b[1;33mat night." in said
    assert all(len(line) < 120 for line in said.splitlines())


USED: tuple[JsonValue, ...] = ({"examples": ["s.jsonl:1", "record:0"]}, {"examples": ["s.jsonl:1"]})


def test_the_use_of_seeds_is_printed_a_line_each(command: Command) -> None:
    run_of(given=USED, method="self_instruct", model="openai:m")

    said = command("show", "run", "--seeds")

    assert said.code == 0, said.err
    assert said.out.splitlines() == [
        "2 given examples, shown 2 times",
        "accepted records, shown 1 time",
        "the most shown 2 times, the least 0",
        "2\t3\t100.0%\ts.jsonl:1\tA pump leaks.",
        "0\t0\t0.0%\ts.jsonl:2\tA belt slipped.",
    ]


@pytest.mark.parametrize("width", [60, 80, 120])
def test_on_a_terminal_the_use_of_seeds_is_a_table_that_fits(
    command: Command, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    long = Seed("a-folder-with-a-name-that-never-ends.jsonl:1", "word " * 90, {"text": "word"})
    run_of(seeds=(*SEEDS, long), given=USED, method="self_instruct", model="openai:m")
    screen = Console(
        force_terminal=True, color_system=None, width=width, highlight=False, soft_wrap=True
    )
    monkeypatch.setattr(listing, "_out", screen)

    table = command("show", "run", "--seeds").out.splitlines()[3:]

    assert table[0].split() == ["shown", "records", "share", "seed", "text"]
    assert len(table) == 4
    assert table[1].split()[:4] == ["2", "3", "100.0%", "s.jsonl:1"]
    assert all(len(line) <= width for line in table)


@pytest.mark.parametrize(("count", "between"), [(40, 0), (43, 3)], ids=["all", "ends"])
def test_of_many_seeds_those_are_listed_that_were_shown_most_and_least(
    command: Command, count: int, between: int
) -> None:
    many = [Seed(f"s:{n:02}", "text", {"text": f"text {n}"}) for n in range(count)]
    hands: list[JsonValue] = [
        {"examples": [seed.id for seed in many[: count - n]]} for n in range(count)
    ]
    run_of(seeds=many, given=hands, method="self_instruct", model="openai:m")

    listed = command("show", "run", "--seeds").out.splitlines()[3:]
    everything = json.loads(command("show", "run", "--seeds", "--json").out)["seeds"]

    said = [line for line in listed if "\t" not in line]
    assert said == ([f"… {between} more in between; --json has all"] if between else [])
    names = [line.split("\t")[3] for line in listed if "\t" in line]
    assert names == [seed.id for seed in (*many[:20], *many[20 + between :])]
    assert len(everything) == count


def test_the_use_of_seeds_as_json_has_the_totals(command: Command) -> None:
    run_of(given=USED, method="self_instruct", model="openai:m")

    uses = json.loads(command("show", "run", "--seeds", "--json").out)

    assert (uses["given"], uses["shown_given"], uses["shown_made"]) == (2, 2, 1)
    assert [seed["shown"] for seed in uses["seeds"]] == [2, 0]


def test_rules_show_seeds_to_nobody_and_say_so(command: Command) -> None:
    run_of()
    run_of("none", seeds=())

    assert command("show", "run", "--seeds").out == (
        "2 given examples, none was shown to a model (method 'rules'); what comes near to one is "
        "dropped all the same\n"
    )
    assert command("show", "none", "--seeds").out == (
        "no given examples; generate --seeds FILE|RUN takes some\n"
    )


def test_json_tells_one_thing(command: Command) -> None:
    run_of()

    said = command("show", "run", "--nearest", "--pairs", "2", "--seeds", "--json")

    assert said.code == 2
    assert "expected --nearest or --seeds, got both" in said.err
    assert said.out == ""


def test_an_export_says_how_many_it_dropped(command: Command) -> None:
    run_of()

    said = command("export", "run", "--dedup-threshold", "0.8", "-o", "out.jsonl")

    assert (said.code, said.out) == (0, "out.jsonl\n")
    assert said.err == "dropped 1 of 3: cosine 0.8 or more to an earlier record\n"
    texts = [json.loads(line)["text"] for line in Path("out.jsonl").read_text().splitlines()]
    assert texts == [TEXTS[0], TEXTS[2]]


def test_an_export_with_what_the_run_was_made_with_drops_nothing_and_says_so(
    command: Command,
) -> None:
    run_of()

    said = command("export", "run", "--dedup-threshold", "0.95", "-o", "out.jsonl")

    assert said.code == 0
    assert said.err.startswith("dropped none: the run already kept nothing with a cosine of 0.9 ")
    assert len(Path("out.jsonl").read_text().splitlines()) == 3


def test_a_dataset_file_is_sent_to_dedup(command: Command) -> None:
    Path("mine.jsonl").write_text('{"text": "a", "label": "b"}\n')

    said = command("export", "mine.jsonl", "--dedup-threshold", "0.8", "-o", "out.jsonl")

    assert said.code == 2
    assert "synth-agent dedup mine.jsonl --threshold 0.8 -o FILE" in said.err
    assert not Path("out.jsonl").exists()
