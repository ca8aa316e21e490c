"""Chains: one prompt, one model, one schema each. Importing one imports LangChain (0.5 s)."""

from synth_agent.chains.hand import Hand, Material, Order, Outcome

__all__ = ["Hand", "Material", "Order", "Outcome"]
