"""The same promises before a server that somebody else has written: llmock, from PyPI.

Its own answers fit any schema but are the same words each time, so a dataset can only be made of
answers that it is told to give: each run is rehearsed before our endpoint, and what the expert said
there llmock says again, request by request. How requests are made, refused, paced and answered, and
the verdict on the client, are llmock's.
"""

from pathlib import Path
from typing import Any

import orjson
import pytest
from llmock.pytest_plugin import LLMock

from synth_agent import SynthAgent
from synth_agent.calls.breaker import Breaker
from synth_agent.dataset import Dataset
from synth_agent.errors import ProviderError
from synth_agent.models.resolve import Access
from synth_agent.schemas import DatasetSpec
from tests.endpoint import ChatRequest, Endpoint
from tests.endpoint.expert import expert
from tests.endpoint.expert_cases import CASES, Case

pytestmark = pytest.mark.enable_socket  # llmock's server starts before any fixture of a test

SCRIPTED = [case for case in CASES if not case.options.get("run_code")]


def rehearsed(spec: DatasetSpec, folder: Path) -> list[str]:
    """Return what the expert says, in the order in which it is asked."""
    said: list[str] = []
    script = expert(1)

    def noted(request: ChatRequest) -> str:
        said.append(orjson.dumps(script(request)).decode())
        return said[-1]

    with Endpoint(noted, key=None) as endpoint:
        access = Access(openai_base_url=endpoint.url)
        dataset = SynthAgent(access=access, concurrency=1).generate(spec, run_dir=folder)
    assert dataset.complete
    return said


def made(spec: DatasetSpec, folder: Path, **means: Any) -> Dataset:
    """Return a dataset; key and address are where llmock has put them, in the environment."""
    return SynthAgent(**{"concurrency": 1, **means}).generate(spec, run_dir=folder)


def questions(count: int, **more: Any) -> DatasetSpec:
    fields = {"task": "qa", "method": "self_instruct", "model": "openai:gpt-x", "seed": 8}
    return DatasetSpec(count=count, domain="a repair shop", dedup_threshold=None, **fields, **more)


@pytest.mark.parametrize("case", SCRIPTED, ids=[case.name for case in SCRIPTED])
def test_every_method_delivers_its_count(llmock: LLMock, tmp_path: Path, case: Case) -> None:
    # One hand: what a later one is developed from depends on what was accepted by then.
    whole = {"records_per_call": case.count} if case.method == "evolve" else {}
    spec = case.spec(tmp_path, dedup_threshold=None, **whole)
    said = rehearsed(spec, tmp_path / "rehearsal")
    for text in said:
        llmock.reply(text)

    dataset = made(spec, tmp_path / "run")

    assert (len(dataset), dict(dataset.report().rejected)) == (case.count, {})
    assert len(llmock.requests) == len(said)
    llmock.assert_resilient(strict=True)


def test_its_faults_cost_no_record(llmock: LLMock, tmp_path: Path) -> None:
    spec = questions(18, records_per_call=3)
    for text in rehearsed(spec, tmp_path / "rehearsal"):
        llmock.reply(text)
    llmock.rate_limit(times=2, retry_after=0.3).fail(500).fail(503)

    dataset = made(spec, tmp_path / "run")

    assert len(llmock.requests) == 6 + 4
    assert {one.status for one in llmock.requests} == {200, 429, 500, 503}
    assert len(dataset) == 18
    llmock.assert_resilient(strict=True)


def test_its_quota_is_kept_to(llmock: LLMock, tmp_path: Path) -> None:
    # More than are needed: llmock uses one up for each request that it refuses.
    for text in rehearsed(questions(99, records_per_call=1), tmp_path / "rehearsal"):
        llmock.reply(text)
    llmock.limits(rpm=60)

    dataset = made(questions(62, records_per_call=1), tmp_path / "run", concurrency=8)

    assert len(dataset) == 62
    assert any(one.status == 429 for one in llmock.requests)
    llmock.assert_resilient(strict=True)


@pytest.mark.parametrize("status", [401, 404])
def test_what_stays_is_not_asked_for_again(llmock: LLMock, tmp_path: Path, status: int) -> None:
    llmock.fail(status, times=None)

    with pytest.raises(ProviderError):
        made(questions(18, records_per_call=3), tmp_path / "run", concurrency=4)

    assert len(llmock.requests) <= 4
    llmock.assert_resilient(strict=True)


def test_an_outage_is_no_reason_for_a_storm(
    llmock: LLMock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(Breaker.__init__.__kwdefaults__ or {}, "patience_at_first", 1.0)
    llmock.outage(status=500)

    with pytest.raises(ProviderError, match="resume"):
        made(questions(60, records_per_call=1), tmp_path / "run", concurrency=32)

    assert len(llmock.requests) <= 40
    llmock.assert_resilient()


def test_a_server_that_always_says_the_same_gives_one_record(
    llmock: LLMock, tmp_path: Path
) -> None:
    dataset = made(questions(3, records_per_call=1), tmp_path / "run")

    report = dataset.report()
    assert (len(dataset), dataset.complete) == (1, False)
    assert report.rejected.keys() == {"duplicate"}
    assert dataset.records[0].payload["output"] == "mock-output"


UNREAD = {"unreadable", "schema", "invalid-request", "provider", "truncated", "unjudged"}
# Its texts are shorter than our custom schema allows, which strict servers are not told; personas
# are written by the chains of their tasks.
READ = [case for case in SCRIPTED if case.task != "custom" and case.method != "persona"]


@pytest.mark.parametrize("case", READ, ids=[case.name for case in READ])
def test_what_it_makes_of_a_schema_is_read(llmock: LLMock, tmp_path: Path, case: Case) -> None:
    known = case.spec(tmp_path)
    labels = dict.fromkeys(list(known.labels)[:2], 1)
    changes = {"count": 2, "records_per_call": 1, "max_attempts": 1, "labels": labels}
    spec = DatasetSpec.model_validate(known.model_dump() | changes)

    dataset = made(spec, tmp_path / "run")

    assert not dataset.report().rejected.keys() & UNREAD, list(dataset.rejects)
    assert {one.status for one in llmock.requests} == {200}
