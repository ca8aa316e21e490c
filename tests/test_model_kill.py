"""The promise to whoever pays: killed at any moment and resumed, no answer is paid for twice.

The endpoint keeps its own books; what they say is held against the journal as each kill left it.
The process is ended by SIGKILL; the endpoint lives on.
"""

import multiprocessing
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Any

import orjson
import pytest
from pydantic import SecretStr

from synth_agent.agent import SynthAgent
from synth_agent.models.resolve import Access
from synth_agent.pipeline import Run
from synth_agent.schemas import DatasetSpec
from tests.endpoint import ChatRequest, Endpoint, Logged, Script
from tests.endpoint.expert import expert
from tests.endpoint.log import CHAT

IN_FLIGHT = 6
LATENCY = 0.04
SPECS: dict[str, dict[str, Any]] = {
    "critic": {"task": "qa", "critic_model": "openai:gpt-c", "min_score": 4.0},
    "blind readings": {
        "task": "classification",
        "labels": {"positive": 60, "negative": 60, "neutral": 30},
        "records_per_call": 4,
    },
    "evolution": {"task": "qa", "method": "evolve", "rounds": 2},
    "planned topics": {"task": "instruction", "method": "persona", "records_per_call": 3},
}
WRONG = {"score": 0.3, "label": 0.2, "gained": 0.3, "missing": 0.1}

_context = multiprocessing.get_context("forkserver")
# What a run imports is imported once, so that a kill meets the work and not the start-up.
_PRELOADED = ("synth_agent.writing.assembly", "synth_agent.chains.methods", "aiohttp")
_context.set_forkserver_preload(["tests.test_model_kill", "chromadb", *_PRELOADED])


def _agent(url: str) -> SynthAgent:
    access = Access(SecretStr("sk-test"), url)
    return SynthAgent("openai:gpt-x", access=access, concurrency=IN_FLIGHT)


def _work(url: str, folder: str, spec: str) -> None:
    if Path(folder, "journal.sqlite").exists():
        _agent(url).resume(folder)
    else:
        _agent(url).generate(DatasetSpec.model_validate_json(spec), run_dir=folder)


def _spec(name: str) -> DatasetSpec:
    known = {"count": 150, "domain": "a repair shop", "method": "self_instruct"}
    return DatasetSpec.model_validate(known | {"model": "openai:gpt-x"} | SPECS[name])


@dataclass
class Fuse:
    """A script that lights after so many further requests."""

    script: Script
    left: int = 0
    lit: Event = field(default_factory=Event)

    def __call__(self, request: ChatRequest) -> Any:
        self.left -= 1
        if self.left == 0:
            self.lit.set()
        return self.script(request)


@dataclass(frozen=True)
class Killed:
    """How things stood when a process was dead."""

    seen: int
    """Requests that the endpoint had had."""
    kept: frozenset[int]
    """Numbers of the requests whose answers are in the journal."""


@dataclass
class Shop:
    """An endpoint, a run's folder, and what became of the processes that worked on it."""

    endpoint: Endpoint
    fuse: Fuse
    folder: Path
    spec: DatasetSpec
    kills: list[Killed] = field(default_factory=list)

    def sitting(self, *, requests: int, further: float) -> bool:
        """Work on the run and be killed some moment after so many requests, or finish.

        Returns:
            Whether it was still at work.
        """
        self.fuse.left, self.fuse.lit = requests, Event()
        given = (self.endpoint.url, str(self.folder), self.spec.model_dump_json())
        process = _context.Process(target=_work, args=given)
        process.start()
        while process.is_alive() and not self.fuse.lit.wait(0.02):
            pass
        process.join(further)
        at_work = process.is_alive()
        process.kill()
        process.join()
        process.close()
        self.kills.append(Killed(len(self.endpoint.log), self.kept()))
        return at_work

    def kept(self) -> frozenset[int]:
        """Return the numbers of the requests whose answers are in the journal."""
        path = self.folder / "journal.sqlite"
        if not path.exists():
            return frozenset()
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as db:
            replies = [orjson.loads(row[0]) for row in db.execute("SELECT reply FROM answers")]
        return frozenset(_number(reply) for reply in replies)

    def log(self) -> list[Logged]:
        """Return the chat requests, in the order of their arrival."""
        return [one for one in self.endpoint.log if one.path == CHAT]


def _number(reply: dict[str, Any]) -> int:
    """Return which request an answer was given to: the endpoint says it in the answer's id."""
    metadata = reply["generations"][0]["message"]["response_metadata"]
    return int(metadata["id"].removeprefix("chatcmpl-"))


@pytest.fixture(params=SPECS)
def shop(request: pytest.FixtureRequest, socket_enabled: None, tmp_path: Path) -> Iterator[Shop]:
    fuse = Fuse(expert(1, wrong=WRONG))
    with Endpoint(fuse, latency=LATENCY) as endpoint:
        yield Shop(endpoint, fuse, tmp_path / "run", _spec(request.param))


def test_no_kill_pays_twice_or_loses_a_record(shop: Shop) -> None:
    chance = random.Random(21)
    at_work = 0
    for _ in range(8):
        # Some meet the very first requests, some the batches behind them.
        requests, further = chance.randint(1, 14), chance.uniform(0, 2 * LATENCY)
        at_work += shop.sitting(requests=requests, further=further)
    shop.sitting(requests=10**9, further=60)

    assert at_work >= 7, "the run was complete before it was killed often enough"
    _check_books(shop)
    _check_records(shop)


def _check_books(shop: Shop) -> None:
    """Hold what the endpoint was asked against what the journal held at each kill."""
    log, final = shop.log(), shop.kept()
    digests = {one.number: one.digest for one in log}
    before = 0
    for kill in shop.kills:
        paid = {digests[number] for number in kill.kept}
        # Two hands may ask the same; then both answers are kept.
        again = [
            one.number
            for one in log
            if one.number >= kill.seen and one.digest in paid and one.number not in final
        ]
        assert not again, "what was in the journal was asked for again"
        lost = [
            one.number
            for one in log
            if before <= one.number < kill.seen and one.answered and one.number not in final
        ]
        assert len(lost) <= IN_FLIGHT, "answers were received and not written down"
        assert all(kill.seen - number <= 2 * IN_FLIGHT for number in lost), "not the last ones"
        before = kill.seen


def _check_records(shop: Shop) -> None:
    with Run.open(shop.folder) as run:
        records = list(run.journal.records())
        assert run.status == "complete"
        assert not run.journal.open_hands()
        assert run.usage.requests == len(shop.kept())
    with closing(sqlite3.connect(shop.folder / "journal.sqlite")) as db:
        twice = db.execute("SELECT count(*) FROM answers WHERE nth > 0").fetchone()
        assert twice == (0,), "a hand asked the same again"
    assert [record.slot for record in records] == list(range(150))
    rows = orjson.loads((shop.folder / "dataset.json").read_bytes())
    assert len(rows) == len({orjson.dumps(row) for row in rows}) == 150
