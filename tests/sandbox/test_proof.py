import asyncio

import pytest

from synth_agent.sandbox import Limits, aflaw, flaw, kills, vacuous

MAX = "def largest(a, b):\n    if a > b:\n        return a\n    return b\n"
SWALLOWED = """
def test_it():
    try:
        assert largest(1, 2) == 2
    except Exception:
        pass
"""
GOOD = "assert largest(1, 2) == 2\nassert largest(2, 1) == 2\nassert largest(-1, -1) == -1"


@pytest.mark.parametrize(
    ("code", "tests"),
    [
        pytest.param(MAX, "assert True", id="no-call"),
        pytest.param(MAX, "def test_a():\n    largest(1, 2)", id="no-assert"),
        pytest.param(MAX, SWALLOWED, id="swallowed"),
        pytest.param(MAX, "def largest(*_): return 2\nassert largest(1, 2) == 2", id="overridden"),
        pytest.param("f = lambda: None", "assert f() is None", id="lambda"),
        pytest.param("X = 1", "assert True", id="no-function"),
    ],
)
def test_tests_that_emptied_code_passes_are_vacuous(code: str, tests: str) -> None:
    assert vacuous(code, tests)


@pytest.mark.parametrize(
    ("code", "tests"),
    [
        pytest.param(MAX, GOOD, id="function"),
        pytest.param("class A:\n    def f(self): return 1", "assert A().f() == 1", id="method"),
        pytest.param(
            "async def f(): return 1", "async def test(): assert await f() == 1", id="async"
        ),
        pytest.param("X = 1", "assert X == 1", id="constant"),
        pytest.param("def f(:", "assert True", id="syntax"),
    ],
)
def test_tests_that_need_the_code_are_not(code: str, tests: str) -> None:
    assert not vacuous(code, tests)


def test_counts_the_faults_that_tests_notice() -> None:
    good = kills(MAX, GOOD, seed=1)
    weak = kills(MAX, "assert largest(1, 2) == 2", seed=1)

    assert good.of == weak.of == good.killed + good.survived
    assert good.killed > weak.killed > 0
    assert len(weak.survivors) == weak.survived
    assert 0 < weak.share < 1


def test_a_mutant_that_hangs_is_killed() -> None:
    code = "def f():\n    n = 3\n    while n:\n        n -= 1\n    return n"

    result = kills(code, "assert f() == 0", seed=0, limit=12, limits=Limits(wall=1))

    assert result.killed > 0
    assert all("n += 1" not in mutant.code for mutant in result.survivors)


def test_code_without_mutants_survives_nothing() -> None:
    result = kills("", "assert True", seed=0)

    assert (result.of, result.share) == (0, 1.0)


@pytest.mark.parametrize(
    ("tests", "reason"),
    [
        pytest.param(GOOD, None, id="good"),
        pytest.param("assert max(1, 2) == 2", "tests: they use none of largest", id="other"),
        pytest.param("assert largest(1, 2) == 1", "failed: AssertionError", id="failing"),
        pytest.param("", "no-tests", id="none"),
        pytest.param("assert largest", "vacuous: ", id="vacuous"),
        pytest.param("assert largest(1, 2) == 2", "mutants: the tests notice", id="weak"),
    ],
)
def test_says_why_a_record_is_not_good(tests: str, reason: str | None) -> None:
    found = flaw(MAX, tests, seed=1, share=0.6)

    assert found == reason if reason is None else (found or "").startswith(reason)


def test_code_that_cheats_its_way_to_a_pass_is_found_by_its_mutants() -> None:
    code = (
        "class Same:\n    def __eq__(self, other): return 1\n"
        "def add(a, b):\n    n = a + b\n    return Same()"
    )

    result = kills(code, "assert add(1, 2) == 3", seed=0, limit=20)

    assert any("n = a - b" in mutant.code for mutant in result.survivors)


def test_many_records_share_the_slots_of_the_caller() -> None:
    async def main() -> list[str | None]:
        slots = asyncio.Semaphore(2)
        return await asyncio.gather(*(aflaw(MAX, GOOD, seed=n, slots=slots) for n in range(3)))

    assert asyncio.run(main()) == [None] * 3
