"""The kinds of tests that are found and run."""

import pytest

from synth_agent.sandbox import run

ADD = "def add(a, b):\n    return a + b\n"

FOUND = [
    pytest.param("def test_a():\n    assert add(1, 1) == 2\n", 1, id="function"),
    pytest.param("assert add(1, 1) == 2\ndef test_a():\n    assert add(0, 1) == 1", 1, id="both"),
    pytest.param("from solution import add\nassert add(1, 1) == 2", 1, id="import"),
    pytest.param("async def test_a():\n    assert add(1, 1) == 2", 1, id="asynchronous"),
    pytest.param(">>> add(1, 1)\n2\n>>> add(2, 2)\n4\n", 2, id="examples"),
    pytest.param(
        "import unittest\nclass T(unittest.TestCase):\n"
        "    def test_a(self): self.assertEqual(add(1, 1), 2)\n"
        "    def test_b(self): self.assertEqual(add(1, 2), 3)\n"
        "if __name__ == '__main__':\n    unittest.main()",
        2,
        id="unittest",
    ),
    pytest.param(
        "import unittest\nclass T(unittest.IsolatedAsyncioTestCase):\n"
        "    async def test_a(self): self.assertEqual(add(1, 1), 2)",
        1,
        id="unittest-asynchronous",
    ),
    pytest.param(
        "import pytest\n@pytest.mark.parametrize('a, b', [(1, 2), pytest.param(3, 4, id='x')])\n"
        "@pytest.mark.parametrize('c', [1, 2, 3])\n"
        "def test_a(a, b, c):\n    assert add(a, b) == a + b and c",
        6,
        id="parametrized",
    ),
    pytest.param(
        "import pytest\ndef test_a():\n    with pytest.raises(TypeError, match='missing') as e:\n"
        "        add(1)\n    assert 'add' in str(e.value) and e.type is TypeError\n"
        "    pytest.raises(TypeError, add, None, 1)",
        1,
        id="raises",
    ),
    pytest.param(
        "from pytest import approx\ndef test_a():\n    assert add(0.1, 0.2) == approx(0.3)\n"
        "    assert [0.1 + 0.2, 1] == approx([0.3, 1]) and {'a': 1.0} == approx({'a': 1})\n"
        "    assert 1.1 != approx(1) and 1.1 == approx(1, abs=0.2) and 1.1 == approx(1, rel=0.2)\n"
        "    assert [1] != approx([1, 2]) and float('inf') != approx(1)",
        1,
        id="approx",
    ),
    pytest.param(
        "import pytest\n@pytest.fixture\ndef one():\n    return 1\n"
        "@pytest.fixture()\ndef two(one):\n    yield one + 1\n    ended.append(1)\nended = []\n"
        "def test_a(one, two, also=3):\n    assert add(one, two) == also\n"
        "def test_b():\n    assert ended == [1]",
        2,
        id="fixtures",
    ),
    pytest.param(
        "def test_a(tmp_path):\n    (tmp_path / 'f').write_text('x')\n"
        "def test_b(capsys):\n    print(add(1, 1))\n    assert capsys.readouterr().out == '2\\n'\n"
        "def test_c(monkeypatch):\n    import math\n    monkeypatch.setattr(math, 'pi', 3)\n"
        "    monkeypatch.setattr('math.e', 2)\n    monkeypatch.setenv('A', 'b')\n"
        "    monkeypatch.delenv('B', raising=False)\n    monkeypatch.setitem(globals(), 'x', 1)\n"
        "    assert math.pi + math.e == 5 and x == 1\n"
        "def test_d():\n    import math\n    assert math.pi > 3.1 and 'x' not in globals()",
        4,
        id="known-fixtures",
    ),
    pytest.param(
        "import pytest\nclass TestAdd:\n    def setup_method(self):\n        self.one = 1\n"
        "    @pytest.mark.parametrize('n', [1, 2])\n"
        "    def test_a(self, n):\n        assert add(self.one, n) == n + 1\n"
        "    @staticmethod\n    def test_b():\n        assert add(1, 1) == 2",
        3,
        id="class",
    ),
    pytest.param(
        "import pytest\n@pytest.mark.skip(reason='x')\ndef test_a(): assert 0\n"
        "@pytest.mark.skipif(True, reason='x')\ndef test_b(): assert 0\n"
        "@pytest.mark.xfail\ndef test_c(): assert 0\n"
        "def test_d(): pytest.skip('x')\ndef test_e(): pytest.importorskip('numpy')\n"
        "@pytest.mark.slow\ndef test_f(): assert add(1, 1) == 2",
        1,
        id="skipped",
    ),
]


@pytest.mark.parametrize(("tests", "number"), FOUND)
def test_runs_what_models_write(tests: str, number: int) -> None:
    outcome = run(ADD, tests)

    assert (outcome.kind, outcome.tests, outcome.detail) == ("passed", number, "")


@pytest.mark.parametrize(("tests", "number"), FOUND)
def test_notices_a_wrong_solution(tests: str, number: int) -> None:
    outcome = run("def add(a, b, c=0):\n    return [a, b]", tests)

    assert outcome.kind in {"failed", "error"}
    assert outcome.detail


def test_doctests_of_the_code_run_where_there_is_nothing_else() -> None:
    code = "def one():\n    '''\n    >>> one()\n    {}\n    '''\n    return 1\n"

    assert run(code.format(1), "").tests == 1
    assert run(code.format(2), "").detail == "1 examples of solution.one failed"


def test_a_test_that_the_code_brings_is_no_test() -> None:
    assert run(ADD + "def test_a():\n    assert add(1, 1) == 2", "").kind == "no-tests"


@pytest.mark.parametrize(
    ("tests", "kind", "detail"),
    [
        pytest.param("def test_a(db): pass", "error", "no fixture 'db'", id="fixture"),
        pytest.param("import pytest\ndef test_a(): pytest.fail('no')", "failed", "no", id="fail"),
        pytest.param(
            "import pytest\ndef test_a():\n    with pytest.raises(KeyError): add(1, 1)",
            "failed",
            "DID NOT RAISE",
            id="raised-nothing",
        ),
        pytest.param(
            "import pytest\ndef test_a():\n    with pytest.raises(KeyError): 1 / 0",
            "error",
            "ZeroDivisionError",
            id="raised-other",
        ),
        pytest.param(
            "import pytest\ndef test_a():\n    with pytest.raises(TypeError, match='x{9}'): add(1)",
            "failed",
            "not found in",
            id="no-match",
        ),
        pytest.param(
            "import unittest\nclass T(unittest.TestCase):\n    def test_a(self): raise MemoryError",
            "memory",
            "MemoryError",
            id="memory-in-unittest",
        ),
        pytest.param(
            "import unittest\nclass T(unittest.TestCase):\n    @unittest.skip('x')\n"
            "    def test_a(self): pass",
            "no-tests",
            "",
            id="all-skipped",
        ),
        pytest.param(
            "import unittest\nclass T(unittest.TestCase):\n    @unittest.expectedFailure\n"
            "    def test_a(self): pass",
            "failed",
            "expected to fail",
            id="unexpected-success",
        ),
    ],
)
def test_says_what_is_wrong_with_tests(tests: str, kind: str, detail: str) -> None:
    outcome = run(ADD, tests)

    assert outcome.kind == kind
    assert detail in outcome.detail
