"""Counting tokens without a network (the tests have none)."""

import gzip
import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

import synth_agent.models
from synth_agent.models import TokenCounter, counter_for

EXACT = TokenCounter(exact=True)
FOLDER = Path(synth_agent.models.__file__).parent


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", 0),
        ("hello world", 2),
        ("Hello, world!", 4),
        ("antidisestablishmentarianism", 6),
        ("2 + 2 = 4", 7),
        ("お誕生日おめでとう", 8),
        ("<|endoftext|>", 7),
    ],
)
def test_counts_are_those_of_the_vocabulary(text: str, tokens: int) -> None:
    """The first words are OpenAI's own examples (cookbook, "How to count tokens")."""
    assert EXACT.text(text) == tokens


def test_the_vocabulary_is_tiktokens_own() -> None:
    content = gzip.decompress((FOLDER / "o200k_base.tiktoken.gz").read_bytes())

    ranks = [int(line.split()[1]) for line in content.splitlines()]

    said = hashlib.sha256(content).hexdigest()
    assert said == "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d"
    assert ranks == list(range(199_998))
    assert said in (FOLDER / "o200k_base.LICENSE").read_text()


def test_words_are_parted_as_tiktoken_parts_them(monkeypatch: pytest.MonkeyPatch) -> None:
    from tiktoken_ext import openai_public  # type: ignore[import-untyped]

    from synth_agent.models.tokens import _SPLIT

    monkeypatch.setattr(openai_public, "load_tiktoken_bpe", lambda *_, **__: {})

    assert openai_public.o200k_base()["pat_str"] == _SPLIT


@pytest.mark.parametrize(
    ("name", "exact"),
    [
        ("openai:gpt-4o", True),
        ("openai:gpt-5-mini", True),
        ("openai:o3-mini", True),
        ("gpt-4.1", True),
        ("openai:ft:gpt-4o-mini:org::id", True),
        ("openai:gpt-oss-20b", True),
        ("openai:gpt-4", False),
        ("openai:gpt-3.5-turbo", False),
        ("openai:llama3", False),
        ("anthropic:claude-sonnet-4-5", False),
        ("ollama:qwen3:8b", False),
        ("", False),
    ],
)
def test_a_counter_says_whether_it_is_exact(name: str, exact: bool) -> None:
    assert counter_for(name).exact is exact


def test_messages_have_an_overhead() -> None:
    pairs = [("system", "Be brief."), ("user", "hello world"), ("assistant", "hello world")]
    messages = [SystemMessage("Be brief."), HumanMessage("hello world"), AIMessage("hello world")]

    count = EXACT.messages(pairs)

    assert count == EXACT.text("Be brief.") + 2 + 2 + 3 * 3 + 3
    assert EXACT.messages(messages) == count
    assert EXACT.messages([]) == 3


def test_of_a_message_of_blocks_the_text_counts() -> None:
    blocks = HumanMessage([{"type": "text", "text": "hello"}, {"type": "text", "text": " world"}])

    assert EXACT.messages([blocks]) == 2 + 3 + 3


@pytest.mark.parametrize("sign", ["a", " ", "\n", "é", "天", "🙂"])
def test_a_million_of_the_same_sign_is_counted(sign: str) -> None:
    """tiktoken 0.14 overflows its stack on a million spaces at once."""
    assert 7_000 < EXACT.text(sign * 1_000_000) <= 1_000_000


@given(st.lists(st.sampled_from(["the cat", "Ünïcode", "don't", "3.14", "so,\n\n", "天", "  x "])))
def test_a_long_text_has_as_many_tokens_as_if_it_were_encoded_at_once(words: list[str]) -> None:
    from synth_agent.models.tokens import _o200k_base

    text = " ".join(words) + " and then the cat " * 1500 + " ".join(words)

    assert EXACT.text(text) == len(_o200k_base().encode_ordinary(text))


def test_half_a_character_is_counted_too() -> None:
    assert EXACT.text("half a pair: \ud83d") > 3


def test_making_a_counter_loads_no_vocabulary() -> None:
    import subprocess
    import sys

    code = (
        "from synth_agent.models import counter_for; from synth_agent.models.tokens import"
        " _o200k_base as load; counter_for('openai:gpt-4o'); print(load.cache_info().currsize)"
    )

    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert said.stdout.strip() == "0"
