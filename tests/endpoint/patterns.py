"""Text that matches a regular expression, for the simple ones that schemas have.

Understood: literals, escapes, classes, `.`, groups, `|`, anchors and the greedy quantifiers. What
else there is (look-around, back-references) raises ValueError.
"""

import re
import string
from dataclasses import dataclass
from random import Random

__all__ = ["matching"]

_CLASSES = {
    "d": string.digits,
    "w": string.ascii_lowercase,
    "s": " ",
    "D": string.ascii_letters,
    "W": "-.",
    "S": string.ascii_lowercase,
}
_QUANTIFIER = re.compile(r"\{(\d+)(?:(,)(\d*))?\}|([*+?])")
_SEVERAL = 5
"""How many more than its fewest an open quantifier gives at most."""


def matching(pattern: str, rng: Random) -> str:
    """Return text in which the pattern is found.

    Raises:
        ValueError: The pattern is beyond what is understood here.
    """
    reader = _Reader(pattern, rng)
    text = reader.alternatives()
    if reader.at < len(pattern) or not re.search(pattern, text):
        raise ValueError(f"expected a simple pattern, got {pattern!r}; write the answer by hand")
    return text


@dataclass(slots=True)
class _Reader:
    pattern: str
    rng: Random
    at: int = 0

    def alternatives(self) -> str:
        """Read up to a closing bracket or the end."""
        said = [self._sequence()]
        while self._next("|"):
            said.append(self._sequence())
        return self.rng.choice(said)

    def _next(self, sign: str) -> bool:
        if self.pattern.startswith(sign, self.at):
            self.at += len(sign)
            return True
        return False

    def _sequence(self) -> str:
        said = []
        while self.at < len(self.pattern) and self.pattern[self.at] not in "|)":
            begin = self.at
            atom = self._atom()
            fewest, most = self._counts()
            end = self.at
            # Each repetition is read, and so drawn, anew.
            for _ in range(self.rng.randint(fewest, most) - 1):
                self.at = begin
                atom += self._atom()
            self.at = end
            said.append(atom if most and (fewest or self.rng.random() < 0.5) else "")
        return "".join(said)

    def _counts(self) -> tuple[int, int]:
        found = _QUANTIFIER.match(self.pattern, self.at)
        if not found:
            return 1, 1
        self.at = found.end()
        if sign := found[4]:
            return {"?": (0, 1), "*": (0, _SEVERAL), "+": (1, 1 + _SEVERAL)}[sign]
        fewest = int(found[1])
        if not found[2]:
            return fewest, fewest
        return fewest, int(found[3]) if found[3] else fewest + _SEVERAL

    def _atom(self) -> str:
        sign = self.pattern[self.at]
        self.at += 1
        match sign:
            case "^" | "$":
                return ""
            case ".":
                return self.rng.choice(string.ascii_lowercase)
            case "\\":
                return self.rng.choice(self._escaped())
            case "[":
                return self.rng.choice(self._class())
            case "(":
                self._next("?:")
                said = self.alternatives()
                if not self._next(")"):
                    raise ValueError(f"expected a closing bracket in {self.pattern!r}")
                return said
            case _:
                return sign

    def _escaped(self) -> str:
        sign = self.pattern[self.at]
        self.at += 1
        return _CLASSES.get(sign, sign)

    def _class(self) -> str:
        negated = self._next("^")
        members = ""
        while not self._next("]"):
            sign = self.pattern[self.at]
            self.at += 1
            if sign == "\\":
                members += self._escaped()
            elif self.pattern[self.at] == "-" and self.pattern[self.at + 1] != "]":
                members += "".join(map(chr, range(ord(sign), ord(self.pattern[self.at + 1]) + 1)))
                self.at += 2
            else:
                members += sign
        if negated:
            return "".join(c for c in string.ascii_letters + string.digits if c not in members)
        return members
