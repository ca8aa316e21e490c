"""Text cut into the symbols of arithmetic: numbers, signs, brackets, units, equals, and the rest.

LaTeX and Markdown are made plain first. What a reader could take in two ways (a clock, a version, a
range with a dash) becomes a symbol that no expression can hold.
"""

import re
from typing import Final, Literal, NamedTuple

__all__ = ["Kind", "Symbol", "plain_maths", "symbols"]

Kind = Literal[
    "number",
    "vulgar",
    "word",
    "sign",
    "open",
    "close",
    "equals",
    "power",
    "percent",
    "money",
    "rest",
]


class Symbol(NamedTuple):
    """One symbol and where it stands."""

    kind: Kind
    text: str
    """As it is read: signs are one of `+ - * / ^ of`, equals one of `= ~ -> is`."""
    start: int
    end: int


_FRACTION: Final = re.compile(r"\\[dtc]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}")
_SHORT_FRACTION: Final = re.compile(r"\\[dtc]?frac\s*(\d)\s*(\d)")
_WRAPPED: Final = re.compile(
    r"\\(?:text|textbf|mathrm|mathbf|mbox|operatorname|boxed|fbox|underline)\s*\{([^{}]*)\}"
)
_COMMANDS: Final = tuple(
    (re.compile(pattern), plain)
    for pattern, plain in (
        (r"\{,\}", ","),
        (r"\\(?:times|ast)\b", "×"),
        (r"\\cdot\b", "·"),
        (r"\\div\b", "÷"),
        (r"\\(?:approx|simeq|cong|sim)\b", "≈"),
        (r"\\(?:rightarrow|to|implies|Rightarrow|longrightarrow)\b", "→"),
        (r"\\(?:neq?)\b", "≠"),
        (r"\\(?:leq?|geq?|lt|gt)\b", "<"),
        (r"\^\s*\{?\s*\\circ\s*\}?", "°"),
        (r"\\(?:left|right|big|Big|displaystyle|quad|qquad|limits)(?![a-z])", " "),
        (r"\\[()\[\]]", " ; "),
        (r"\\(?:begin|end)\s*\{[^{}]*\}", "\n"),
        (r"\\\\", "\n"),
        (r"\\[,;:! ]", " "),
        (r"\\([%$&#_{}])", r"\1"),
        (r"\^\s*\{\s*(-?\d+)\s*\}", r"^\1"),
        (r"(?m)&(?=\s*[=≈])|(?<=[=≈])\s*&", " "),
        (r"\\(?=[A-Za-z])", " "),
    )
)
_POWER: Final = re.compile(r"(?<=[\d)])(?:\*\*(?=[\d(-])| \*\* (?=\d))")
_BULLET: Final = re.compile(r"(?m)^[ \t>]*[-*+•–](?=[ \t])")
_CONTINUED: Final = re.compile(r"\s*\n\s*(?=[=≈](?!>))")
_NESTED: Final = 6

_PATTERN: Final = re.compile(
    r"""
      (?P<odd>\d+(?:[:_]\d+)+|\d{4}-\d\d-\d\d(?!\d)|\d{1,2}/\d{1,2}/\d{2,4}(?![\d/])
      |\d*\.\d+\.\d+(?:\.\d+)*(?![.\d]))
    | (?P<number>(?<![\w.])\d+(?:[.,'’\u00a0\u202f]\d+)*|(?<![\w.])\.\d+)
    | (?P<vulgar>[½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅐⅛⅜⅝⅞⅑⅒])
    | (?P<between>(?<=\d)[xX](?=\.?\d))
    | (?P<glued>(?<=[xX])(?<=\d[xX])\d+(?:[.,]\d+)*)
    | (?P<arrow>-+>|=>|→|⟶|⇒)
    | (?P<compare><<|>>|[<>!:]=|[<>≠≤≥]|//)
    | (?P<about>≈|≃|≅|≒|~=|=~|=\s*~|\u223c|~)
    | (?P<equals>={1,2})
    | (?P<phrase>\b(?:multiplied\s+by|divided\s+by|is\s+equal\s+to|comes?\s+to|plus|minus|times)\b)
    | (?P<word>[^\W\d]\w*(?:['’-][^\W\d_]+)*)
    | (?P<raised>[²³])
    | (?P<sign>[-+−*×·\u22c5\u2219÷/\u2044\u2215^])
    | (?P<dash>(?<=\s)–(?=\s))
    | (?P<open>[(\[{])
    | (?P<close>[)\]}])
    | (?P<percent>%)
    | (?P<money>[$€£¥₹])
    | (?P<space>[^\S\n]+)
    | (?P<rest>.|\n)
    """,
    re.VERBOSE | re.IGNORECASE,
)
_SIGNS: Final = {
    **dict.fromkeys("-−–", "-"),
    **dict.fromkeys("*×·\u22c5\u2219xX", "*"),
    **dict.fromkeys("/÷\u2044\u2215", "/"),
    "plus": "+",
    "minus": "-",
    "times": "*",
    "multiplied by": "*",
    "divided by": "/",
}
_EQUAL_WORDS: Final = frozenset({"is", "equals", "gives", "makes", "yields"})
_KINDS: Final[dict[str, Kind]] = {
    "odd": "rest",
    "number": "number",
    "glued": "number",
    "vulgar": "vulgar",
    "between": "sign",
    "sign": "sign",
    "dash": "sign",
    "compare": "rest",
    "raised": "power",
    "open": "open",
    "close": "close",
    "percent": "percent",
    "money": "money",
    "rest": "rest",
}
_EQUALS: Final = {"arrow": "->", "about": "~", "equals": "="}


def plain_maths(text: str) -> str:
    r"""Return the text with LaTeX, emphasis and bullets made plain; lengths change.

    >>> plain_maths(r"So $\frac{3}{4} \times 8 = \boxed{6}$.")
    'So $((3)/(4)) × 8 = 6$.'
    """
    if "\\" in text:
        for _ in range(_NESTED):
            before = text
            text = _SHORT_FRACTION.sub(r"((\1)/(\2))", text)
            text = _WRAPPED.sub(r"\1", _FRACTION.sub(r"((\1)/(\2))", text))
            if text == before:
                break
        for pattern, plain in _COMMANDS:
            text = pattern.sub(plain, text)
    text = _BULLET.sub(";", text)
    if "**" in text:
        text = _POWER.sub("^", text).replace("**", "")
    text = text.replace("`", " ").replace("__", " ")
    return _CONTINUED.sub(" ", text)


def symbols(text: str) -> list[Symbol]:
    """Return the symbols of a plain text, white space left out, line ends as `rest`."""
    found = []
    for match in _PATTERN.finditer(text):
        name = match.lastgroup or "rest"
        if name != "space":
            found.append(_symbol(name, match))
    return found


def _symbol(name: str, match: re.Match[str]) -> Symbol:
    said, start, end = match[0], match.start(), match.end()
    if name in _EQUALS:
        return Symbol("equals", _EQUALS[name], start, end)
    if name == "phrase":
        phrase = " ".join(said.lower().split())
        if phrase in _SIGNS:
            return Symbol("sign", _SIGNS[phrase], start, end)
        return Symbol("equals", "is", start, end)
    if name == "word":
        return _word(said, start, end)
    kind = _KINDS[name]
    return Symbol(kind, _SIGNS.get(said, said) if kind == "sign" else said, start, end)


def _word(said: str, start: int, end: int) -> Symbol:
    low = said.lower()
    if low in _EQUAL_WORDS:
        return Symbol("equals", "is", start, end)
    return Symbol("word", low, start, end)
