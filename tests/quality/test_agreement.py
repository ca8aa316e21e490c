"""Agreement of raters against figures of the textbooks."""

import pytest

from synth_agent.quality.agreement import best_threshold, cohens_kappa


def crossed(table: list[list[int]]) -> tuple[list[int], list[int]]:
    """Return the verdicts that a table of counts comes from."""
    cells = [(i, j) for i, row in enumerate(table) for j, n in enumerate(row) for _ in range(n)]
    return [i for i, _ in cells], [j for _, j in cells]


def test_kappa_of_two_readers_of_fifty_proposals() -> None:
    found = cohens_kappa(*crossed([[20, 5], [10, 15]]))

    assert found.kappa == pytest.approx(0.4)
    assert found.raw == pytest.approx(0.7)
    assert found.constant == pytest.approx(0.5)
    assert found.cases == 50


def test_kappa_and_its_error_for_three_diagnoses() -> None:
    """Fleiss, Statistical Methods for Rates and Proportions: kappa 0.68, standard error 0.088."""
    found = cohens_kappa(*crossed([[75, 1, 4], [5, 4, 1], [0, 0, 10]]))

    assert found.kappa == pytest.approx(0.676, abs=5e-4)
    assert (found.high - found.low) / (2 * 1.96) == pytest.approx(0.088, abs=5e-4)
    assert found.constant == pytest.approx(0.8)


@pytest.mark.parametrize(
    ("a", "b", "kappa"),
    [
        (["y", "n", "y"], ["y", "n", "y"], 1.0),
        (["y", "n"], ["n", "y"], -1.0),
        (["y", "y"], ["y", "y"], 0.0),
        (["y", "n", "y", "n"], ["y", "y", "y", "y"], 0.0),
    ],
    ids=["always", "never", "one verdict only", "a constant rater"],
)
def test_kappa_at_its_ends(a: list[str], b: list[str], kappa: float) -> None:
    found = cohens_kappa(a, b)

    assert found.kappa == pytest.approx(kappa)
    assert -1 <= found.low <= found.kappa <= found.high <= 1


def test_verdicts_that_do_not_pair_are_refused() -> None:
    with pytest.raises(ValueError, match="got 1, 2"):
        cohens_kappa(["y"], ["y", "n"])
    with pytest.raises(ValueError, match="got 1 scores, 0 verdicts"):
        best_threshold([1.0], [])


def test_the_best_threshold_parts_the_kept_from_the_dropped() -> None:
    found = best_threshold([1, 2, 3, 4, 5], [False, False, True, True, True])

    assert found.best == (3.0, 1.0, 1.0, 1.0)
    assert [cut.threshold for cut in found.table] == [1, 2, 3, 4, 5]
    assert found.table[0] == (1.0, 0.6, 1.0, 0.0)
    assert found.table[4].recall == pytest.approx(1 / 3)


def test_of_equally_good_thresholds_the_lower_is_taken() -> None:
    found = best_threshold([1, 2, 3, 4], [False, True, False, True])

    assert [round(cut.kappa, 3) for cut in found.table] == [0.0, 0.5, 0.0, 0.5]
    assert found.best.threshold == 2


def test_scores_that_people_all_keep_say_nothing() -> None:
    assert best_threshold([1, 2], [True, True]).best == (1.0, 1.0, 1.0, 0.0)
