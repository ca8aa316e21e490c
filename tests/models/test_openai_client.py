"""Our own chat model; what ChatOpenAI can do too is tested with both."""

import asyncio
from typing import Any

import pytest
from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)
from pydantic import ValidationError

from synth_agent.errors import ConfigError
from synth_agent.models.openai_client import OpenAICompatible
from tests.models.server import KEY, Make, Received, Serve, answering, call, completion, http, lean

WEATHER = {
    "name": "weather",
    "description": "The weather of a place.",
    "parameters": {
        "type": "object",
        "properties": {"place": {"type": "string"}},
        "required": ["place"],
    },
}


def test_an_answer_comes_with_its_usage_and_where_it_came_from(serve: Serve, make: Make) -> None:
    message = make(serve()).invoke("Say hello.")

    assert message.content == "Hello."
    assert message.response_metadata["finish_reason"] == "stop"
    assert message.response_metadata["model_name"] == "gpt-4o-mini-2024-07-18"
    assert message.response_metadata["system_fingerprint"] == "fp_1"
    assert message.response_metadata["id"] == "chatcmpl-1"
    assert message.usage_metadata == {
        "input_tokens": 20,
        "output_tokens": 5,
        "total_tokens": 25,
        "input_token_details": {"cache_read": 8},
        "output_token_details": {"reasoning": 2},
    }


def test_messages_go_out_in_the_words_of_the_wire(serve: Serve, make: Make) -> None:
    server = serve()
    messages: list[BaseMessage] = [
        SystemMessage("Be brief."),
        HumanMessage("1 + 1?"),
        AIMessage("2"),
        HumanMessage("Sure?"),
    ]

    make(server).invoke(messages)

    assert server.bodies[0]["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "1 + 1?"},
        {"role": "assistant", "content": "2"},
        {"role": "user", "content": "Sure?"},
    ]
    assert server.received[0].headers["authorization"] == f"Bearer {KEY}"


def test_a_tool_call_and_its_result_find_their_way_back(serve: Serve, make: Make) -> None:
    server = serve()
    asked: list[BaseMessage] = [
        HumanMessage("Weather in Oslo?"),
        AIMessage("", tool_calls=[{"name": "weather", "args": {"place": "Oslo"}, "id": "call_1"}]),
        ToolMessage("rain", tool_call_id="call_1"),
    ]

    make(server).invoke(asked)

    _, called, result = server.bodies[0]["messages"]
    assert called["tool_calls"][0]["function"]["name"] == "weather"
    assert called["tool_calls"][0]["id"] == "call_1"
    assert result == {"role": "tool", "content": "rain", "tool_call_id": "call_1"}


def test_pictures_go_out_in_the_words_of_the_wire(serve: Serve, make: Make) -> None:
    server = serve()
    picture = {"type": "image", "base64": "aGk=", "mime_type": "image/png"}

    make(server).invoke([HumanMessage([{"type": "text", "text": "What is it?"}, picture])])

    assert server.bodies[0]["messages"][0]["content"] == [
        {"type": "text", "text": "What is it?"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}},
    ]


@pytest.mark.parametrize(
    ("choice", "sent"),
    [
        ("weather", {"type": "function", "function": {"name": "weather"}}),
        ("any", "required"),
        (True, "required"),
        ("auto", "auto"),
        (None, None),
    ],
    ids=str,
)
def test_tools_are_bound_with_a_choice(serve: Serve, make: Make, choice: Any, sent: Any) -> None:
    server = serve(
        answering(content=None, finish="tool_calls", tool_calls=[call('{"place":"Oslo"}')])
    )

    message = make(server).bind_tools([WEATHER], tool_choice=choice).invoke("Weather in Oslo?")

    assert message.content == ""
    assert [(one["name"], one["args"], one["id"]) for one in message.tool_calls] == [
        ("weather", {"place": "Oslo"}, "call_1")
    ]
    body = server.bodies[0]
    assert body.get("tool_choice") == sent
    assert body["tools"] == [{"type": "function", "function": WEATHER}]


def test_arguments_that_are_no_json_make_an_invalid_call(serve: Serve, make: Make) -> None:
    server = serve(answering(content=None, tool_calls=[call('{"place": "Os')]))

    message = make(server).bind_tools([WEATHER]).invoke("Weather in Oslo?")

    assert message.tool_calls == []
    assert [one["args"] for one in message.invalid_tool_calls] == ['{"place": "Os']


@pytest.mark.parametrize(
    ("arguments", "args"),
    [("", {}), (None, {}), ({"place": "Oslo"}, {"place": "Oslo"})],
    ids=["empty", "none", "an object, as Ollama sends it"],
)
def test_arguments_may_come_in_other_forms(serve: Serve, arguments: Any, args: Any) -> None:
    server = serve(answering(content=None, tool_calls=[call(arguments)]))

    message = lean(server).invoke("Weather?")

    assert message.tool_calls[0]["args"] == args


def test_arguments_that_are_no_object_make_an_invalid_call(serve: Serve) -> None:
    message = lean(serve(answering(content=None, tool_calls=[call("[1]")]))).invoke("Weather?")

    assert message.tool_calls == []
    assert "object" in str(message.invalid_tool_calls[0]["error"])


def test_a_refusal_is_an_answer_without_text(serve: Serve, make: Make) -> None:
    message = make(serve(answering(content=None, refusal="I must not."))).invoke("Do it.")

    assert message.content == ""
    assert message.additional_kwargs["refusal"] == "I must not."


def test_a_refusal_stands_in_the_metadata_and_none_where_there_is_none(serve: Serve) -> None:
    said = iter([completion(None, refusal="I must not."), completion()])
    model = lean(serve(lambda _: http(body=next(said))))

    refusals = [model.invoke("Do it.").response_metadata["refusal"] for _ in range(2)]

    assert refusals == ["I must not.", None]


@pytest.mark.parametrize("reason", ["length", "content_filter"])
def test_an_answer_that_was_cut_is_returned_as_far_as_it_goes(
    serve: Serve, make: Make, reason: str
) -> None:
    message = make(serve(answering(content="Once upon", finish=reason))).invoke("A tale.")

    assert message.content == "Once upon"
    assert message.response_metadata["finish_reason"] == reason


def test_usage_may_come_without_details(serve: Serve) -> None:
    body = completion() | {"usage": {"prompt_tokens": 3, "completion_tokens": None}}

    message = lean(serve(lambda _: http(body=body))).invoke("Hi.")

    assert message.usage_metadata == {"input_tokens": 3, "output_tokens": 0, "total_tokens": 3}


def test_an_answer_without_usage_has_none(serve: Serve) -> None:
    body = completion() | {"usage": None}

    message = lean(serve(lambda _: http(body=body))).invoke("Hi.")

    assert message.usage_metadata is None


def test_parameters_of_a_call_overrule_those_of_the_model(serve: Serve, make: Make) -> None:
    server = serve()
    model = make(server, temperature=0.2, seed=1)

    model.invoke("Hi.", temperature=0.9, seed=7, stop=["\n"])

    body = server.bodies[0]
    assert (body["temperature"], body["seed"], body["stop"]) == (0.9, 7, ["\n"])


def test_max_tokens_has_both_names_for_other_servers(serve: Serve) -> None:
    server = serve()

    lean(server, max_tokens=50).invoke("Hi.")

    assert (server.bodies[0]["max_tokens"], server.bodies[0]["max_completion_tokens"]) == (50, 50)


def test_what_is_not_set_is_not_sent(serve: Serve) -> None:
    server = serve()

    lean(server, api_key=None).invoke("Hi.")

    assert server.bodies[0].keys() == {"messages", "model"}
    assert "authorization" not in server.received[0].headers


def test_extra_body_and_the_names_of_an_account_go_out(serve: Serve) -> None:
    server = serve()
    model = lean(server, organization="org-1", project="proj-1", extra_body={"top_k": 5})

    model.invoke("Hi.", extra_body={"min_p": 0.1})

    body, headers = server.bodies[0], server.received[0].headers
    assert (body["top_k"], body["min_p"]) == (5, 0.1)
    assert headers["openai-organization"] == "org-1"
    assert headers["openai-project"] == "proj-1"


@pytest.mark.parametrize(
    ("model", "temperature"),
    [("gpt-4o", 0.5), ("gpt-5-mini", None), ("o3-mini", None), ("gpt-5-chat-latest", 0.5)],
)
def test_openai_itself_gets_only_what_its_model_takes(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, model: str, temperature: float | None
) -> None:
    proxy = serve()
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.port}")
    url = "http://api.openai.com/v1"

    lean(proxy, base_url=url, model=model, temperature=0.5, max_tokens=9).invoke("Hi.")

    body = proxy.bodies[0]
    assert body.get("temperature") == temperature
    assert body["max_completion_tokens"] == 9
    assert "max_tokens" not in body


@pytest.mark.parametrize("refused", [{"n": 2}, {"stream": True}], ids=["n", "stream"])
def test_more_than_one_whole_answer_is_refused(serve: Serve, refused: dict[str, Any]) -> None:
    server = serve()

    with pytest.raises(ValueError, match="one whole answer"):
        lean(server).invoke("Hi.", **refused)

    assert server.received == []


def test_the_json_of_a_request_keeps_every_letter(serve: Serve) -> None:
    server = serve()
    text = 'Grüße, 你好, 👋, \u2028, \x00, "\\'

    lean(server).invoke(text)

    assert server.bodies[0]["messages"][0]["content"] == text


def test_many_prompts_are_asked_at_once_and_answered_in_order(serve: Serve) -> None:
    def respond(one: Received) -> bytes:
        return http(body=completion(one.body["messages"][0]["content"].upper()))

    server = serve(respond)
    prompts: list[list[BaseMessage]] = [[HumanMessage(word)] for word in "abc"]

    result = asyncio.run(lean(server).agenerate(prompts))

    assert [row[0].text for row in result.generations] == ["A", "B", "C"]
    assert server.connections == 3


def test_a_field_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValidationError, match="max_retries"):
        OpenAICompatible(model="gpt-4o", max_retries=2)  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"base_url": "localhost:8000"}, "http://"),
        ({"base_url": "ftp://host/v1"}, "http://"),
        ({"base_url": ""}, "base URL"),
        ({"base_url": "http://[::1/v1"}, "base URL"),
        ({"base_url": "http://me:secret@host/v1"}, "password"),
        ({"api_key": "sk-a\nb"}, "line breaks"),
        ({"api_key": "sk-“quoted”"}, "letters"),
    ],
    ids=["no scheme", "scheme", "empty", "half an address", "password", "line break", "quotes"],
)
def test_an_address_that_cannot_be_used_is_refused_at_once(
    fields: dict[str, Any], said: str
) -> None:
    with pytest.raises(ConfigError, match=said) as caught:
        OpenAICompatible(model="gpt-4o", **fields)

    assert "secret" not in str(caught.value)


def test_a_copy_goes_to_its_own_address(serve: Serve) -> None:
    first, second = serve(), serve()
    model = lean(first)
    model.invoke("Hi.")

    model.model_copy(update={"base_url": second.url}).invoke("Hi.")
    model.model_copy(deep=True).invoke("Hi.")

    assert (len(first.received), len(second.received)) == (2, 1)
