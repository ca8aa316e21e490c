"""The tests' own endpoint over HTTP: answers that fit, faults that happen, a stop that works."""

import asyncio
import random
import re
import threading
import time
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from io import BytesIO
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np
import orjson
import pytest
from jsonschema import Draft202012Validator
from pydantic import BaseModel, Field
from pytest_socket import SocketBlockedError

from synth_agent.store import LexicalEmbedder
from tests.endpoint import (
    ChatRequest,
    Endpoint,
    EndpointProcess,
    Faults,
    Script,
    Scripted,
    answers,
    digest,
    from_schema,
    matching,
    tally,
)

KEY = {"Authorization": "Bearer sk-test"}
SCHEMA = {
    "type": "object",
    "properties": {"text": {"type": "string"}, "label": {"enum": ["ham", "spam"]}},
    "required": ["text", "label"],
    "additionalProperties": False,
}
FORMAT = {"type": "json_schema", "json_schema": {"name": "record", "schema": SCHEMA}}
TOOL: dict[str, Any] = {
    "tools": [{"type": "function", "function": {"name": "record", "parameters": SCHEMA}}],
    "tool_choice": {"type": "function", "function": {"name": "record"}},
}
WAYS: dict[str, dict[str, Any]] = {
    "json_schema": {"response_format": FORMAT},
    "tools": TOOL,
    "json_object": {"response_format": {"type": "json_object"}},
}


def asked(human: str = "one record, please", **more: Any) -> dict[str, Any]:
    messages = [{"role": "system", "content": "You write."}, {"role": "user", "content": human}]
    return {"model": "test-model", "messages": messages, **more}


class Answer(BaseModel):
    status: int
    body: Any
    headers: dict[str, str]

    @property
    def choice(self) -> Any:
        return self.body["choices"][0]

    @property
    def content(self) -> str:
        message = self.choice["message"]
        if calls := message.get("tool_calls"):
            return str(calls[0]["function"]["arguments"])
        return str(message["content"])


def send(
    url: str,
    *bodies: Any,
    path: str = "/chat/completions",
    headers: dict[str, str] | None = None,
    at_once: int = 1,
) -> list[Answer]:
    """Send one body after the other; `at_once` may be under way together."""

    async def go() -> list[Answer]:
        window = asyncio.Semaphore(at_once)
        timeout = aiohttp.ClientTimeout(total=20)
        async with aiohttp.ClientSession(headers=headers or KEY, timeout=timeout) as session:

            async def one(body: Any) -> Answer:
                async with window, session.post(url + path, json=body) as reply:
                    raw = await reply.read()
                    return Answer(
                        status=reply.status, body=orjson.loads(raw), headers=dict(reply.headers)
                    )

            return list(await asyncio.gather(*map(one, bodies)))

    return asyncio.run(go())


Start = Callable[..., Endpoint]


@pytest.fixture
def start(socket_enabled: None) -> Iterator[Start]:
    """Return what starts an endpoint that lasts as long as the test."""
    with ExitStack() as stack:

        def begin(script: Script | None = None, **options: Any) -> Endpoint:
            return stack.enter_context(Endpoint(script or from_schema(), **options))

        yield begin


@pytest.mark.parametrize("way", ["json_schema", "tools"])
def test_an_answer_has_the_place_and_the_shape_that_are_demanded(start: Start, way: str) -> None:
    endpoint = start()

    (answer,) = send(endpoint.url, asked(**WAYS[way]))

    Draft202012Validator(SCHEMA).validate(orjson.loads(answer.content))
    assert ("tool_calls" in answer.choice["message"]) == (way == "tools")
    assert answer.choice["finish_reason"] == ("tool_calls" if way == "tools" else "stop")
    assert answer.body["usage"]["completion_tokens"] == -(-len(answer.content) // 4)


def test_a_schema_that_stands_in_the_prompt_is_filled_too(start: Start) -> None:
    endpoint = start()
    human = f"Answer with {{}} or rather JSON of this schema: {orjson.dumps(SCHEMA).decode()}. Go!"

    (answer,) = send(endpoint.url, asked(human, **WAYS["json_object"]))

    assert orjson.loads(answer.content).keys() == {"text", "label"}


def test_a_script_sees_what_is_asked(start: Start) -> None:
    seen: list[ChatRequest] = []

    def script(request: ChatRequest) -> dict[str, str]:
        seen.append(request)
        return {"text": "said", "label": "ham"}

    endpoint = start(script)

    answered = send(endpoint.url, asked(**TOOL), asked(), asked(**TOOL))

    assert [r.way for r in seen] == ["tools", "text", "tools"]
    assert [r.number for r in seen] == [0, 1, 2]
    assert [r.repeat for r in seen] == [0, 0, 1]
    assert (seen[0].system, seen[0].human) == ("You write.", "one record, please")
    assert (seen[0].schema, seen[1].schema) == (SCHEMA, None)
    assert {a.content for a in answered} == {'{"text":"said","label":"ham"}'}


def test_an_answer_can_be_scripted_to_its_details(start: Start) -> None:
    usage = {"prompt_tokens": 7, "completion_tokens": 1, "total_tokens": 8}
    endpoint = start(
        answers(
            Scripted(content="cut sho", finish_reason="length", usage=usage),
            Scripted(refusal="No."),
            Scripted(content="overloaded", status=503, headers={"Retry-After": "2"}),
            "the last",
        )
    )

    cut, refused, failed, last, again = send(endpoint.url, *[asked()] * 5)

    assert (cut.choice["finish_reason"], cut.body["usage"]) == ("length", usage)
    assert (refused.choice["message"]["refusal"], refused.content) == ("No.", "None")
    assert (failed.status, failed.headers["Retry-After"]) == (503, "2")
    assert failed.body["error"]["message"] == "overloaded"
    assert last.content == again.content == "the last"


class Inner(BaseModel):
    code: str = Field(pattern=r"^[A-Z]{2}-\d{3,5}(x|yz)?$")
    share: float = Field(gt=0, lt=1)
    even: int = Field(ge=-6, le=6, multiple_of=2)
    size: int | None
    children: "list[Inner]" = Field(default_factory=list)


class Outer(BaseModel):
    name: str = Field(min_length=3, max_length=12)
    long: str = Field(min_length=500, max_length=700)
    exact: str = Field(min_length=5, max_length=5)
    kinds: list[str] = Field(min_length=4, max_length=6)
    few: list[int] = Field(max_length=1)
    above: int = Field(gt=9, lt=11)
    inner: Inner
    either: Inner | str
    counts: dict[str, int]
    pair: tuple[int, bool]
    on: bool


@pytest.mark.parametrize("seed", range(20))
def test_any_schema_is_filled(start: Start, seed: int) -> None:
    schema = Outer.model_json_schema()
    demand = {"type": "json_schema", "json_schema": {"name": "outer", "schema": schema}}
    endpoint = start(from_schema(seed))

    (answer,) = send(endpoint.url, asked(response_format=demand))

    Draft202012Validator(schema).validate(orjson.loads(answer.content))
    Outer.model_validate_json(answer.content)


@pytest.mark.parametrize(
    "pattern", [r"^\w+@[a-z.]+$", r"(\d{2}:){2}\d{2}", r"a|b+c?", r"[^a-y]{1,}", r"\$\d*\.5", "é"]
)
def test_text_matches_a_simple_pattern(pattern: str) -> None:
    rng = random.Random(3)

    assert all(re.search(pattern, matching(pattern, rng)) for _ in range(50))


@pytest.mark.parametrize("pattern", [r"(?=a)b", r"(a)\1c", "(a", "a)"])
def test_a_pattern_beyond_it_is_named(pattern: str) -> None:
    with pytest.raises(ValueError, match=re.escape(repr(pattern))):
        matching(pattern, random.Random(3))


def test_two_thousand_records_are_no_near_duplicates() -> None:
    script = from_schema(5)
    texts = []
    for number in range(2000):
        body = asked(f"record {number // 2}", **WAYS["json_schema"])
        request = ChatRequest.of(
            body, digest=digest(body), number=number, repeat=number % 2, seed=0
        )
        texts.append(script(request)["text"])
    rows = LexicalEmbedder().embed(texts)
    alike = rows @ rows.T
    np.fill_diagonal(alike, 0)

    assert (alike.max(axis=1) >= 0.9).sum() == 0
    assert not any(re.search(r"\d", text) for text in texts)


def test_answers_do_not_depend_on_the_order_of_arrival(start: Start) -> None:
    bodies = [asked(f"record {number % 40}", **FORMATTED) for number in range(60)]
    faults = Faults(rate_429=0.2, rate_truncated=0.2, rate_prose=0.2)
    one, other = start(faults=faults, seed=3), start(faults=faults, seed=3)

    forward = send(one.url, *bodies)
    backward = send(other.url, *bodies[::-1], at_once=8)

    def said(answered: list[Answer], sent: list[Any]) -> list[str]:
        found = zip(sent, answered, strict=True)
        return sorted(f"{digest(b)} {a.content if a.status == 200 else a.status}" for b, a in found)

    assert said(forward, bodies) == said(backward, bodies[::-1])
    assert {one.fault for one in one.log} == {None, "429", "truncated", "prose"}


FORMATTED = WAYS["json_schema"]


def test_a_request_sent_again_is_drawn_anew(start: Start) -> None:
    endpoint = start(faults=Faults(rate_500=0.5), seed=1)

    answered = send(endpoint.url, *[asked(**FORMATTED)] * 40)

    whole = [a.content for a in answered if a.status == 200]
    assert 5 < len(whole) < 35
    assert len(set(whole)) == len(whole)
    assert endpoint.answered() == {digest(asked(**FORMATTED)): len(whole)}


@pytest.mark.parametrize(
    ("faults", "status", "code"),
    [
        (Faults(rate_429=1, retry_after=1.5), 429, "rate_limit_exceeded"),
        (Faults(rate_500=1), 500, None),
        (Faults(quota_after=0), 429, "insufficient_quota"),
        (Faults(bad_key=True), 401, "invalid_api_key"),
        (Faults(context_limit=12), 400, "context_length_exceeded"),
    ],
    ids=["429", "500", "quota", "bad_key", "context_limit"],
)
def test_an_error_says_what_the_real_ones_say(
    start: Start, faults: Faults, status: int, code: str | None
) -> None:
    endpoint = start(faults=faults)

    (answer,) = send(endpoint.url, asked())

    assert (answer.status, answer.body["error"]["code"]) == (status, code)
    assert answer.headers.get("Retry-After") == ("1.5" if faults.rate_429 else None)
    assert [(one.status, one.answered) for one in endpoint.log] == [(status, True)]
    assert not endpoint.answered()


@pytest.mark.parametrize(
    ("faults", "fault", "status"),
    [(Faults(rate_cut=1), "cut", 200), (Faults(rate_reset=1), "reset", 0)],
    ids=["cut", "reset"],
)
def test_a_connection_breaks(start: Start, faults: Faults, fault: str, status: int) -> None:
    endpoint = start(faults=faults)

    with pytest.raises(aiohttp.ClientError):
        send(endpoint.url, asked(**FORMATTED))

    assert [(o.fault, o.status, o.answered) for o in endpoint.log] == [(fault, status, False)]


def test_a_malformed_answer_is_whole_and_counts_for_nothing(start: Start) -> None:
    endpoint = start(faults=Faults(rate_malformed=1))

    with pytest.raises(orjson.JSONDecodeError):
        send(endpoint.url, asked())

    assert endpoint.log[0].answered
    assert not endpoint.answered()


@pytest.mark.parametrize("way", ["json_schema", "tools"])
def test_content_is_spoiled_in_every_way(start: Start, way: str) -> None:
    spoils = ["truncated", "wrong_schema", "bad_json", "refusal", "empty", "prose"]
    said: dict[str, Answer] = {}
    for spoil in spoils:
        rate: dict[str, Any] = {f"rate_{spoil}": 1}
        endpoint = start(faults=Faults(**rate))
        (said[spoil],) = send(endpoint.url, asked(**WAYS[way]))
        assert [one.fault for one in endpoint.log] == [spoil]
        assert endpoint.answered().total() == 1

    assert said["truncated"].choice["finish_reason"] == "length"
    assert not Draft202012Validator(SCHEMA).is_valid(orjson.loads(said["wrong_schema"].content))
    for spoil in ("truncated", "bad_json", "empty", "prose"):
        with pytest.raises(orjson.JSONDecodeError):
            orjson.loads(said[spoil].content)
    assert "```json\n{" in said["prose"].content
    assert "tool_calls" not in said["prose"].choice["message"]
    declined = said["refusal"].choice["message"]
    assert declined["refusal" if way == "json_schema" else "content"].startswith("I'm sorry")


def test_what_cannot_be_spoiled_is_logged_as_faultless(start: Start) -> None:
    endpoint = start(answers("plain words"), faults=Faults(rate_wrong_schema=1))

    (answer,) = send(endpoint.url, asked())

    assert (answer.content, endpoint.log[0].fault) == ("plain words", None)


def test_a_duplicate_repeats_an_earlier_content_word_for_word(start: Start) -> None:
    endpoint = start(faults=Faults(rate_duplicate=0.3), seed=2)

    said = [a.content for a in send(endpoint.url, *[asked(**FORMATTED)] * 30)]

    repeated = [one.number for one in endpoint.log if one.fault == "duplicate"]
    assert repeated
    assert all(said[number] in said[:number] for number in repeated)
    assert len(set(said)) == 30 - len(repeated)


@pytest.mark.parametrize("way", list(WAYS))
def test_a_way_can_be_refused_or_ignored(start: Start, way: str) -> None:
    refusing = start(faults=Faults(refuse_ways=frozenset({way})))
    ignoring = start(faults=Faults(ignore_ways=frozenset({way})))

    (refused,) = send(refusing.url, asked(**WAYS[way]))
    (ignored,) = send(ignoring.url, asked(**WAYS[way]))
    (plain,) = send(refusing.url, asked())

    assert (refused.status, refusing.log[0].fault) == (400, "refused_way")
    assert ignored.choice["message"]["content"].startswith("Sure!")
    assert plain.status == 200


@pytest.mark.parametrize(
    ("faults", "fault"),
    [(Faults(quota_after=2), "quota"), (Faults(down_after=2), "down")],
    ids=["quota", "down"],
)
def test_an_endpoint_that_stops_serving_after_some_requests(
    start: Start, faults: Faults, fault: str
) -> None:
    endpoint = start(faults=faults)
    send(endpoint.url, asked(), asked())

    with pytest.raises((aiohttp.ClientError, AssertionError)):
        assert send(endpoint.url, asked())[0].status == 200

    assert [one.fault for one in endpoint.log] == [None, None, fault]


def test_keys_models_and_paths_are_checked_and_keys_are_not_logged(start: Start) -> None:
    endpoint = start(models=("known",))

    (stranger,) = send(endpoint.url, asked(), headers={"Authorization": "Bearer sk-other"})
    (unknown,) = send(endpoint.url, asked())
    (lost,) = send(endpoint.url, asked(), path="/completions")
    (fine,) = send(endpoint.url, asked(model="known"))

    assert [stranger.status, unknown.status, lost.status, fine.status] == [401, 404, 404, 200]
    assert unknown.body["error"]["code"] == "model_not_found"
    assert "sk-" not in repr(endpoint.log)


def test_a_log_can_be_forgotten(start: Start) -> None:
    endpoint = start()
    first = send(endpoint.url, asked())
    endpoint.reset()

    again = send(endpoint.url, asked())

    assert endpoint.requests == [asked()]
    assert endpoint.log[0].number == 0
    assert again[0].body == first[0].body


def test_the_digest_leaves_volatile_fields_and_order_out() -> None:
    body = asked(temperature=1)

    assert digest({**dict(reversed(body.items())), "user": "x", "stream": True}) == digest(body)
    assert digest({**body, "temperature": 0.5}) != digest(body)


def test_embeddings_are_unit_vectors_near_where_words_are_shared(start: Start) -> None:
    endpoint = start()
    texts = ["the press stood still", "The press stood.", "quite another thing"]
    body = {"model": "e", "input": texts, "dimensions": 64}

    numbers, coded = send(
        endpoint.url, body, {**body, "encoding_format": "base64"}, path="/embeddings"
    )

    rows = np.array([one["embedding"] for one in numbers.body["data"]], np.float32)
    assert rows.shape == (3, 64)
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-6)
    assert rows[0] @ rows[1] > 0.7 > rows[0] @ rows[2]
    assert b64decode(coded.body["data"][0]["embedding"]) == rows[0].tobytes()
    assert endpoint.requests == []


@pytest.mark.parametrize("fault", ["zero", "short", "wide", "ragged"])
def test_vectors_can_be_spoiled_one_request_at_a_time(start: Start, fault: str) -> None:
    endpoint = start(faults=Faults(first=("", fault, "429")))
    body = {"model": "e", "input": ["one", "two"], "dimensions": 4}

    good, spoiled, refused, after = send(endpoint.url, *[body] * 4, path="/embeddings")

    rows = [one["embedding"] for one in spoiled.body["data"]]
    assert good.body == after.body
    assert refused.status == 429
    assert {
        "zero": rows[0] == [0.0] * 4,
        "short": len(rows) == 1,
        "wide": list(map(len, rows)) == [8, 8],
        "ragged": list(map(len, rows)) == [3, 4],
    }[fault]
    assert [one.fault for one in endpoint.log] == [None, fault, "429", None]


def test_a_number_that_is_none_is_sent_as_servers_do(start: Start) -> None:
    endpoint = start(faults=Faults(first=("nan",)))

    with pytest.raises(orjson.JSONDecodeError):
        send(endpoint.url, {"model": "e", "input": ["one"]}, path="/embeddings")


def test_texts_to_embed_can_be_too_long(start: Start) -> None:
    endpoint = start(faults=Faults(context_limit=5))

    (reply,) = send(endpoint.url, {"model": "e", "input": ["short", "longer"]}, path="/embeddings")

    assert reply.status == 400
    assert "'input[1]': maximum input length is 5" in reply.body["error"]["message"]


def test_a_first_fault_that_there_is_not_is_refused() -> None:
    with pytest.raises(ValueError, match=r"expected a fault of .*429.*nan.*, got 'teapot'"):
        Faults(first=("", "teapot"))


def test_models_are_listed(start: Start) -> None:
    endpoint = start(models=("a", "b"))

    async def go() -> Any:
        async with (
            aiohttp.ClientSession(headers=KEY) as session,
            session.get(f"{endpoint.url}/models") as reply,
        ):
            return await reply.json()

    assert [model["id"] for model in asyncio.run(go())["data"]] == ["a", "b"]


def test_a_body_of_several_megabytes_is_taken(start: Start) -> None:
    endpoint = start()

    long = orjson.dumps(asked("word " * 600_000))

    async def go() -> Any:
        async with (
            aiohttp.ClientSession(headers=KEY) as session,
            session.post(f"{endpoint.url}/chat/completions", data=BytesIO(long)) as reply,
        ):
            return await reply.json()

    assert asyncio.run(go())["usage"]["prompt_tokens"] > 700_000


def test_it_stops_though_requests_hang(socket_enabled: None) -> None:
    def stop_once_five_hang() -> None:
        while len(endpoint.log) < 5:
            time.sleep(0.01)
        endpoint.__exit__()

    async def hang(url: str) -> list[BaseException | None]:
        async with aiohttp.ClientSession(headers=KEY) as session:

            async def one() -> None:
                async with session.post(f"{url}/chat/completions", json=asked()):
                    pass

            under_way = [asyncio.create_task(one()) for _ in range(5)]
            await asyncio.to_thread(stop_once_five_hang)
            ended = await asyncio.gather(*under_way, return_exceptions=True)
            return list(ended)

    endpoint = Endpoint(from_schema(), faults=Faults(rate_hang=1)).__enter__()

    ended = asyncio.run(hang(endpoint.url))

    assert all(isinstance(error, aiohttp.ClientError) for error in ended)
    assert not any(one.answered for one in endpoint.log)
    assert not [thread for thread in threading.enumerate() if thread.name == "endpoint"]


def test_a_hanging_request_is_answered_in_the_end(start: Start) -> None:
    endpoint = start(faults=Faults(rate_hang=1, hang_s=0.05))

    (answer,) = send(endpoint.url, asked())

    assert answer.status == 200
    assert [(one.fault, one.answered) for one in endpoint.log] == [("hang", True)]


def test_it_does_not_start_where_sockets_are_switched_off() -> None:
    with (
        pytest.warns(UserWarning, match="socket"),
        pytest.raises(SocketBlockedError),
        Endpoint(from_schema()),
    ):
        pass


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"rate_429": 0.6, "rate_500": 0.6}, r"at most 1, got 1\.2"),
        ({"rate_cut": -0.1}, r"rate_cut in \[0, 1\], got -0\.1"),
        ({"refuse_ways": frozenset({"json"})}, "got 'json'"),
    ],
    ids=["sum", "negative", "way"],
)
def test_faults_that_cannot_be_are_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Faults(**given)


def test_as_a_process_it_logs_arrivals_and_answers_at_once(
    socket_enabled: None, tmp_path: Path
) -> None:
    log = tmp_path / "log.jsonl"
    with EndpointProcess(log, "--seed", "1", "--rate-500", "0.4", "--latency", "0.001") as endpoint:
        answered = send(endpoint.url, *[asked(f"record {n}") for n in range(20)], at_once=4)
    with log.open("ab") as torn:
        torn.write(b'{"event":"arr')

    logged = endpoint.log()

    assert [one.number for one in logged] == list(range(20))
    assert all(one.answered for one in logged)
    assert sorted(one.status for one in logged) == sorted(a.status for a in answered)
    assert tally(logged).total() == sum(a.status == 200 for a in answered) not in {0, 20}


class Judged(BaseModel):
    """A judged text."""

    text: str
    label: str


@pytest.mark.parametrize("method", ["json_schema", "function_calling"])
def test_chat_openai_gets_what_it_asks_for(start: Start, method: Any) -> None:
    from langchain_openai import ChatOpenAI

    endpoint = start()
    model = ChatOpenAI(model="test-model", base_url=endpoint.url, api_key=lambda: "sk-test")

    judged = model.with_structured_output(Judged, method=method).invoke("one, please")
    said = model.invoke("say something")

    assert isinstance(judged, Judged)
    assert judged.text.endswith(".")
    assert said.text
    assert said.usage_metadata
    assert said.usage_metadata["total_tokens"] > 4
    ways = [ChatRequest.of(b, digest="", number=0, repeat=0, seed=0).way for b in endpoint.requests]
    assert ways == ["tools" if method == "function_calling" else method, "text"]


def test_chat_openai_reads_a_stream(start: Start) -> None:
    from langchain_openai import ChatOpenAI

    endpoint = start(answers("A text that comes in several pieces, one after the other."))
    model = ChatOpenAI(
        model="test-model", base_url=endpoint.url, api_key=lambda: "sk-test", stream_usage=True
    )

    pieces = list(model.stream("say something"))

    assert "".join(p.text for p in pieces).startswith("A text that comes in several pieces, one")
    assert len(pieces) > 3
    assert any(piece.usage_metadata for piece in pieces)
