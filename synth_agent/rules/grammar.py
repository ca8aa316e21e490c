"""Labelled texts from a grammar: symbols expand to alternatives until only words are left."""

import re
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from synth_agent.errors import ConfigError
from synth_agent.rules.chance import Chance
from synth_agent.rules.entities import Entities
from synth_agent.rules.filters import cap

__all__ = ["Grammar"]

_PART: Final = re.compile(r"\{([a-z][a-z0-9_]*)(\.cap)?\}")
_BLANKS: Final = re.compile(r"[ \t]{2,}")
_MAX_DEPTH: Final = 40


class _Piece(NamedTuple):
    text: str
    symbol: str = ""
    capital: bool = False


class Grammar:
    """Expands `{symbol}` from its own rules first, then from the entities of the pack."""

    def __init__(
        self, rules: Mapping[str, Sequence[str]], entities: Entities, *, where: str
    ) -> None:
        self._where = where
        self._entities = entities
        self._rules: Final = {name: [self.parse(t) for t in texts] for name, texts in rules.items()}

    def parse(self, text: str) -> list[_Piece]:
        """Split a text into words and symbols, once."""
        pieces: list[_Piece] = []
        end = 0
        for match in _PART.finditer(text):
            pieces += [_Piece(text[end : match.start()])] if match.start() > end else []
            pieces.append(_Piece("", match[1], match[2] is not None))
            end = match.end()
        return [*pieces, _Piece(text[end:])] if end < len(text) else pieces

    def expand(self, pieces: Sequence[_Piece], chance: Chance) -> str:
        """Return the text with every symbol expanded."""
        return _BLANKS.sub(" ", self._expand(pieces, chance, 0)).strip()

    def _expand(self, pieces: Sequence[_Piece], chance: Chance, depth: int) -> str:
        if depth > _MAX_DEPTH:
            raise ConfigError(f"{self._where}: the grammar does not end (depth {_MAX_DEPTH})")
        return "".join(
            self._symbol(piece, chance, depth) if piece.symbol else piece.text for piece in pieces
        )

    def _symbol(self, piece: _Piece, chance: Chance, depth: int) -> str:
        if piece.symbol in self._rules:
            alternatives = self._rules[piece.symbol]
            text = self._expand(chance.choose(alternatives), chance, depth + 1)
        elif piece.symbol in self._entities:
            text = str(self._entities.one(piece.symbol, chance))
        else:
            raise ConfigError(f"{self._where}: no symbol or entity {piece.symbol!r}")
        return cap(text) if piece.capital else text

    def unknown(self, text: str) -> list[str]:
        """Return the symbols of a text that neither the rules nor the entities have."""
        return [
            piece.symbol
            for piece in self.parse(text)
            if piece.symbol
            and piece.symbol not in self._rules
            and piece.symbol not in self._entities
        ]
