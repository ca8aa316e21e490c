"""Semantic memory: near-duplicates and retrieval by likeness. Derived; the journal is the truth."""

from synth_agent.store.embedder import Embedder, LexicalEmbedder
from synth_agent.store.memory import Accepted, SemanticMemory
from synth_agent.store.probe import probe
from synth_agent.store.static_embedder import StaticEmbedder

__all__ = ["Accepted", "Embedder", "LexicalEmbedder", "SemanticMemory", "StaticEmbedder", "probe"]
