"""The user's documents, cut to passages that a question can be asked about. Text is data only."""

from synth_agent.documents.chunking import Chunk, chunks
from synth_agent.documents.document import Document, Library, Unread
from synth_agent.documents.library import read_documents
from synth_agent.documents.pairing import Pair, neighbours, pairs

__all__ = [
    "Chunk",
    "Document",
    "Library",
    "Pair",
    "Unread",
    "chunks",
    "neighbours",
    "pairs",
    "read_documents",
]
