"""Semantic memory: near-duplicates and retrieval by likeness. Derived; the journal is the truth."""

from synth_agent.store.embedders import Embedder, LexicalEmbedder, StaticEmbedder
from synth_agent.store.home import Home
from synth_agent.store.memory import Accepted, Laid, SemanticMemory
from synth_agent.store.probe import probe

__all__ = [
    "Accepted",
    "Embedder",
    "Home",
    "Laid",
    "LexicalEmbedder",
    "SemanticMemory",
    "StaticEmbedder",
    "probe",
]
