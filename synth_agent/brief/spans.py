"""Which readings stand inside others."""

from collections.abc import Container, Iterable

from synth_agent.brief.readings import Match

__all__ = ["inner_tokens", "stands_in"]


def inner_tokens(matches: Iterable[Match]) -> frozenset[int]:
    """Return the tokens of these readings, each without its first."""
    return frozenset(at for match in matches for at in range(match.start + 1, match.end))


def stands_in(match: Match, tokens: Container[int]) -> bool:
    """Whether a reading begins and ends inside others, given by their inner tokens."""
    return match.start in tokens and match.end - 1 in tokens
