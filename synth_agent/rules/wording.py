"""Wordings: several templates of one meaning."""

from collections.abc import Sequence

from synth_agent.errors import ConfigError
from synth_agent.rules.chance import Chance
from synth_agent.rules.draws import FAILURES
from synth_agent.rules.expressions import Facts, compile_template

__all__ = ["Wording"]


class Wording:
    """Templates of one meaning, of which one is said."""

    def __init__(self, texts: Sequence[str], where: str) -> None:
        self._texts = texts
        self._where = where

    def __bool__(self) -> bool:
        return bool(self._texts)

    def choose(self, chance: Chance) -> int:
        """Return which wording to say."""
        return chance.below(len(self._texts))

    def say(self, facts: Facts, chance: Chance) -> str:
        """Say one of the wordings, chosen by chance."""
        return self.say_nth(self.choose(chance), facts)

    def say_nth(self, n: int, facts: Facts) -> str:
        """Say one of the wordings; beyond the last it begins again with the first."""
        n %= len(self._texts)
        try:
            return compile_template(self._texts[n])(facts)
        except (*FAILURES, ConfigError) as error:
            raise ConfigError(f"{self._where}[{n}]: {type(error).__name__}: {error}") from error

    def say_all(self, facts: Facts) -> list[str]:
        """Say them all, in order; those that come out empty are left out."""
        said = (self.say_nth(n, facts) for n in range(len(self._texts)))
        return [line for line in said if line]
