import warnings

import pytest

from synth_agent.chains.program import program_flaw

CODE = "def rate(good: int, made: int) -> float:\n    return good / made\n"
TESTS = "from solution import rate\n\n\ndef test_half():\n    assert rate(1, 2) == 0.5\n"
BASE = "class Base:\n    def area(self):\n        raise NotImplementedError\n"


@pytest.mark.parametrize(
    ("code", "tests", "flaw"),
    [
        pytest.param("def rate(:", TESTS, "code: it does not compile", id="code-syntax"),
        pytest.param(CODE, "rate() == ", "tests: it does not compile", id="tests-syntax"),
        pytest.param(CODE + "\0", TESTS, "code: it does not compile", id="null"),
        pytest.param("return 1", TESTS, "code: it does not compile: 'return'", id="compiler"),
        pytest.param(
            CODE, "def test_a():\n    assert (rate(1, 2) == 1, 'x')", "always true", id="tuple"
        ),
        pytest.param(CODE + 'D = "\\d"\n', TESTS, "invalid escape", id="escape"),
        pytest.param(f"{CODE}X = {'-' * 300}1\n", TESTS, "too deeply nested", id="deep"),
        pytest.param("import numpy as np\n" + CODE, TESTS, "imports 'numpy'", id="package"),
        pytest.param("from .units import x\n" + CODE, TESTS, "imports '.units'", id="relative"),
        pytest.param(CODE, "from main import rate\n" + TESTS, "imports 'main'", id="wrong-name"),
        pytest.param("import solution\n" + CODE, TESTS, "imports 'solution'", id="itself"),
        pytest.param(CODE + "def f():\n    pass\n", TESTS, "f is left open (line 3)", id="pass"),
        pytest.param(
            CODE + 'def f():\n    """Later."""\n    ...\n', TESTS, "f is left open", id="dots"
        ),
        pytest.param(
            CODE + "async def f():\n    raise NotImplementedError('x')\n", TESTS, "f is", id="raise"
        ),
        pytest.param(
            CODE + "class A:\n    def f(self):\n        pass\n", TESTS, "f is", id="method"
        ),
        pytest.param("RATE = 1", TESTS, "code: it defines no function or class", id="no-function"),
        pytest.param(CODE, CODE + TESTS, "tests: they define rate themselves", id="own-copy"),
        pytest.param(CODE, "def test_a():\n    assert True", "tests: they use none of", id="other"),
        pytest.param(
            CODE, "def test_a():\n    rate(1, 2)", "tests: nothing is asserted", id="no-assert"
        ),
    ],
)
def test_what_can_be_seen_without_running_is_found(code: str, tests: str, flaw: str) -> None:
    found = program_flaw(code, tests, wish="a task about scrap")

    assert found is not None
    assert flaw in found


@pytest.mark.parametrize(
    ("code", "tests"),
    [
        pytest.param(CODE, TESTS, id="plain"),
        pytest.param(CODE, "def test_a():\n    assert rate(1, 2) == 0.5", id="no-import"),
        pytest.param(
            CODE,
            "import pytest\nfrom solution import rate\n\n"
            "def test_a():\n    with pytest.raises(ZeroDivisionError):\n        rate(1, 0)",
            id="raises",
        ),
        pytest.param(
            CODE,
            "import unittest\nclass TestRate(unittest.TestCase):\n"
            "    def test_a(self):\n        self.assertEqual(rate(1, 2), 0.5)",
            id="unittest",
        ),
        pytest.param(
            "from abc import ABC, abstractmethod\nimport typing\n"
            "class Scrap(Exception):\n    pass\n"
            "class A(ABC):\n    @abstractmethod\n    def f(self): ...\n"
            "class P(typing.Protocol[int]):\n    def f(self): ...\n" + BASE + CODE,
            TESTS,
            id="open-by-design",
        ),
        pytest.param("import collections.abc, math\n" + CODE, TESTS, id="library"),
    ],
)
def test_ordinary_programs_are_left_alone(code: str, tests: str) -> None:
    assert program_flaw(code, tests, wish="") is None


@pytest.mark.parametrize(
    ("module", "wish"),
    [
        ("numpy", "ten NumPy exercises"),
        ("sklearn", "tasks with scikit-learn"),
        ("yaml", "read PyYAML files"),
    ],
)
def test_a_package_may_be_used_where_the_wish_names_it(module: str, wish: str) -> None:
    code = f"import {module}\n{CODE}"

    assert program_flaw(code, TESTS, wish=wish) is None
    assert program_flaw(code, TESTS, wish="numpyish yamls") is not None


def test_filters_of_warnings_stay_as_they_were() -> None:
    before = list(warnings.filters)

    program_flaw(CODE + 'D = "\\d"\n', TESTS, wish="")

    assert list(warnings.filters) == before
