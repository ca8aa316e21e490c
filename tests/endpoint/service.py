"""What a request is answered with, and what is remembered of it. Knows nothing of HTTP's wires."""

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from random import Random
from typing import Any, Literal

import orjson

from tests.endpoint.chat import ChatRequest, Script, Scripted, completion, digest
from tests.endpoint.embeddings import embeddings, texts_of
from tests.endpoint.faults import SPOILS, VECTOR_SPOILS, Faults, chance, drawn, spoiled
from tests.endpoint.log import CHAT, Logged
from tests.endpoint.stream import events

__all__ = ["Reply", "Service"]

_EMBEDDINGS = "/v1/embeddings"
_MODELS = "/v1/models"


@dataclass(frozen=True, slots=True)
class Reply:
    """What is to be sent."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0
    """Seconds before anything is sent."""
    sent: Literal["whole", "cut", "reset"] = "whole"
    fault: str | None = None


def _refused(
    status: int, fault: str, message: str, *, code: str | None = None, kind: str = ""
) -> Reply:
    error = {
        "message": message,
        "type": kind or "invalid_request_error",
        "param": None,
        "code": code,
    }
    return Reply(status=status, body=orjson.dumps({"error": error}), fault=fault)


def _failed(said: Scripted) -> Reply:
    body = said.content
    if isinstance(body, str):
        body = {"error": {"message": body, "type": "scripted", "param": None, "code": None}}
    return Reply(
        status=said.status,
        body=orjson.dumps(body),
        headers=said.headers,
        delay=said.delay,
        fault="scripted",
    )


def _vectors(body: Mapping[str, Any], fault: str | None) -> Reply:
    spoil = fault if fault in VECTOR_SPOILS else None
    return Reply(body=embeddings(body, spoil), fault=spoil)


_DOWN = Reply(sent="reset", fault="down")
_WAYS: Mapping[str, bytes] = {
    "json_schema": b'{"error":{"message":"response_format type json_schema is not supported",'
    b'"type":"invalid_request_error","param":"response_format","code":null}}',
    # As vLLM says it (its issue 9986); LM Studio's error is a string (its bug tracker, issue 189).
    "tools": b'{"object":"error","message":"\\"auto\\" tool choice requires '
    b'--enable-auto-tool-choice and --tool-call-parser to be set",'
    b'"type":"BadRequestError","param":null,"code":400}',
    "json_object": b"{\"error\":\"'response_format.type' must be 'json_schema' or 'text'\"}",
}


class Service:
    """Answers requests one at a time; not thread-safe."""

    def __init__(
        self,
        script: Script,
        faults: Faults,
        *,
        seed: int,
        key: str | None,
        models: Sequence[str],
    ) -> None:
        self.log: list[Logged] = []
        self._script = script
        self._faults = faults
        self._rates = faults.rates
        self._seed = seed
        self._authorization = key and f"Bearer {key}"
        self._models = models
        self._seen: Counter[str] = Counter()
        self._said: defaultdict[str, list[str]] = defaultdict(list)

    def reset(self) -> None:
        """Forget all requests; the script keeps its place."""
        self.log = []
        self._seen.clear()
        self._said.clear()

    def answer(self, path: str, headers: Mapping[str, str], raw: bytes) -> tuple[Logged, Reply]:
        """Log a request and decide what to send.

        Args:
            path: Without query.
            headers: As they came.
            raw: The body.
        """
        try:
            body = orjson.loads(raw) if raw else None
        except orjson.JSONDecodeError:
            body = None
        one = Logged(
            number=len(self.log),
            path=path,
            digest=digest(body),
            at=time.monotonic(),
            body=body,
            headers={k.lower(): v for k, v in headers.items() if k.lower() != "authorization"},
        )
        self.log.append(one)
        reply = self._turned_away(one, headers.get("Authorization")) or self._served(one)
        one.fault = reply.fault
        return one, reply

    def _turned_away(self, one: Logged, authorization: str | None) -> Reply | None:
        faults = self._faults
        if faults.down_after is not None and one.number >= faults.down_after:
            return _DOWN
        if faults.bad_key or (self._authorization and authorization != self._authorization):
            said = "Incorrect API key provided."
            return _refused(401, "bad_key", said, code="invalid_api_key")
        return None if one.path == _MODELS else self._unserved(one)

    def _unserved(self, one: Logged) -> Reply | None:
        if one.path not in {CHAT, _EMBEDDINGS}:
            return _refused(404, "unknown_path", f"Unknown request URL: {one.path}.")
        if not isinstance(one.body, dict):
            return _refused(400, "bad_request", "We could not parse the JSON body of your request.")
        model = one.body.get("model")
        if self._models and model not in self._models:
            said = f"The model `{model}` does not exist or you do not have access to it."
            return _refused(404, "model_not_found", said, code="model_not_found")
        quota = self._faults.quota_after
        if quota is not None and one.number >= quota:
            said = "You exceeded your current quota, please check your plan and billing details."
            code = "insufficient_quota"
            return _refused(429, "quota", said, code=code, kind=code)
        return None

    def _served(self, one: Logged) -> Reply:
        if one.path == _MODELS:
            named = [{"id": m, "object": "model"} for m in self._models or ["test-model"]]
            return Reply(body=orjson.dumps({"object": "list", "data": named}))
        repeat = self._seen[one.digest]
        self._seen[one.digest] += 1
        rng = chance(self._seed, "fault", one.digest, repeat)
        first = self._faults.first
        fault = first[one.number] if one.number < len(first) else drawn(self._rates, rng)
        if one.path == _EMBEDDINGS:
            return self._too_long(one.body) or self._sent(fault, partial(_vectors, one.body))
        request = ChatRequest.of(
            one.body, digest=one.digest, number=one.number, repeat=repeat, seed=self._seed
        )
        if reply := self._unable(request):
            return reply
        return self._sent(fault, lambda fault: self._said_to(request, fault, rng))

    def _too_long(self, body: Mapping[str, Any]) -> Reply | None:
        limit = self._faults.context_limit
        for at, text in enumerate(texts_of(body)):
            if limit is not None and len(text) > limit:
                # As OpenAI says it of texts to embed: without a code.
                said = f"Invalid 'input[{at}]': maximum input length is {limit} tokens."
                return _refused(400, "context_limit", said)
        return None

    def _unable(self, request: ChatRequest) -> Reply | None:
        limit = self._faults.context_limit
        if limit is not None and request.size > limit:
            said = (
                f"This model's maximum context length is {limit} characters. "
                f"However, your messages have {request.size}."
            )
            return _refused(400, "context_limit", said, code="context_length_exceeded")
        if request.way in self._faults.refuse_ways:
            return Reply(status=400, body=_WAYS[request.way], fault="refused_way")
        return None

    def _sent(self, fault: str | None, whole: Callable[[str | None], Reply]) -> Reply:
        """Return the whole answer, or what a fault of the wires makes of it."""
        match fault:
            case "429":
                reply = _refused(429, fault, "Rate limit reached.", code="rate_limit_exceeded")
                after = self._faults.retry_after
                return (
                    reply
                    if after is None
                    else replace(reply, headers={"Retry-After": f"{after:g}"})
                )
            case "500":
                said = "The server had an error while processing your request."
                return _refused(500, fault, said, kind="server_error")
            case "reset":
                return Reply(sent="reset", fault=fault)
            case "hang" | "cut" | "malformed":
                return self._disturbed(fault, whole(None))
            case _:
                return whole(fault)

    def _disturbed(self, fault: str, reply: Reply) -> Reply:
        if fault == "hang":
            return replace(reply, delay=reply.delay + self._faults.hang_s, fault=fault)
        if fault == "cut":
            return replace(reply, sent="cut", fault=fault)
        return replace(reply, body=reply.body[: len(reply.body) * 2 // 3], fault=fault)

    def _said_to(self, request: ChatRequest, fault: str | None, rng: Random) -> Reply:
        said = self._script(request)
        said = said if isinstance(said, Scripted) else Scripted(content=said)
        if said.status != 200:
            return _failed(said)
        if fault in SPOILS:
            earlier = self._said[digest(request.schema)]
            before, said = said, spoiled(fault, said, request, earlier=earlier, rng=rng)
            fault = fault if said is not before else None
        elif self._faults.rate_duplicate:
            self._said[digest(request.schema)].append(said.text)
        if request.way in self._faults.ignore_ways:
            said = spoiled("prose", said, request, earlier=(), rng=rng)
        body = completion(request, said)
        headers = {"x-request-id": f"req_{request.number}", **said.headers}
        if request.body.get("stream"):
            headers["Content-Type"] = "text/event-stream"
            return Reply(
                body=events(body, request.body), headers=headers, delay=said.delay, fault=fault
            )
        return Reply(body=orjson.dumps(body), headers=headers, delay=said.delay, fault=fault)
