import ast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth_agent.sandbox import mutants

CODE = '''
"""Text at the top."""
LIMIT = 10

def total(numbers, start=0):
    """Add up."""
    result = start
    for number in numbers:
        if number < LIMIT and number > 0:
            result += pow(number, 2)
    return result
'''


def faults(code: str, operator: str) -> set[str]:
    return {m.code for m in mutants(code, seed=1, limit=99) if m.operator == operator}


@pytest.mark.parametrize(
    ("code", "operator", "expected"),
    [
        ("a = b < c", "relation", {"a = b <= c"}),
        ("a = b in c", "relation", {"a = b not in c"}),
        ("a = b - c", "arithmetic", {"a = b + c"}),
        ("a //= c", "arithmetic", {"a *= c"}),
        ("a = 3", "constant", {"a = 4"}),
        ("a = True", "constant", {"a = False"}),
        ("a = 'b'", "constant", {"a = ''"}),
        ("if a:\n    b()", "negation", {"if not a:\n    b()"}),
        ("a = b or c", "negation", {"a = b and c"}),
        ("def f():\n    return 1", "return None", {"def f():\n    return None"}),
        ("a()\nb = 1", "remove statement", {"pass\nb = 1", "a()\npass"}),
        ("f(a, b)", "swap arguments", {"f(b, a)"}),
        ("for a in b:\n    c", "empty loop", {"for a in ():\n    c"}),
        ("[a for a in b]", "empty loop", {"[a for a in ()]"}),
    ],
)
def test_each_operator_makes_its_fault(code: str, operator: str, expected: set[str]) -> None:
    assert faults(code, operator) == expected


@pytest.mark.parametrize(
    "code",
    ["", "def f():\n    return None", "f(a, a)", "def f(:", '"""Text."""', "x: int", "(" * 500],
    ids=["empty", "none", "same-arguments", "syntax", "docstring", "annotation", "deep"],
)
def test_some_code_has_no_fault_to_make(code: str) -> None:
    assert [m for m in mutants(code, seed=0) if m.operator != "remove statement"] == []


@settings(max_examples=25)
@given(st.integers(0, 1000), st.integers(1, 20))
def test_mutants_compile_and_differ(seed: int, limit: int) -> None:
    found = mutants(CODE, seed=seed, limit=limit)

    texts = {ast.unparse(ast.parse(mutant.code)) for mutant in found}
    assert len(texts) == len(found) <= limit
    assert ast.unparse(ast.parse(CODE)) not in texts
    assert all('"""Add up."""' in mutant.code for mutant in found)


def test_the_same_seed_gives_the_same_and_another_others() -> None:
    assert mutants(CODE, seed=7) == mutants(CODE, seed=7)
    assert len({tuple(m.code for m in mutants(CODE, seed=seed)) for seed in range(9)}) > 1


def test_a_choice_is_spread_over_the_operators() -> None:
    assert len({mutant.operator for mutant in mutants(CODE, seed=3, limit=6)}) == 6


def test_a_mutant_names_its_line() -> None:
    assert [m.line for m in mutants("a = 1\nb = c < d", seed=0) if m.operator == "relation"] == [2]
