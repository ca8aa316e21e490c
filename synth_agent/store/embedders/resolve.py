"""An embedder from its name: one of ours, or somebody's model, `provider:model`."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from synth_agent.errors import ConfigError
from synth_agent.models import price_of
from synth_agent.store.embedders.lexical import LexicalEmbedder
from synth_agent.store.embedders.minilm import THRESHOLD, MiniLM
from synth_agent.store.embedders.protocol import Embedder
from synth_agent.store.embedders.static import StaticEmbedder
from synth_agent.text import nearest_name

if TYPE_CHECKING:
    from synth_agent.calls.budget import Budget, Price
    from synth_agent.models.resolve import Access
    from synth_agent.store.embedders.sender import EmbeddingsLike
    from synth_agent.store.embedders.shelf import Shelf

__all__ = [
    "KNOWN_THRESHOLDS",
    "PROVIDERS",
    "embedder",
    "is_remote",
    "known_name",
    "name_of",
    "threshold_of",
]

PROVIDERS: Final = (
    "azure_ai",
    "azure_openai",
    "bedrock",
    "cohere",
    "google_genai",
    "google_vertexai",
    "huggingface",
    "mistralai",
    "ollama",
    "openai",
)
"""Those of LangChain's `init_embeddings`, which itself takes half a second to load."""

KNOWN_THRESHOLDS: Final = {
    "all-minilm": THRESHOLD,
    "all-minilm-l6-v2": THRESHOLD,
    "text-embedding-3-large": 0.9,
    "text-embedding-3-small": 0.9,
    "text-embedding-ada-002": 0.97,
}
"""Cosines from which two texts are near-duplicates, by model.

Those of MiniLM aside they were not measured here, and are on the side of dropping too little. What
there is to go by: texts that have nothing to do with each other have cosines around 0.8 with
ada-002 and 0.3 with text-embedding-3, what people call the same point around 0.93 and 0.74
(episteme.cloud, Embedding Model Evaluation; S. Anand, Embeddings similarity threshold, 2024), so
that what is nearer still is the same text said again. Other contrastive models crowd as ada-002
does (0.7 to 1, says the card of E5), hence the value for what is not listed.
"""

_UNKNOWN_MODEL: Final = 0.95
_OWN: "Final[dict[str, Callable[[], Embedder]]]" = {
    "lexical": LexicalEmbedder,
    "minilm": MiniLM,
    "static": StaticEmbedder,
}
_FORM: Final = (
    "there are 'static' (English, shipped), 'lexical' (any language), 'minilm' (English, downloads "
    "79 MB), and models as 'provider:model', for instance 'openai:text-embedding-3-small' or "
    "'ollama:nomic-embed-text'"
)


def embedder(
    name: str,
    *,
    access: "Access | None" = None,
    handed: "EmbeddingsLike | None" = None,
    shelf: "Shelf | None" = None,
    budget: "Budget | None" = None,
    timeout: float = 120,
) -> Embedder:
    """Return the embedder of that name.

    Args:
        name: `static`, `lexical`, `minilm`, `provider:model`, or that of what was handed in.
        access: Keys and addresses; without it, none are known.
        handed: The model itself, where the user handed one in.
        shelf: Keeps what is paid for; without it, that lasts as long as the process.
        budget: Bound that requests have to keep to.
        timeout: Seconds for one request.

    Raises:
        ConfigError: There is no such embedder, what it needs is missing, or another one was handed
            in than the name says.
    """
    known = known_name(name)
    if handed is None and known in _OWN:
        return _OWN[known]()
    from synth_agent.calls.budget import Budget  # noqa: PLC0415  what costs nothing needs none
    from synth_agent.store.embedders.foreign import ForeignEmbedder  # noqa: PLC0415
    from synth_agent.store.embedders.sender import Terms  # noqa: PLC0415

    if handed is not None and name_of(handed) != known:
        raise ConfigError(
            f"texts are compared by the embedder {known}, and {name_of(handed)} was handed in; "
            "hand in the same one, or start a new run"
        )
    terms = Terms(
        budget=Budget() if budget is None else budget,
        price=_price(known, access),
        timeout=timeout,
    )
    return ForeignEmbedder(
        _model(known, access, timeout) if handed is None else handed,
        name=known,
        threshold=threshold_of(known),
        shelf=shelf,
        terms=terms,
    )


def known_name(name: str) -> str:
    """Return a name in its normal form; nothing is loaded, made or asked.

    Raises:
        ConfigError: No embedder is called so.
    """
    given = name.strip()
    plain = given.lower()
    if plain in _OWN:
        return plain
    if _is_handed(given):
        return given
    provider, _, model = given.partition(":")
    known = provider.lower().replace("-", "_")
    if not model or known not in PROVIDERS or any(map(str.isspace, given)):
        raise ConfigError(f"unknown embedder {name!r}{_meant(given)}; {_FORM}")
    return f"{known}:{model}"


def is_remote(name: str) -> bool:
    """Return whether texts are sent to a model by an interface, which may cost money."""
    return known_name(name) not in _OWN


def name_of(embeddings: object) -> str:
    """Return what an embeddings object is called: class and model, as far as it tells.

    >>> name_of(type("MyEmbeddings", (), {"model": "m-1"})())
    'MyEmbeddings:m-1'
    """
    kind = type(embeddings).__name__.lstrip("_")
    kind = kind[:1].upper() + kind[1:]  # which tells it from a provider
    if kind.lower() in _OWN:
        kind = f"{kind}Embeddings"
    told = (getattr(embeddings, name, None) for name in ("model", "model_name", "model_id"))
    model = next((one for one in told if isinstance(one, str) and one), None)
    return f"{kind}:{model}" if model else kind


def threshold_of(name: str) -> float:
    """Return the cosine from which two texts are near-duplicates; no model of others is loaded.

    Raises:
        ConfigError: No embedder is called so.
    """
    known = known_name(name)
    if known == "minilm":
        return THRESHOLD
    if known in _OWN:
        return _OWN[known]().threshold
    # Some have a maker before their name (huggingface), some a tag behind it (ollama).
    model = known.partition(":")[2].rpartition("/")[2].partition(":")[0]
    return KNOWN_THRESHOLDS.get(model.lower(), _UNKNOWN_MODEL)


def _model(known: str, access: "Access | None", timeout: float) -> "EmbeddingsLike":
    from synth_agent.models.resolve import Access, embeddings_model  # noqa: PLC0415  1 s

    if _is_handed(known):
        raise ConfigError(
            f"no embedder is called {known!r}; where embeddings of that name were handed in from "
            f"Python, hand them in again (SynthAgent(embedder=...)). Else {_FORM}"
        )
    provider, _, model = known.partition(":")
    return embeddings_model(provider, model, access=access or Access(), timeout=timeout)


def _price(known: str, access: "Access | None") -> "Price | None":
    local = known.startswith("openai:") and bool(access and access.openai_base_url)
    price = price_of(known, local=local)
    return price.cost if price else None


def _is_handed(name: str) -> bool:
    """Return whether this is a class's name and not a provider's, see `name_of`."""
    kind = name.partition(":")[0]
    return kind.isidentifier() and kind[0].isupper() and kind.lower() not in PROVIDERS


def _meant(name: str) -> str:
    provider, colon, _ = name.lower().partition(":")
    close = nearest_name(provider, PROVIDERS if colon else tuple(_OWN))
    return f", did you mean {close + colon!r}?" if close and close != provider else ""
