import pytest

from synth_agent.sandbox import calls_in, functions_defined

CODE = """
import math
def plain(): pass
async def later(): pass
class Thing:
    def method(self): pass
short = lambda n: n
try:
    from fast import quick
except ImportError:
    def quick(): pass
"""


def test_finds_what_a_module_defines() -> None:
    assert functions_defined(CODE) == {"plain", "later", "Thing", "short", "quick"}


@pytest.mark.parametrize(
    ("tests", "used"),
    [
        ("assert f(1) == 2", {"f"}),
        ("import solution\nassert solution.f(1)", {"solution", "f"}),
        ("with raises(E):\n    f()", {"raises", "E", "f"}),
        ("check(f)", {"check", "f"}),
        (">>> f(1)\n2\n>>> for a in b:\n...     g\n", {"f", "b", "g"}),
        ("f = 1", set()),
        ("f(", set()),
    ],
    ids=["call", "attribute", "raises", "handed-on", "examples", "assigned", "syntax"],
)
def test_finds_what_tests_use(tests: str, used: set[str]) -> None:
    assert calls_in(tests) == used
