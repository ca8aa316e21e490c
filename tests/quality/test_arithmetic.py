"""Steps of calculations: false ones are found however they are written, true ones never."""

from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from synth_agent.quality.arithmetic import false_steps

TRUE = [
    "3 + 4 = 7",
    "So 3 + 4 = 7, then 7 × 2 = 14.",
    "48/2 = <<48/2=24>>24 clips",
    "$<<0.2*50=10>>10",
    "12 h × 60 min/h = 720 min",
    "20% of 50 = 10",
    "20% of the 50 students is 10.",
    "1/4 of 8 is 2",
    "¾ of 8 = 6",
    "2½ + 1 = 3½",
    "2 1/2 + 1 = 3 1/2 cups",
    r"$\frac{3}{4} \times 8 = 6$",
    r"\[ 3 \cdot 4 = \boxed{12} \]",
    r"\begin{align*} 3 + 4 &= 7 \\ 7 - 2 &= 5 \end{align*}",
    r"1{,}250 + 250 = 1{,}500 \text{ parts}",
    r"25\% \times 80 = 20",
    "10 ÷ 4 = 2.5",
    "5 − 8 = −3",
    "5 - 8 = -3",
    "(2 + 3) × 4 = 5 × 4 = 20",
    "3(4 + 5) = 27",
    "2^10 = 1024",
    "2**3 = 8",
    "5² = 25",
    "5 squared + 1 = 26",
    "10/3 = 3.33",
    "10/3 = 3.3333...",
    "2/3 = 0.66",
    "2/3 = 0.67",
    "10/3 = 3",
    "10/3 = 3.33; 3.33 × 3 = 10",
    "0.83 × 0.95 × 0.97 = 0.7652",
    "33% of 90 = 30",
    "22/7 ≈ 3.14",
    "1288 + 1 ≈ 1,300",
    "354 / 450 × 60 = about 47",
    "$1,250.50 + $49.50 = $1,300",
    "$3.50 x 4 = $14.00",
    "3.5k + 2k = 5.5k",
    "1.5 million + 500 thousand = 2 million",
    "1.250,5 + 0,5 = 1.251",
    "3,5 + 2,5 = 6",
    "337/345 = 97.68%",
    "(30 - 20) / 20 * 100 = 50%",
    "100% - 20% = 80%",
    "5 m × 3 m = 15 m²",
    "2 m³ / 4 = 500 l",
    "1 m² - 5000 cm² = 5000 cm²",
    "7.60 m × 1.20 EUR/m = 9.12 EUR",
    "100 - 20% = 80",
    "5 × 20 cents = $1.00",
    "1 hour + 30 minutes = 90 minutes",
    "2 km + 500 m = 2.5 km",
    "120 x 3.5 = 420 million",
    "3 × 4 = **12**",
    "**3 × 4** = 12",
    "- 3 + 4 = 7",
    "1. 3 + 4 = 7",
    "1) 3 + 4 = 7",
    "Day 2 - 3 × 4 = 12",
    "5 * 3 = 15 + 2 = 17",
    "50 / 1/2 = 100",
    "1/4 = 3 slices",
    "3 plus 4 equals 7",
    "3 times 4 is 12",
    "12 divided by 4 gives 3",
    "3 + 4 -> 7",
    "940 + 190 - 2,560 -> 0",
    "17/5 = 4 (rounded up)",
    "17 / 5 = 3 remainder 2",
    "95 / 60 = 1 hour and 35 minutes",
    "1.2 × 10^3 + 300 = 1.5 × 10^3",
    "11/18*162 = 99.00000000000001",
    "100 - 60 = 40 percentage points",
    "8770 / 15 = 584 boxes",
]
UNREAD = [
    "x + 3 = 10",
    "2x + 3 = 7",
    "2m + 55 = 215",
    "4s + 16 = 2s + 32",
    "2g + 4s = 70 legs",
    "2 x² + 3 = 21",
    "10/x + 2 = 7",
    "Net = gross + 190 - 20 = 5",
    "half of 10 + 2 = 7",
    "twice 5 + 3 = 13",
    "2g + 4s = 70 legs. Using g = 20 - s, 2g + 4s - 2g = 30",
    "2025-11-20 fee=2.90",
    "19 May 2025 + 91 days = 16 Apr",
    "5/4/2023 + 1 = 7",
    "In base 2, 1 + 1 = 10",
    "That 2 + 2 = 5 is wrong.",
    "row[1] + 2 = 5",
    "rate(3) + 2 = 6",
    "sqrt(16) + 2 = 6",
    "log 100 + 1 = 3",
    "5! + 1 = 121",
    "17 % 5 = 2",
    "17 // 5 = 3",
    "6:30 + 2:15 = 8:45",
    "0900 - 0130 = 0730",
    "5 more than 3 + 4 = 12",
    "5 + 3 = x",
    "5 + 3 = 2y",
    "5 + 3 != 9",
    "5 + 3 >= 7",
    "2 dozen + 1 = 25",
    "The 5-10 range is 6 numbers",
    "12 - 5 is 2 more than 5",
    "6/2(1+2) = 1",
    "Let f(2 + 3) = 9",
    "1,00,000 + 1 = 5",
    "1.2.3 + 1 = 5",
    "9**9**9 = 3",
    "10^100000 + 1 = 3",
    "1 / 0 = 5",
    "Ages 3, 4 and 5 = 12",
    "",
    "no figures = nothing",
]
FALSE = [
    ("3 + 4 = 8", "3 + 4 = 8", 7, 8),
    ("So 3 + 4 = 7, then 7 × 2 = 15.", "7 × 2 = 15", 14, 15),
    ("48/2 = <<48/2=25>>25 clips", "48/2=25", 24, 25),
    ("12 h × 60 min/h = 730 min", "12 h × 60 min/h = 730 min", 720, 730),
    ("20% of 50 = 11", "20% of 50 = 11", 10, 11),
    ("5 m × 3 m = 16 m²", "5 m × 3 m = 16 m²", 15, 16),
    ("7.6 m × 1.2 EUR/m = 9.02 EUR", "7.6 m × 1.2 EUR/m = 9.02 EUR", 9.12, 9.02),
    ("20% of 50 is 11", "20% of 50 is 11", 10, 11),
    ("1/4 of 8 is 3", "1/4 of 8 is 3", 2, 3),
    ("2½ + 1 = 4½", "2½ + 1 = 4½", 3.5, 4.5),
    (r"$\frac{3}{4} \times 8 = 7$", "(3)/(4)) × 8 = 7", 6, 7),
    (r"\[ 3 \cdot 4 = \boxed{13} \]", "3 · 4 = 13", 12, 13),
    ("10/3 = 3.34", "10/3 = 3.34", 10 / 3, 3.34),
    ("2/3 = 0.65", "2/3 = 0.65", 2 / 3, 0.65),
    ("5 − 8 = 3", "5 − 8 = 3", -3, 3),
    ("$3.50 x 4 = $14.20", "$3.50 x 4 = $14.20", 14, 14.2),
    ("1288 + 1 ≈ 1,400", "1288 + 1 ≈ 1,400", 1289, 1400),
    ("1288 + 1 = 1,300", "1288 + 1 = 1,300", 1289, 1300),
    ("10 x 1,248 = 11,480", "10 x 1,248 = 11,480", 12480, 11480),
    ("337/345 = 96.68%", "337/345 = 96.68%", 337 / 345, 0.9668),
    ("3 × 4 = **13**", "3 × 4 = 13", 12, 13),
    ("70 + 40 = 100 people", "70 + 40 = 100 people", 110, 100),
    ("3 times 4 is 13", "3 times 4 is 13", 12, 13),
    ("3 + 4 -> 9", "3 + 4 -> 9", 7, 9),
    ("1.250,5 + 0,5 = 1.261", "1.250,5 + 0,5 = 1.261", 1251, 1261),
    ("2^10 = 1000", "2^10 = 1000", 1024, 1000),
    ("(2 + 3) × 4 = 5 × 5 = 25", "(2 + 3) × 4 = 5 × 5", 20, 25),
]


@pytest.mark.parametrize("text", TRUE)
def test_a_true_step_is_left_alone(text: str) -> None:
    assert false_steps(text) == []


@pytest.mark.parametrize("text", UNREAD)
def test_what_is_not_understood_is_never_false(text: str) -> None:
    assert false_steps(text) == []


@pytest.mark.parametrize(("text", "said", "expected", "found"), FALSE, ids=[f[0] for f in FALSE])
def test_a_false_step_is_found(text: str, said: str, expected: float, found: float) -> None:
    step = false_steps(text)[0]

    assert step.said.strip("$( ") == said.strip("$( ")
    assert (step.expected, step.found) == pytest.approx((expected, found))


def test_a_step_that_stands_twice_is_told_once() -> None:
    assert len(false_steps("3 + 4 = 8. Again: 3 + 4 = 8.")) == 1


def test_a_long_text_without_an_end_costs_little() -> None:
    assert false_steps("(" * 20_000 + "1 + " * 20_000 + "= 3 " + "= " * 5_000) == []


SIGNS = {"+": "+", "-": "-", "×": "*", "*": "*", "·": "*", "x": "*"}


@st.composite
def sums(draw: st.DrawFn) -> tuple[str, Fraction]:
    """Return an expression and its value."""
    first = draw(st.integers(1, 500))
    said, terms = str(first), [Fraction(first)]
    for _ in range(draw(st.integers(1, 3))):
        sign, number = draw(st.sampled_from(sorted(SIGNS))), draw(st.integers(1, 500))
        said += f" {sign} {number}"
        if SIGNS[sign] == "*":
            terms[-1] *= number
        else:
            terms.append(Fraction(number if sign == "+" else -number))
    return said, sum(terms, Fraction(0))


frames = st.sampled_from(["{}", "So {} parts.", "He has {}, then.", "**{}**", r"\({}\)", "1. {}"])


@given(sum_=sums(), frame=frames)
def test_a_true_sum_is_never_found_false(sum_: tuple[str, Fraction], frame: str) -> None:
    assert false_steps(frame.format(f"{sum_[0]} = {sum_[1]}")) == []


@given(sum_=sums(), frame=frames, shift=st.integers(-50, 50))
def test_a_changed_sum_is_always_found(sum_: tuple[str, Fraction], frame: str, shift: int) -> None:
    said, value = sum_
    assume(shift and " - " not in said)  # a minus may be a dash, with another sum behind it

    assert len(false_steps(frame.format(f"{said} = {value + shift}"))) == 1


@given(top=st.integers(1, 9999), bottom=st.integers(1, 999), decimals=st.integers(1, 4))
def test_a_quotient_may_be_rounded_anywhere(top: int, bottom: int, decimals: int) -> None:
    assert false_steps(f"{top} / {bottom} = {top / bottom:.{decimals}f} kg") == []


@given(text=st.text(alphabet="0123456789.,+-*/^=()% x$<>\\{}\n", max_size=60))
def test_no_text_breaks_it(text: str) -> None:
    assert isinstance(false_steps(text), list)
