import pytest
from langchain_core.messages import AIMessage
from langchain_core.messages.tool import invalid_tool_call, tool_call
from langchain_core.outputs import ChatGeneration, ChatResult

from synth_agent.calls.replies import pack, unpack

PLAIN = AIMessage(
    "Ja, „gern“ 👍",
    id="msg-1",
    additional_kwargs={"refusal": None},
    response_metadata={"finish_reason": "length", "logprobs": None},
    usage_metadata={
        "input_tokens": 5,
        "output_tokens": 2,
        "total_tokens": 7,
        "input_token_details": {"cache_read": 4},
    },
)
CALLING = AIMessage(
    "",
    tool_calls=[tool_call(name="record", args={"text": "a", "n": [1, 2.5]}, id="call-1")],
    invalid_tool_calls=[invalid_tool_call(name="record", args="{", id="call-2", error="cut")],
)
BLOCKS = AIMessage([{"type": "text", "text": "a"}, {"type": "reasoning", "reasoning": "b"}])


@pytest.mark.parametrize("message", [PLAIN, CALLING, BLOCKS], ids=["plain", "calling", "blocks"])
def test_a_result_comes_back_as_it_was(message: AIMessage) -> None:
    generation = ChatGeneration(message=message, generation_info={"finish_reason": "stop"})
    result = ChatResult(generations=[generation, generation], llm_output={"model_name": "m"})

    again = unpack(pack(result))

    assert again == result
    assert type(again.generations[0].message) is AIMessage
