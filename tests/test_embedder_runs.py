"""Runs whose records are compared by somebody else's embeddings, over real HTTP.

What they cost is counted and bounded like all else; no text is paid for twice, however often a run
is stopped, killed or extended; and whatever the endpoint answers, a run ends with a word for it.
"""

import asyncio
import gc
import multiprocessing
import random
import sqlite3
import warnings
from collections.abc import Sequence
from contextlib import aclosing, closing
from itertools import pairwise
from pathlib import Path
from typing import Any

import orjson
import pytest
from langchain_core.embeddings import DeterministicFakeEmbedding, Embeddings
from pydantic import SecretStr

from synth_agent import SynthAgent
from synth_agent.brief import dump_spec
from synth_agent.calls import Retry
from synth_agent.errors import ConfigError, ProviderError
from synth_agent.models import counter_for
from synth_agent.models.resolve import Access
from synth_agent.pipeline import Run
from synth_agent.schemas import DatasetSpec, Record
from synth_agent.store.state import read_state
from synth_agent.text import digest
from tests.chat import Scripted as ScriptedChat
from tests.commands import KEY, Commands, embedded, embedding_requests
from tests.endpoint import Endpoint, Faults, Script
from tests.endpoint.expert import expert
from tests.endpoint.log import CHAT

BY_RULES = ["generate", "40 questions about production", "--embedder", "openai:emb"]
BY_MODEL = [
    *("generate", "60 questions about planning in a repair shop", "--embedder", "openai:emb"),
    *("--model", "openai:gpt-x", "--records-per-call", "3"),
]
WAYS = pytest.mark.parametrize("ordered", [BY_RULES, BY_MODEL], ids=["rules", "model"])

_context = multiprocessing.get_context("forkserver")
# What a run imports is imported once, so that processes begin with the work.
_PRELOADED = ("synth_agent.writing.assembly", "synth_agent.chains.methods", "aiohttp", "chromadb")
_context.set_forkserver_preload(["tests.test_embedder_runs", *_PRELOADED])


@pytest.fixture
def command(
    socket_enabled: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Commands:
    """Return what runs `synth-agent` in an empty folder, and asks again without waiting long."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(Retry.__init__.__kwdefaults__ or {}, "base", 0.002)
    return Commands(monkeypatch, capsys)


def serving(faults: Faults | None = None, script: Script | None = None, **more: Any) -> Endpoint:
    """Return an endpoint that takes the key of these tests."""
    known: dict[str, Any] = {"key": KEY, "seed": 4, "faults": faults or Faults()}
    return Endpoint(script or expert(1), **known | more)


def rows(folder: str | Path = "run") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = orjson.loads(Path(folder, "dataset.json").read_bytes())
    return found


def files_with(secret: str, folder: str = "run") -> list[Path]:
    """Return the files of a run, the journal's included, in which a text stands."""
    known = secret.encode()
    return [p for p in Path(folder).rglob("*") if p.is_file() and known in p.read_bytes()]


def seeds_file(path: Path, texts: Sequence[str]) -> Path:
    lines = [{"input": text, "output": f"It was {n} parts."} for n, text in enumerate(texts)]
    path.write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in lines))
    return path


SEEDS = (
    "Which of the two presses stood still for longer on Monday?",
    "How does the night shift hand its open orders over?",
    "Why is the gearbox of conveyor four so warm?",
)


# -------------------------------------------------------------------------- what is paid, and once


@WAYS
def test_every_text_is_paid_for_once_and_counted(command: Commands, ordered: list[str]) -> None:
    with serving() as endpoint:
        said = command(endpoint, *ordered, "--run-dir", "run", "--json")
        texts, log = embedded(endpoint), endpoint.log

    count = said.json["asked"]
    assert (said.code, said.json["accepted"], len(rows())) == (0, count, count), said.err
    assert said.json["requests"] == len(log)
    assert len(texts) == len(set(texts)) > count
    assert "None:" not in said.err
    chats = [one for one in log if one.path == CHAT]
    with Run.open(Path("run")) as run, closing(sqlite3.connect("run/journal.sqlite")) as db:
        count_tokens = counter_for("openai:emb").text
        by_model = dict(db.execute("SELECT model, sum(tokens_in) FROM answers GROUP BY model"))
        assert by_model["openai:emb"] == sum(map(count_tokens, texts))
        assert run.usage.requests == len(embedding_requests(endpoint)) + len(chats)
        assert run.usage.tokens_in == sum(by_model.values()) == said.json["tokens_in"]
    assert "a cosine of 0.95 or more (embedder: openai:emb)" in Path("run/README.md").read_text()


def test_a_run_gets_another_limit_without_embedding_again(command: Commands) -> None:
    with serving() as endpoint:
        command(endpoint, *BY_RULES, "--run-dir", "run", "--quiet")
    nearest = [record.provenance.nearest for record in _records()]
    near = sum(one is not None and one.similarity >= 0.3 for one in nearest)

    said = command(None, "export", "run", "-o", "out.jsonl", "--dedup-threshold", "0.3", key=None)

    assert said.code == 0, said.err
    assert 0 < near < 40
    assert len(Path("out.jsonl").read_text().splitlines()) == 40 - near


def _records() -> list[Record]:
    with Run.open(Path("run")) as run:
        return [*run.journal.records()]


@WAYS
def test_an_extended_run_pays_for_new_texts_alone(command: Commands, ordered: list[str]) -> None:
    with serving() as endpoint:
        command(endpoint, *ordered, "--run-dir", "run", "--quiet")
        before = embedded(endpoint)
        said = command(endpoint, "resume", "run", "-n", "90", "--json")
        texts = embedded(endpoint)

    assert (said.code, len(rows())) == (0, 90), said.err
    assert len(texts) == len(set(texts)) > len(before)


def test_a_memory_that_is_lost_costs_no_vector(command: Commands) -> None:
    with serving() as endpoint:
        command(endpoint, *BY_RULES, "--run-dir", "run", "--quiet")
        before = len(embedding_requests(endpoint))
        for part in ("vectors.npz", "state.json"):
            Path("run", "memory", part).unlink()
        said = command(endpoint, "resume", "run", "--json")

        assert len(embedding_requests(endpoint)) == before
    assert (said.code, len(rows())) == (0, 40)


def test_protected_texts_are_paid_for_once_too(command: Commands) -> None:
    command(None, "generate", "40 questions about production", "--run-dir", "free", "--quiet")
    exam = [{"question": row["input"], "context": row["context"]} for row in rows("free")[:9]]
    Path("exam.jsonl").write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in exam))
    with serving() as endpoint:
        first = command(endpoint, *BY_RULES, "--run-dir", "run", "--protect", "exam.jsonl")
        before = embedded(endpoint)
        said = command(endpoint, "resume", "run", "-n", "60", "--json")
        texts = embedded(endpoint)

    assert (first.code, said.code, len(rows())) == (0, 0, 60), first.err + said.err
    assert said.json["rejected"]["protected"] >= 9
    assert {row["question"] for row in exam} <= set(before)
    assert len(texts) == len(set(texts)) > len(before)


def test_who_leaves_a_stream_early_pays_for_no_text_again(
    socket_enabled: None, tmp_path: Path
) -> None:
    async def first(agent: SynthAgent, spec: DatasetSpec) -> Record:
        async with aclosing(agent.astream(spec, run_dir=tmp_path / "run")) as records:
            async for record in records:
                return record
        raise AssertionError("there is a first record")

    with serving(latency=0.01) as endpoint:
        access = Access(SecretStr(KEY), endpoint.url)
        agent = SynthAgent("openai:gpt-x", embedder="openai:emb", access=access, concurrency=4)
        known = {"count": 40, "task": "qa", "domain": "a repair shop", "records_per_call": 3}
        seen = asyncio.run(first(agent, DatasetSpec.model_validate(known)))
        dataset = agent.resume(tmp_path / "run")
        texts = embedded(endpoint)

    assert len(dataset) == 40
    assert seen in dataset.records
    assert len(texts) == len(set(texts))


# ------------------------------------------------------------------------------------- being killed


def _sit(url: str, folder: str, seeds: str) -> None:
    agent = SynthAgent(
        "openai:gpt-x",
        embedder="openai:emb",
        access=Access(SecretStr(KEY), url),
        concurrency=6,
    )
    if Path(folder, "journal.sqlite").exists():
        agent.resume(folder)
    else:
        wanted = {"count": 120, "domain": "a repair shop", "records_per_call": 3, "seeds": seeds}
        agent.generate(DatasetSpec.model_validate({**wanted, "task": "qa"}), run_dir=folder)


def _journal_keys(folder: Path) -> frozenset[bytes]:
    """Return by which keys vectors are in the journal."""
    path = folder / "journal.sqlite"
    if not path.exists():
        return frozenset()
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as db:
        try:
            return frozenset(key for (key,) in db.execute("SELECT text FROM embeddings"))
        except sqlite3.OperationalError:  # killed before there were tables
            return frozenset()


def test_no_kill_pays_twice_for_a_vector(socket_enabled: None, tmp_path: Path) -> None:
    chance, folder = random.Random(8), tmp_path / "run"
    seeds = str(seeds_file(tmp_path / "seeds.jsonl", SEEDS))
    killed: list[tuple[int, frozenset[bytes]]] = []
    with serving(latency=0.02) as endpoint:
        for further in (*(chance.randint(2, 12) for _ in range(4)), 10**9):
            goal = len(endpoint.log) + further
            process = _context.Process(target=_sit, args=(endpoint.url, str(folder), seeds))
            process.start()
            while process.is_alive() and len(endpoint.log) < goal:
                process.join(0.01)
            process.join(chance.uniform(0, 0.06) if further < 10**9 else 60)
            process.kill()
            process.join()
            killed.append((len(embedding_requests(endpoint)), _journal_keys(folder)))
        log = embedding_requests(endpoint)

    assert len(rows(folder)) == 120
    assert sum(before < after for (before, _), (after, _) in pairwise(killed)) >= 2
    for seen, held in killed:
        again = [text for one in log[seen:] for text in one.body["input"]]
        assert not held & {digest(text, size=16) for text in again}
    texts = [text for one in log for text in one.body["input"]]
    with Run.open(folder) as run:
        assert run.status == "complete"
    state = read_state(folder / "memory")
    assert state is not None
    assert (state.clean, state.count) == (True, 120)
    assert {digest(text, size=16) for text in texts} == _journal_keys(folder)


# ------------------------------------------------------------------------------------------- bounds


def test_a_bound_on_tokens_holds_for_embeddings_and_can_be_raised(command: Commands) -> None:
    bounded = ["generate", "700 questions about production", "--embedder", "openai:emb"]
    with serving() as endpoint:
        stopped = command(
            endpoint, *bounded, "--run-dir", "run", "--json", "--budget-tokens", 90_000
        )
        said = command(endpoint, "resume", "run", "--json", "--budget-tokens", 5_000_000)
        texts = embedded(endpoint)

    assert stopped.code == 3
    assert 0 < stopped.json["tokens_in"] <= 90_000
    assert 0 < stopped.json["accepted"] < 700
    assert "90,000 tokens" in stopped.err
    assert "resume" in stopped.err
    assert (said.code, len(rows())) == (0, 700)
    assert len(texts) == len(set(texts))


@pytest.mark.parametrize("tokens", [3, 20])
def test_a_bound_too_small_for_the_seeds_is_said_at_once(command: Commands, tokens: int) -> None:
    seeds_file(Path("seeds.jsonl"), SEEDS)
    with serving() as endpoint:
        said = command(
            endpoint,
            *(*BY_MODEL, "--seeds", "seeds.jsonl", "--run-dir", "run", "--budget-tokens", tokens),
        )

        assert not [one for one in endpoint.log if one.path == CHAT]
    assert said.code == 2
    assert "--budget-tokens" in said.err
    # Where nothing was paid for, none was begun, and nobody is sent to it.
    assert Path("run").exists() == (tokens == 20)
    assert tokens == 20 or "resume" not in said.err


def test_a_bound_on_money_needs_the_price_of_the_embedder(command: Commands) -> None:
    with serving() as endpoint:
        said = command(endpoint, *BY_RULES, "--run-dir", "run", "--budget-usd", "1")

        assert not endpoint.log
    assert said.code == 2
    assert "the embedder openai:emb" in said.err
    assert "--budget-tokens" in said.err
    assert not Path("run").exists()


def _bounded(url: str, runs: str, fields: dict[str, Any], bounds: Sequence[int]) -> None:
    for tokens in bounds:
        agent = SynthAgent(
            "openai:gpt-x",
            embedder="openai:emb",
            access=Access(SecretStr(KEY), url),
            concurrency=8,
            budget_tokens=tokens,
        )
        agent.generate(DatasetSpec.model_validate(fields), run_dir=Path(runs, str(tokens)))


def _many_topics() -> list[str]:
    kinds = ("pump", "lathe", "press", "mill", "saw", "oven", "drill", "belt", "crane", "robot")
    ways = ("wear", "noise", "leaks", "setup", "spares", "safety", "cost", "cleaning", "drift")
    times = ("on Mondays", "at night", "after a holiday", "in summer", "under load")
    return [f"{way} of the {kind} {time}" for kind in kinds for way in ways for time in times]


TIGHT = {
    "plain": {"count": 60},
    "seeds": {"count": 60, "seeds": True},
    "seeds, no limit": {"count": 60, "seeds": True, "dedup_threshold": "off"},
    "seeds, many topics": {"count": 60, "seeds": True, "topics": _many_topics()},
    "evolution": {"count": 60, "seeds": True, "method": "evolve", "dedup_threshold": "off"},
}


@pytest.mark.parametrize("fields", TIGHT.values(), ids=TIGHT)
def test_a_tight_bound_ends_a_run_and_never_holds_it_up(
    socket_enabled: None, tmp_path: Path, fields: dict[str, Any]
) -> None:
    known = {"task": "qa", "domain": "a repair shop", "method": "self_instruct", **fields}
    if known.pop("seeds", False):
        known["seeds"] = str(seeds_file(tmp_path / "seeds.jsonl", SEEDS))
    bounds = (6_000, 12_000, 17_000)
    with serving(latency=0.01) as endpoint:
        arguments = (endpoint.url, str(tmp_path), {**known, "records_per_call": 3}, bounds)
        process = _context.Process(target=_bounded, args=arguments)
        process.start()
        process.join(60)
        hangs = process.is_alive()
        process.kill()
        process.join()

    assert not hangs
    assert process.exitcode == 0
    for tokens in bounds:
        with Run.open(tmp_path / str(tokens)) as run:
            assert run.status == "partial"
            assert run.usage.tokens_in + run.usage.tokens_out <= tokens


def test_a_run_that_a_bound_ends_leaves_no_connection_open(
    socket_enabled: None, tmp_path: Path
) -> None:
    known = {"task": "qa", "domain": "a repair shop", "records_per_call": 3, "count": 60}
    known |= {"seeds": str(seeds_file(tmp_path / "seeds.jsonl", SEEDS)), "topics": _many_topics()}

    async def made(url: str) -> int:
        agent = SynthAgent(
            "openai:gpt-x",
            embedder="openai:emb",
            access=Access(SecretStr(KEY), url),
            concurrency=8,
            budget_tokens=17_000,
        )
        dataset = await agent.agenerate(DatasetSpec.model_validate(known), run_dir=tmp_path / "run")
        gc.collect()  # with the loop still running, as in a notebook
        return len(dataset)

    with serving() as endpoint, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        count = asyncio.run(made(endpoint.url))
        gc.collect()

    assert 0 < count < 60
    assert not [str(one.message) for one in caught if "nclosed" in str(one.message)]


# ----------------------------------------------------------------------------------------- failures


WRONG = {"nan": 4, "short": 4, "zero": 3, "wide": 3, "ragged": 3}
"""What an answer of vectors is spoiled by -> the exit code: what is no JSON, or has too few, may be
a server in trouble and is asked for again; the rest is an answer, and wrong."""


@pytest.mark.parametrize(("spoil", "code"), WRONG.items())
def test_a_wrong_answer_in_the_middle_ends_a_run_that_can_be_gone_on_with(
    command: Commands, spoil: str, code: int
) -> None:
    with serving() as endpoint:
        command(endpoint, *BY_RULES, "--run-dir", "run", "--quiet")
    with serving(Faults(first=(spoil,) * 9)) as endpoint:
        stopped = command(endpoint, "resume", "run", "-n", "60")
        assert embedding_requests(endpoint)[0].fault == spoil
    with serving() as endpoint:
        said = command(endpoint, "resume", "run", "--json")

    assert stopped.code == code
    assert "the embedder openai:emb" in stopped.err
    assert "resume" in stopped.err
    assert (said.code, len(rows())) == (0, 60)


def test_what_is_no_embedder_from_the_first_is_the_users_mistake(command: Commands) -> None:
    with serving(Faults(first=("zero",))) as endpoint:
        said = command(endpoint, *BY_RULES, "--run-dir", "run")

    assert said.code == 2
    assert "openai:emb answered wrongly" in said.err
    assert "--embedder static" in said.err


@WAYS
def test_a_wrong_key_ends_at_once_and_is_written_nowhere(
    command: Commands, ordered: list[str]
) -> None:
    with serving(key="another") as endpoint:
        said = command(endpoint, *ordered, "--run-dir", "run")

        assert len(endpoint.log) <= 2
    assert said.code == 4
    assert "openai:emb" in said.err
    assert KEY not in said.out + said.err
    assert not files_with(KEY)


def test_a_key_that_serves_is_written_nowhere_either(command: Commands) -> None:
    with serving(Faults(rate_500=0.2)) as endpoint:
        said = command(endpoint, *BY_MODEL, "--run-dir", "run")

    assert said.code == 0, said.err
    assert KEY not in said.out + said.err
    assert not files_with(KEY)


def test_without_a_key_there_is_advice(command: Commands) -> None:
    said = command(None, *BY_RULES, "--run-dir", "run", key=None)

    assert said.code == 2
    assert "OPENAI_API_KEY" in said.err
    assert not Path("run").exists()


@WAYS
def test_an_endpoint_that_goes_down_is_gone_on_with(
    command: Commands, ordered: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from synth_agent.calls.breaker import Breaker

    for name, value in (("patience", 0.5), ("patience_at_first", 0.5), ("probe", 0.05)):
        monkeypatch.setitem(Breaker.__init__.__kwdefaults__ or {}, name, value)
    monkeypatch.setitem(Breaker.__init__.__kwdefaults__ or {}, "failures", 4)
    with serving(Faults(down_after=1 if ordered is BY_RULES else 9)) as endpoint:
        stopped = command(endpoint, *ordered, "--run-dir", "run")
        before = {text for one in endpoint.log if one.answered for text in _texts(one.body)}
    with serving() as endpoint:
        said = command(endpoint, "resume", "run", "--json")
        rest = {text for one in endpoint.log for text in _texts(one.body)}

    assert stopped.code == 4
    assert "resume" in stopped.err
    assert (said.code, len(rows())) == (0, said.json["asked"])
    assert before
    assert not before & rest


def test_an_endpoint_that_is_silent_is_given_up_without_noise(
    command: Commands, caplog: pytest.LogCaptureFixture
) -> None:
    with serving(Faults(first=("", *("hang",) * 9), hang_s=20)) as endpoint:
        said = command(endpoint, *BY_RULES, "--run-dir", "run", "--timeout", "0.05")
    gc.collect()  # a failure that nobody reads is told when it is collected

    assert said.code == 4
    assert "time-out" in said.err
    assert "Traceback" not in said.err
    assert "never retrieved" not in caplog.text


def _texts(body: dict[str, Any]) -> list[str]:
    return body.get("input") or [orjson.dumps(body["messages"]).decode()]


@pytest.mark.parametrize("fault", ["429", "500", "cut", "reset", "malformed"])
def test_the_count_is_exact_whatever_passes(command: Commands, fault: str) -> None:
    # What happens is drawn from the request, and there are few: it happens to each first sending.
    with serving(Faults(first=("", fault, "", fault, "", fault))) as endpoint:
        said = command(endpoint, *BY_RULES, "--run-dir", "run", "--json")

        assert {one.fault for one in embedding_requests(endpoint)} == {None, fault}
    assert (said.code, len(rows())) == (0, 40), said.err


# -------------------------------------------------------------------------- embeddings of one's own


class HashedEmbeddings(Embeddings):
    """Words by their digests, as many users' own embeddings are: a class and nothing else."""

    model = "hashed-1"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        self.asked += texts
        return [self._row(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        return self._row(text)

    def _row(self, text: str) -> list[float]:
        row = [0.0] * 64
        for word in text.lower().split():
            row[digest(word)[0] % 64] += 1.0
        return row


def test_embeddings_may_be_handed_in(tmp_path: Path) -> None:
    own = HashedEmbeddings()
    dataset = SynthAgent(embedder=own, runs=tmp_path).generate("30 questions about production")
    again = SynthAgent(embedder=HashedEmbeddings(), runs=tmp_path).resume(dataset.path, count=40)

    assert (len(dataset), len(again)) == (30, 40)
    assert len(own.asked) == len(set(own.asked)) > 30
    assert dataset.spec.embedder == "HashedEmbeddings:hashed-1"
    assert "HashedEmbeddings:hashed-1" in dump_spec(again.spec)
    assert "HashedEmbeddings:hashed-1" in (dataset.path / "README.md").read_text()


@pytest.mark.parametrize("error", [ValueError, ConnectionError, RuntimeError])
def test_embeddings_of_ones_own_that_fail_midway_stop_a_run_that_can_be_gone_on_with(
    command: Commands, tmp_path: Path, error: type[Exception]
) -> None:
    class Failing(HashedEmbeddings):
        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            if self.asked:
                raise error(f"no vectors for {KEY}")
            return super().embed_documents(texts)

    Failing.__name__ = HashedEmbeddings.__name__
    with pytest.raises(ProviderError, match="HashedEmbeddings:hashed-1 failed") as caught:
        SynthAgent(embedder=Failing()).generate("10 questions about production", run_dir="run")
    dataset = SynthAgent(embedder=HashedEmbeddings()).resume("run")

    assert len(dataset) == 10
    assert KEY not in str(caught.value)
    assert not files_with(KEY)


@pytest.mark.parametrize(
    ("other", "told"),
    [
        ({}, "hand them in again"),
        ({"embedder": DeterministicFakeEmbedding(size=8)}, "DeterministicFakeEmbedding"),
        ({"embedder": "lexical"}, "hand them in again"),
    ],
    ids=["none", "another", "a name"],
)
def test_a_run_wants_the_embeddings_it_was_begun_with(
    tmp_path: Path, other: dict[str, Any], told: str
) -> None:
    agent = SynthAgent(embedder=HashedEmbeddings(), runs=tmp_path)
    path = agent.generate("10 questions about production").path

    with pytest.raises(ConfigError, match="HashedEmbeddings:hashed-1") as caught:
        SynthAgent(runs=tmp_path, **other).resume(path, count=12)

    assert told in str(caught.value)


def test_an_embedder_may_be_named_to_the_agent(tmp_path: Path) -> None:
    agent = SynthAgent(embedder="lexical", runs=tmp_path)

    dataset = agent.generate("10 questions about production")

    assert (dataset.spec.embedder, dataset.spec.dedup_threshold) == ("lexical", 0.9)
    assert "lexical" in (dataset.path / "README.md").read_text()


def test_embeddings_that_were_handed_in_are_not_left_unused(tmp_path: Path) -> None:
    agent = SynthAgent(embedder=HashedEmbeddings(), runs=tmp_path / "runs")
    spec = DatasetSpec(count=5, domain="production", embedder="lexical")

    with pytest.raises(ConfigError, match="lexical, and HashedEmbeddings:hashed-1 was handed in"):
        agent.generate(spec)

    assert not [*tmp_path.glob("runs/*")]


# ------------------------------------------------------------------------------- no two in one run


def test_a_run_refuses_another_embedder_by_both_names(command: Commands) -> None:
    command(None, "generate", "9 questions about production", "--run-dir", "run", "--quiet")
    with Run.open(Path("run")) as run:
        now = run.journal.meta("embedder")
        run.journal.set_meta(embedder="static-minilm-256-v1@00000000")

    said = command(None, "resume", "run", "-n", "12")

    assert said.code == 2
    assert "static-minilm-256-v1@00000000" in said.err
    assert str(now) in said.err
    assert len(rows()) == 9


def test_a_memory_of_another_embedder_is_made_again(command: Commands) -> None:
    for name, folder in (("static", "run"), ("lexical", "other")):
        ordered = ["generate", "20 questions about production", "--run-dir", folder, "--quiet"]
        assert command(None, *ordered, "--embedder", name).code == 0
    for path in Path("run", "memory").glob("*.*"):
        path.write_bytes(Path("other", "memory", path.name).read_bytes())

    said = command(None, "resume", "run", "-n", "30", "--json")

    state = read_state(Path("run", "memory"))
    assert (said.code, len(rows())) == (0, 30)
    assert state is not None
    assert state.embedder.startswith("static-")
    assert (state.clean, state.count) == (True, 30)


# ---------------------------------------------------------------------------------- other languages


def test_without_english_texts_are_compared_by_their_wording_and_that_is_said(
    command: Commands,
) -> None:
    german = ["50 Fragen zur Instandhaltung", "--language", "de", "--model", "openai:gpt-x"]

    planned = command(None, "plan", *german)
    as_json = command(None, "plan", *german, "--json")

    assert planned.code == 0, planned.err
    assert "lexical" in planned.out
    assert orjson.loads(as_json.out)["embedder"] == "lexical"


GERMAN = (
    "Die Presse in Halle {} stand am Montag still, weil der Riemen gerissen war.",
    "Wer prüft die Spannvorrichtung an Drehbank {} nach einem Werkzeugwechsel?",
    "Im Lager fehlen {} Dichtungen für die Pumpe, und die Lieferung verspätet sich.",
    "Nach {} Betriebsstunden wird der Ölfilter der Hydraulik gewechselt.",
)
RUSSIAN = (
    "Почему пресс номер {} остановился вчера вечером на второй линии?",
    "Сколько подшипников нужно заказать для станка {} в этом месяце?",
    "Кто отвечает за смазку конвейера {} после ночной смены?",
    "Когда насос {} в последний раз проходил проверку давления?",
)


def speaking(sentences: Sequence[str]) -> ScriptedChat:
    """Return a model that writes its records in these words."""
    said = [0]

    def answering(messages: Any, options: Any) -> Any:
        said[0] += 1
        form = sentences[said[0] % len(sentences)]
        text = form.format(" ".join(digest(str(said[0])).hex()[n : n + 4] for n in (0, 4, 8)))
        return {"records": [{"n": 1, "input": text, "output": text.replace("?", ".")}]}

    return ScriptedChat(answering=answering)


@pytest.mark.parametrize(
    ("language", "embedder", "used"),
    [("de", None, "lexical"), ("de", "static", "static")],
    ids=["by default", "by name"],
)
def test_german_texts_can_be_compared(
    tmp_path: Path, language: str, embedder: str | None, used: str
) -> None:
    known = {"count": 8, "task": "qa", "domain": "Instandhaltung", "records_per_call": 1}
    spec = DatasetSpec.model_validate({**known, "language": language})
    agent = SynthAgent(speaking(GERMAN), embedder=embedder, runs=tmp_path, concurrency=1)

    dataset = agent.generate(spec, dedup_lexical=0.9)

    assert (len(dataset), dataset.spec.embedder) == (8, used)
    told = (dataset.path / "report.html").read_text() + (dataset.path / "README.md").read_text()
    assert used in told


def test_texts_in_a_script_that_the_embedder_does_not_know_are_compared_by_their_wording(
    tmp_path: Path,
) -> None:
    known = {"count": 6, "task": "custom", "domain": "maintenance", "records_per_call": 1}
    schema = {"type": "object", "properties": {"question": {"type": "string"}}}
    spec = DatasetSpec.model_validate({**known, "json_schema": schema})
    said = [0]

    def answering(messages: Any, options: Any) -> Any:
        said[0] += 1
        text = RUSSIAN[said[0] // 2 % len(RUSSIAN)].format(said[0] // 8)
        return {"records": [{"n": 1, "record": {"question": text}}]}

    agent = SynthAgent(ScriptedChat(answering=answering), runs=tmp_path, concurrency=1)

    dataset = agent.generate(spec)

    assert dataset.spec.embedder == "static"
    assert len(dataset) == len({str(record.payload) for record in dataset})
    assert set(dict(dataset.report().rejected)) <= {"duplicate", "near-duplicate"}
    assert any("by their wording" in note for note in dataset.report().notes)
    assert "by their wording" in (dataset.path / "report.html").read_text()


# ----------------------------------------------------------------------------------------- the plan


def test_a_plan_says_how_repeats_are_found(command: Commands) -> None:
    said = command(None, "plan", "40 questions about production", "--json")

    plan = orjson.loads(said.out)
    names = ("embedder", "dedup_threshold", "dedup_lexical", "dedup_mask_numbers")
    assert [plan[name] for name in names] == ["static", 0.91, 0.8, False]
    assert "estimate" not in plan


@pytest.mark.parametrize("threshold", ["off", "0.85"])
def test_a_plan_can_be_read_whatever_the_limit(command: Commands, threshold: str) -> None:
    said = command(None, "plan", "40 questions about production", "--dedup-threshold", threshold)

    assert said.code == 0, said.err
    assert threshold in said.out or "exact" in said.out


def test_a_plan_reckons_what_a_remote_embedder_costs_without_a_key(command: Commands) -> None:
    name = "openai:text-embedding-3-small"
    ordered = ["plan", "4000 questions about production", "--embedder", name]

    said = command(None, *ordered, "--json", key=None)
    shown = command(None, *ordered, key=None)

    estimate = orjson.loads(said.out)["estimate"]
    assert estimate["calls"] > 0
    assert estimate["tokens_in"] > 10_000
    assert estimate["cost_usd"] > 0
    assert "$" in shown.out
    assert name in shown.out
