"""Texts as vectors: what near-duplicates are told and examples are found by."""

from synth_agent.store.embedders.lexical import LexicalEmbedder
from synth_agent.store.embedders.protocol import Embedder
from synth_agent.store.embedders.static import StaticEmbedder

__all__ = ["Embedder", "LexicalEmbedder", "StaticEmbedder"]
