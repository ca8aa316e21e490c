"""How many tokens a text has, without a network: o200k_base is shipped.

tiktoken would fetch its vocabulary from the internet at first use. The one here is the same file,
read in 0.2 s at the first count and kept for the process. Models of other vocabularies (Anthropic,
Llama, gpt-4 before 4o) are estimated with it.
"""

import gzip
from binascii import a2b_base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import tiktoken
    from langchain_core.messages import BaseMessage

__all__ = ["TokenCounter", "counter_for"]

_VOCABULARY: Final = Path(__file__).with_name("o200k_base.tiktoken.gz")
_SAME_VOCABULARY: Final = frozenset({"o200k_base", "o200k_harmony"})
"""Harmony (gpt-oss) differs in its special tokens only, and those are text here."""
_PIECE: Final = 20_000
"""Characters encoded at once: tiktoken 0.14 is quadratic in a run without spaces (1 s for a million
letters), and a million spaces overflow its stack."""
_PER_MESSAGE: Final = 3
_REPLY: Final = 3
_UPPER: Final = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]"
_LOWER: Final = r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"
_ENDING: Final = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
_SPLIT: Final = "|".join(
    (
        rf"[^\r\n\p{{L}}\p{{N}}]?{_UPPER}*{_LOWER}+{_ENDING}",
        rf"[^\r\n\p{{L}}\p{{N}}]?{_UPPER}+{_LOWER}*{_ENDING}",
        r"\p{N}{1,3}",
        r" ?[^\s\p{L}\p{N}]+[\r\n/]*",
        r"\s*[\r\n]+",
        r"\s+(?!\S)",
        r"\s+",
    )
)
"""Where o200k_base parts words, from tiktoken_ext.openai_public."""


@dataclass(frozen=True, slots=True)
class TokenCounter:
    """Counts the tokens of one model.

    Attributes:
        exact: Whether o200k_base is the model's own vocabulary; otherwise counts are estimates.
    """

    exact: bool

    def text(self, text: str) -> int:
        """Return the tokens of a text; special tokens in it are text.

        Linear in the length, about 4 s for 10 million emoji. A text of more than 20,000 characters
        without a space between letters is cut anywhere, which adds one token a cut at most.
        """
        encoding = _o200k_base()
        return sum(len(encoding.encode_ordinary(piece)) for piece in _pieces(text))

    def messages(self, messages: Sequence["BaseMessage | tuple[str, str]"]) -> int:
        """Return the tokens of a prompt in OpenAI's chat form; tools and schemas are not in it.

        Args:
            messages: LangChain's messages, or pairs of role and text.
        """
        texts = (one[1] if isinstance(one, tuple) else one.text for one in messages)
        return sum(self.text(text) + _PER_MESSAGE for text in texts) + _REPLY


def counter_for(name: str) -> TokenCounter:
    """Return the counter for a model, `provider:name`."""
    from tiktoken.model import encoding_name_for_model

    try:
        vocabulary = encoding_name_for_model(name.partition(":")[2] or name)
    except KeyError:
        return TokenCounter(exact=False)
    return TokenCounter(exact=vocabulary in _SAME_VOCABULARY)


def _pieces(text: str) -> Iterator[str]:
    start = 0
    while len(text) - start > _PIECE:
        end = _word_end(text, start, start + _PIECE)
        yield text[start:end]
        start = end
    yield text[start:]


def _word_end(text: str, start: int, end: int) -> int:
    """Return where the text may be cut without a change of its tokens, or the end if nowhere."""
    at = text.rfind(" ", start + 1, end)
    while at > 0:
        if text[at - 1].isalpha() and text[at + 1].isalpha():
            return at
        at = text.rfind(" ", start + 1, at)
    return end


@lru_cache(maxsize=1)
def _o200k_base() -> "tiktoken.Encoding":
    import tiktoken

    fields = gzip.decompress(_VOCABULARY.read_bytes()).split()
    tokens = map(a2b_base64, fields[::2])
    return tiktoken.Encoding(
        "o200k_base",
        pat_str=_SPLIT,
        # Every second field is the rank, and the ranks are 0, 1, 2, …
        mergeable_ranks=dict(zip(tokens, range(len(fields) // 2), strict=True)),
        special_tokens={},
    )
