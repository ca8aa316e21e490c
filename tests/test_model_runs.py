"""Runs with a model from the command line, over real HTTP, whatever the endpoint does."""

import asyncio
import itertools
import sys
from collections.abc import Callable, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest
from pydantic import SecretStr

from synth_agent import SynthAgent
from synth_agent.calls.breaker import Breaker
from synth_agent.cli import main
from synth_agent.dataset import Dataset
from synth_agent.models.resolve import Access
from synth_agent.pipeline import BatchDone, Event, Run
from synth_agent.schemas import DatasetSpec, Record
from tests.endpoint import ChatRequest, Endpoint, Faults, Logged, Script, Scripted
from tests.endpoint.expert import expert
from tests.endpoint.expert_cases import CASES
from tests.endpoint.log import CHAT

BRIEF = "60 questions about planning in a repair shop"
KEY = "sk-test-0123456789abcdef"


@dataclass(frozen=True)
class Said:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The object on the last line."""
        found: dict[str, Any] = orjson.loads(self.out.splitlines()[-1])
        return found


Command = Callable[..., Said]


@pytest.fixture
def command(
    socket_enabled: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Command]:
    """Return what runs `synth-agent` in an empty folder against an endpoint, in this process."""
    monkeypatch.chdir(tmp_path)
    for name in ("OPENAI_API_BASE", "SYNTH_AGENT_MODEL", "SYNTH_AGENT_RUNS"):
        monkeypatch.delenv(name, raising=False)
    hook = sys.excepthook

    def run(endpoint: Endpoint | str | None, *arguments: str, key: str | None = KEY) -> Said:
        url = endpoint.url if isinstance(endpoint, Endpoint) else endpoint
        for name, value in (("OPENAI_BASE_URL", url), ("OPENAI_API_KEY", key)):
            if value is None:
                monkeypatch.delenv(name, raising=False)
            else:
                monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", ["synth-agent", *arguments])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        code = ended.value.code
        return Said(code if isinstance(code, int) else 0, printed.out, printed.err)

    yield run
    sys.excepthook = hook


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give a silent endpoint up within a second; the bounds are for networks."""
    known = Breaker.__init__.__kwdefaults__ or {}
    for name in ("patience", "patience_at_first"):
        monkeypatch.setitem(known, name, 0.5)
    monkeypatch.setitem(known, "failures", 4)
    monkeypatch.setitem(known, "probe", 0.05)


def serving(
    faults: Faults | None = None, *, script: Script | None = None, **options: Any
) -> Endpoint:
    """Return an endpoint that takes the key of these tests."""
    known: dict[str, Any] = {"key": KEY, "seed": 4, "faults": faults or Faults()}
    return Endpoint(script or expert(1), **known | options)


def ordered(*more: str, folder: str = "run") -> list[str]:
    """Return the arguments of a run with the model."""
    model = ["--model", "openai:gpt-x", "--records-per-call", "3"]
    return ["generate", BRIEF, *model, "--run-dir", folder, "--json", *more]


def accepted(folder: str = "run") -> int:
    """Return how many records are in a dataset, each once."""
    rows = orjson.loads(Path(folder, "dataset.json").read_bytes())
    assert len({row["input"] for row in rows}) == len(rows)
    return len(rows)


def chats(endpoint: Endpoint) -> list[Logged]:
    return [one for one in endpoint.log if one.path == CHAT]


# --------------------------------------------------------------------------------- faults that pass


FAULTS = {
    "429": Faults(rate_429=0.25, retry_after=0.05),
    "429 without Retry-After": Faults(rate_429=0.25),
    "500": Faults(rate_500=0.25),
    "cut": Faults(rate_cut=0.25),
    "reset": Faults(rate_reset=0.25),
    "malformed": Faults(rate_malformed=0.25),
    "truncated": Faults(rate_truncated=0.25),
    "bad_json": Faults(rate_bad_json=0.25),
    "wrong_schema": Faults(rate_wrong_schema=0.25),
    "refusal": Faults(rate_refusal=0.25),
    "empty": Faults(rate_empty=0.25),
    "duplicate": Faults(rate_duplicate=0.25),
    "prose": Faults(rate_prose=0.25),
}


@pytest.mark.parametrize("faults", FAULTS.values(), ids=FAULTS)
def test_the_count_is_exact_whatever_goes_wrong(command: Command, faults: Faults) -> None:
    with serving(faults) as endpoint:
        said = command(endpoint, *ordered())

        assert said.code == 0, said.err
        assert {one.fault for one in chats(endpoint)} - {None}, "nothing went wrong"
    assert (said.json["accepted"], said.json["status"], accepted()) == (60, "complete", 60)


def test_no_refused_request_comes_again_within_its_retry_after(command: Command) -> None:
    with serving(Faults(rate_429=0.3, retry_after=0.4)) as endpoint:
        said = command(endpoint, *ordered("--concurrency", "4"))

        seen = chats(endpoint)
    assert (said.code, accepted()) == (0, 60)
    refused = [one for one in seen if one.fault == "429"]
    assert refused
    for one in refused:
        after = [other.at for other in seen[one.number + 1 :] if other.digest == one.digest]
        assert min(after) - one.at >= 0.4


WAYS = ({"json_schema"}, {"json_schema", "tools"}, {"json_schema", "tools", "json_object"})


@pytest.mark.parametrize("ways", WAYS, ids=["-".join(sorted(ways)) for ways in WAYS])
@pytest.mark.parametrize("how", ["refuse_ways", "ignore_ways"])
def test_an_endpoint_needs_no_structured_output(command: Command, how: str, ways: set[str]) -> None:
    faults: dict[str, Any] = {how: frozenset(ways)}
    with serving(Faults(**faults)) as endpoint:
        said = command(endpoint, *ordered())

        refused = sum(one.fault == "refused_way" for one in chats(endpoint))
    assert (said.code, accepted()) == (0, 60), said.err
    # Asked again in another way: that is found out once, not for each request.
    assert refused <= 22 * len(ways)


# ------------------------------------------------------------------------------- failures that stay


def test_a_wrong_key_ends_at_once_and_is_written_nowhere(command: Command) -> None:
    def echoing(request: ChatRequest) -> Scripted:
        return Scripted(f"Incorrect API key provided: {KEY}.", status=401)

    with serving(script=echoing, key=None) as endpoint:
        said = command(endpoint, *ordered())

        assert len(chats(endpoint)) <= 32
    assert said.code == 4
    assert KEY not in said.out + said.err
    assert not [p for p in Path("run").rglob("*") if p.is_file() and KEY.encode() in p.read_bytes()]


def test_a_key_that_serves_is_written_nowhere_either(command: Command) -> None:
    with serving(Faults(rate_500=0.1, rate_wrong_schema=0.1)) as endpoint:
        said = command(endpoint, *ordered())

    assert said.code == 0
    assert KEY not in said.out + said.err
    assert not [p for p in Path("run").rglob("*") if p.is_file() and KEY.encode() in p.read_bytes()]


def test_an_unknown_model_ends_at_once(command: Command) -> None:
    with serving(models=("another",)) as endpoint:
        said = command(endpoint, *ordered())

    assert said.code == 4
    assert "gpt-x" in said.err


def test_a_quota_that_ends_midway_is_gone_on_with(command: Command) -> None:
    with serving(Faults(quota_after=9)) as endpoint:
        stopped = command(endpoint, *ordered("--concurrency", "3"))
        paid = {one.digest for one in chats(endpoint) if one.status == 200}
    with Run.open(Path("run")) as run:
        assert run.usage.requests == len(paid) == 9
    with serving() as endpoint:
        said = command(endpoint, "resume", "run", "--json")
        rest = [one.digest for one in chats(endpoint)]

    assert stopped.code == 4
    assert "resume" in stopped.err
    assert (said.code, accepted(), said.json["requests"]) == (0, 60, len(paid) + len(rest))
    assert not paid & set(rest)


def test_an_endpoint_that_is_down_is_given_up(command: Command, impatient: None) -> None:
    with serving(Faults(down_after=0)) as endpoint:
        said = command(endpoint, *ordered())

    assert said.code == 4
    assert "resume" in said.err


def test_an_endpoint_that_goes_down_is_gone_on_with(command: Command, impatient: None) -> None:
    with serving(Faults(down_after=8)) as endpoint:
        stopped = command(endpoint, *ordered("--concurrency", "3"))
        paid = {one.digest for one in chats(endpoint) if one.answered}
    with serving() as endpoint:
        said = command(endpoint, "resume", "run", "--json")
        rest = {one.digest for one in chats(endpoint)}

    assert stopped.code == 4
    assert (said.code, accepted(), len(paid)) == (0, 60, 8)
    assert not paid & rest


def test_an_endpoint_that_is_away_for_a_while_costs_no_draft(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(Breaker.__init__.__kwdefaults__ or {}, "probe", 0.05)
    script, asked = expert(1), itertools.count()

    def away(request: ChatRequest) -> Any:
        return Scripted("away", status=500) if 8 <= next(asked) < 32 else script(request)

    with serving(script=away) as endpoint:
        said = command(endpoint, *ordered("--concurrency", "8"))

    assert (said.code, accepted(), said.json["rejected"]) == (0, 60, {})


def test_a_prompt_that_is_too_long_for_any_hand_is_said(command: Command) -> None:
    with serving(Faults(context_limit=2_000)) as endpoint:
        said = command(endpoint, *ordered())

    assert (said.code, said.json["accepted"]) == (3, 0)
    assert said.json["rejected"].keys() == {"context-too-long"}


def test_a_hand_that_is_too_long_for_the_model_is_halved(
    socket_enabled: None, tmp_path: Path
) -> None:
    case = next(case for case in CASES if case.name == "grounded-qa")
    lengths: list[int] = []

    def made(limit: int | None) -> tuple[Dataset, int]:
        script = expert(1)

        def measured(request: ChatRequest) -> Any:
            lengths.append(request.size)
            return script(request)

        with Endpoint(measured, faults=Faults(context_limit=limit)) as endpoint:
            access = Access(SecretStr("sk-test"), endpoint.url)
            folder = tmp_path / f"run-{limit}"
            dataset = SynthAgent(access=access).generate(case.spec(tmp_path), run_dir=folder)
            return dataset, sum(one.fault == "context_limit" for one in chats(endpoint))

    made(None)
    dataset, refused = made(max(lengths) - 1)

    assert (len(dataset), dict(dataset.report().rejected)) == (12, {})
    assert refused > 0


# ------------------------------------------------------------------------------------------ budgets


def counted(script: Script, spent: list[int]) -> Script:
    """Return the script; what the endpoint charges for is added up in `spent`."""

    def counting(request: ChatRequest) -> Any:
        text = orjson.dumps(script(request)).decode()
        spent.append(-(-request.size // 4) + -(-len(text) // 4))
        return text

    return counting


def test_a_budget_in_tokens_is_never_passed_and_can_be_raised(command: Command) -> None:
    spent: list[int] = []
    with serving(script=counted(expert(1), spent)) as endpoint:
        stopped = command(endpoint, *ordered("--budget-tokens", "20000"))
        before = sum(spent)
        said = command(endpoint, "resume", "run", "--budget-tokens", "1000000", "--json")

    assert stopped.code == 3
    assert 0 < stopped.json["accepted"] < 60
    assert 0 < before <= 20_000
    assert "resume" in stopped.err
    assert (said.code, accepted()) == (0, 60)
    assert said.json["tokens_in"] + said.json["tokens_out"] == sum(spent)


def test_one_budget_holds_for_a_whole_batch(socket_enabled: None, tmp_path: Path) -> None:
    spent: list[int] = []
    with serving(script=counted(expert(1), spent)) as endpoint:
        agent = SynthAgent(
            "openai:gpt-x",
            access=Access(SecretStr(KEY), endpoint.url),
            runs=tmp_path,
            budget_tokens=20_000,
        )
        briefs = [f"{count} questions about planning in a repair shop" for count in (12, 120)]
        first, second = agent.batch(briefs)

    assert first.complete
    assert not second.complete
    assert 0 < sum(spent) <= 20_000


def test_a_budget_too_small_for_one_request_spends_nothing(command: Command) -> None:
    with serving() as endpoint:
        said = command(endpoint, *ordered("--budget-tokens", "100"))

        assert not chats(endpoint)
    assert said.code == 3
    assert "100 tokens" in said.err
    assert "resume" in said.err


def test_a_budget_in_money_needs_a_known_price(command: Command) -> None:
    with serving() as endpoint:
        said = command(endpoint, *ordered("--budget-usd", "1"))

        assert not chats(endpoint)
    assert said.code == 2
    assert "--budget-tokens" in said.err


# ----------------------------------------------------------------------------- what the user brings


@pytest.mark.parametrize(
    ("flag", "value"),
    [
        ("--budget-tokens", "0"),
        ("--budget-usd", "-1"),
        ("--concurrency", "0"),
        ("--rpm", "0"),
        ("--timeout", "0"),
        ("--client", "curl"),
    ],
)
def test_a_bound_that_bounds_nothing_is_refused(command: Command, flag: str, value: str) -> None:
    said = command(None, *ordered(flag, value))

    assert said.code == 2
    assert said.err.startswith(f"error: {flag}: expected")


def test_without_a_key_there_is_advice(command: Command) -> None:
    said = command(None, *ordered(), key=None)

    assert said.code == 2
    assert "OPENAI_API_KEY" in said.err
    assert "OPENAI_BASE_URL" in said.err


def test_a_local_server_needs_no_key(command: Command) -> None:
    with serving(key=None) as endpoint:
        said = command(endpoint, *ordered(), key=None)

        assert not any("authorization" in one.headers for one in chats(endpoint))
    assert (said.code, accepted()) == (0, 60)


def test_a_document_that_cannot_be_read_is_named(command: Command, tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    folder.mkdir()
    next(case for case in CASES if case.method == "grounded").spec(folder)  # writes manual.md
    (folder / "torn.pdf").write_bytes(b"%PDF-1.7\n\x00\x01 torn")
    with serving() as endpoint:
        said = command(
            endpoint,
            *("generate", "8 questions about the manual", "--docs", str(folder)),
            *("--model", "openai:gpt-x", "--run-dir", "run", "--dedup-threshold", "off"),
        )

    assert said.code == 0, said.err
    assert "torn.pdf" in said.err
    assert len(orjson.loads(Path("run/dataset.json").read_bytes())) == 8


def test_a_schema_that_the_model_cannot_fill_is_said(command: Command, tmp_path: Path) -> None:
    number = {"type": "string", "pattern": "^[A-Z]{3}-[0-9]{12}$"}
    schema = {"type": "object", "properties": {"number": number}, "required": ["number"]}
    (tmp_path / "own.json").write_bytes(orjson.dumps(schema))
    with serving() as endpoint:
        said = command(endpoint, *ordered("--schema", "own.json"))

        assert len(chats(endpoint)) < 60
    assert (said.code, said.json["status"], said.json["accepted"]) == (3, "partial", 0)
    assert said.json["rejected"].keys() == {"schema"}
    assert "all rejected" in said.err


def test_a_prompt_of_ones_own_must_say_all_that_the_model_needs(
    command: Command, tmp_path: Path
) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "question.md").write_text("# human\nWrite {count} about {subject}.\n")
    with serving() as endpoint:
        said = command(endpoint, *ordered("--prompts", "own"))

        assert not chats(endpoint)
    assert said.code == 2
    assert "{wishes}" in said.err


# -------------------------------------------------------------------------------- clients and loops


def test_langchains_own_client_gives_the_same_count(command: Command) -> None:
    with serving(Faults(rate_429=0.1, retry_after=0.05, rate_500=0.1)) as endpoint:
        first = command(endpoint, *ordered("--client", "langchain"))
        again = command(endpoint, *ordered("--client", "langchain", folder="again"))

    assert (first.code, again.code) == (0, 0), first.err + again.err
    assert (accepted(), accepted("again")) == (60, 60)


def wanted(seed: int = 0) -> DatasetSpec:
    return DatasetSpec(
        count=12, task="qa", method="self_instruct", domain="a repair shop", seed=seed
    )


def test_a_model_may_be_handed_in(socket_enabled: None, tmp_path: Path) -> None:
    from langchain_openai import ChatOpenAI
    from openai import DefaultAsyncHttpxClient

    async def made(url: str) -> Dataset:
        model = ChatOpenAI(
            model="gpt-x",
            base_url=url,
            api_key=SecretStr("sk-test"),
            http_async_client=DefaultAsyncHttpxClient(),
        )
        agent = SynthAgent(model, critic=model, runs=tmp_path)
        dataset = await agent.agenerate(wanted())
        await model.root_async_client.close()  # whoever opens it closes it
        return dataset

    with Endpoint(expert(1)) as endpoint:
        dataset = asyncio.run(made(endpoint.url))

    assert (len(dataset), dataset.spec.critic_model) == (12, "openai:gpt-x")
    assert {record.provenance.model for record in dataset} == {"openai:gpt-x"}


def test_one_agent_makes_dataset_after_dataset(socket_enabled: None, tmp_path: Path) -> None:
    async def inside() -> int:
        return len(agent.generate(wanted(seed=2)))

    with Endpoint(expert(1)) as endpoint:
        access = Access(SecretStr("sk-test"), endpoint.url)
        agent = SynthAgent("openai:gpt-x", runs=tmp_path, access=access)

        lengths = [len(agent.generate(wanted())), len(agent.generate(wanted(seed=1)))]
        lengths.append(asyncio.run(inside()))
        kept = asyncio.run(agent.agenerate(wanted(seed=3)))

    assert [*lengths, len(kept)] == [12, 12, 12, 12]


def test_who_stops_a_run_loses_no_answer(socket_enabled: None, tmp_path: Path) -> None:
    stopping: list[bool] = []

    def told(event: Event) -> None:
        if isinstance(event, BatchDone):
            stopping.append(True)

    with Endpoint(expert(1), latency=0.02) as endpoint:
        access = Access(SecretStr("sk-test"), endpoint.url)
        agent = SynthAgent("openai:gpt-x", runs=tmp_path, access=access, concurrency=4)
        spec = wanted().model_copy(update={"count": 60, "records_per_call": 3})
        stopped = agent.generate(
            spec, run_dir=tmp_path / "run", on_event=told, stop=lambda: bool(stopping)
        )
        dataset = agent.resume(tmp_path / "run")

        asked = [one.digest for one in chats(endpoint)]
    assert 0 < len(stopped) < 60
    assert len(dataset) == 60
    assert dataset.usage.requests == len(asked) == len(set(asked))


def test_who_leaves_a_stream_early_finds_what_was_paid_for(
    socket_enabled: None, tmp_path: Path
) -> None:
    async def first(agent: SynthAgent, spec: DatasetSpec) -> Record:
        async with aclosing(agent.astream(spec, run_dir=tmp_path / "run")) as records:
            async for record in records:
                return record
        raise AssertionError("there is a first record")

    with Endpoint(expert(1), latency=0.02) as endpoint:
        access = Access(SecretStr("sk-test"), endpoint.url)
        agent = SynthAgent("openai:gpt-x", runs=tmp_path, access=access, concurrency=4)
        spec = wanted().model_copy(update={"count": 60, "records_per_call": 3})
        seen = asyncio.run(first(agent, spec))
        dataset = agent.resume(tmp_path / "run")

        asked = [one.digest for one in chats(endpoint)]
    assert seen in dataset.records
    assert len(dataset) == 60
    # What was in flight when the stream was left is asked for again, and nothing else.
    assert len(asked) - len(set(asked)) <= 4
    assert dataset.usage.requests == len(set(asked))
