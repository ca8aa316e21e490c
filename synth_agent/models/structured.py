"""Tools and schemas in OpenAI's form, and runnables that answer with a schema's object."""

from collections.abc import Callable, Sequence
from typing import Any, Literal

from langchain_core.exceptions import OutputParserException
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage
from langchain_core.output_parsers import JsonOutputParser, PydanticOutputParser
from langchain_core.output_parsers.openai_tools import (
    JsonOutputKeyToolsParser,
    PydanticToolsParser,
)
from langchain_core.runnables import Runnable, RunnableLambda, RunnableMap, RunnablePassthrough
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import (
    convert_to_openai_function,
    convert_to_openai_tool,
)
from pydantic import BaseModel

__all__ = ["Method", "structured_output", "wire_tool_choice", "wire_tools"]

Method = Literal["json_schema", "function_calling", "json_mode"]
Schema = dict[str, Any] | type


def wire_tools(
    tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool], *, strict: bool | None
) -> list[dict[str, Any]]:
    """Return the tools as OpenAI takes them."""
    return [convert_to_openai_tool(tool, strict=strict) for tool in tools]


def wire_tool_choice(
    tools: Sequence[dict[str, Any]], *, choice: dict[str, Any] | str | bool | None
) -> dict[str, Any] | str | None:
    """Return the choice as OpenAI takes it, from a tool's name or the word of other providers."""
    if choice is True or choice == "any":
        return "required"
    names = [tool["function"]["name"] for tool in tools if "function" in tool]
    if isinstance(choice, str) and choice in names:
        return {"type": "function", "function": {"name": choice}}
    return choice or None


def structured_output(
    model: BaseChatModel,
    schema: Schema | None,
    *,
    method: Method,
    include_raw: bool,
    strict: bool | None,
    **kwargs: Any,
) -> Runnable[LanguageModelInput, Any]:
    """Return a runnable that answers with the object that the schema describes.

    A Pydantic class gives its instance, checked; a JSON Schema or TypedDict a dict, unchecked. A
    refusal or an answer cut at its length is a parsing error: LangChain's own parser would mend a
    cut answer silently.

    Args:
        model: The model to bind to.
        schema: What to answer with; only `json_mode` can do without.
        method: How the model is told.
        include_raw: Answer with `{"raw", "parsed", "parsing_error"}` and never raise for the text.
        strict: Whether the endpoint enforces the schema; for Pydantic classes it does unless said.
        **kwargs: Bound to the model as they are.
    """
    if schema is None and method != "json_mode":
        raise ValueError(f"method={method!r} needs a schema; only 'json_mode' does without")
    if strict is not None and method == "json_mode":
        raise ValueError("strict has no meaning for method='json_mode'")
    if method == "function_calling":
        assert schema is not None
        bound, parser = _by_call(model, schema, kwargs, strict=strict)
    else:
        how = (
            {"type": "json_object"}
            if method == "json_mode" or schema is None
            else {"type": "json_schema", "json_schema": _wire_schema(schema, strict=strict)}
        )
        bound = model.bind(response_format=how, **kwargs)
        parser = RunnableLambda(_whole) | _text_parser(schema)
    return _with_raw(bound, parser) if include_raw else bound | parser


def _by_call(
    model: BaseChatModel, schema: Schema, kwargs: dict[str, Any], *, strict: bool | None
) -> tuple[Runnable[LanguageModelInput, AIMessage], Runnable[Any, Any]]:
    name = convert_to_openai_tool(schema)["function"]["name"]
    bound = model.bind_tools(
        [schema], tool_choice=name, strict=strict, parallel_tool_calls=False, **kwargs
    )
    if _is_pydantic(schema):
        return bound, PydanticToolsParser(tools=[schema], first_tool_only=True)
    return bound, JsonOutputKeyToolsParser(key_name=name, first_tool_only=True)


def _wire_schema(schema: Schema, *, strict: bool | None) -> dict[str, Any]:
    """Return OpenAI's `json_schema`; one that has this form already is kept as it is."""
    if isinstance(schema, dict):
        if schema.get("type") == "json_schema" and "json_schema" in schema:
            kept: dict[str, Any] = schema["json_schema"]
            return kept
        if "name" in schema and "schema" in schema:
            return schema
    if strict is None:
        strict = _is_pydantic(schema)
    function = convert_to_openai_function(schema, strict=strict)
    function["schema"] = function.pop("parameters")
    return function


def _text_parser(schema: Schema | None) -> Runnable[Any, Any]:
    if _is_pydantic(schema):
        return PydanticOutputParser(pydantic_object=schema)
    return JsonOutputParser()


def _is_pydantic(schema: Schema | None) -> bool:
    return isinstance(schema, type) and issubclass(schema, BaseModel)


def _whole(message: AIMessage) -> AIMessage:
    told = message.response_metadata
    if told.get("refusal"):
        raise OutputParserException(f"the model refused: {told['refusal']}")
    if told.get("finish_reason") in ("length", "content_filter"):
        raise OutputParserException(
            f"the answer is not whole, it ended with {told['finish_reason']!r}",
            llm_output=message.text,
        )
    return message


def _with_raw(
    bound: Runnable[LanguageModelInput, AIMessage], parser: Runnable[Any, Any]
) -> Runnable[LanguageModelInput, Any]:
    parsed = RunnablePassthrough.assign(
        parsed=(lambda answer: answer["raw"]) | parser, parsing_error=lambda _: None
    )
    failed = RunnablePassthrough.assign(parsed=lambda _: None)
    return RunnableMap(raw=bound) | parsed.with_fallbacks([failed], exception_key="parsing_error")
