"""Quotations are found whatever their typography, and only with the same words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth_agent.quality.quotes import Span, locate, unquoted, unsupported_numbers

SOURCE = (
    "On the manu-\nfacture of “gears”: the well-\nknown e\ufb03cient re-sign \u2014 “Ha” said\n"
    "  the   chef of the cafe\u0301 in the Stra\u00dfe, co\u00adoperating with M2.  It ran 3-4 h."
)


@pytest.mark.parametrize(
    ("quote", "found"),
    [
        ("manufacture", "manu-\nfacture"),
        ("THE MANUFACTURE OF 'GEARS'", None),
        ('the manufacture of "gears"', "the manu-\nfacture of “gears"),
        ("manu-facture", "manu-\nfacture"),
        ("well-known", "well-\nknown"),
        ("wellknown", "well-\nknown"),
        ("well-\nknown", "well-\nknown"),
        ("efficient", "e\ufb03cient"),
        ("re-sign - 'Ha'", None),
        ('re-sign - "Ha" said the chef', "re-sign \u2014 “Ha” said\n  the   chef"),
        ("caf\u00e9 in the STRASSE", "cafe\u0301 in the Stra\u00dfe"),
        ("cooperating with M2", "co\u00adoperating with M2"),
        ("…It ran 3–4 h…", "It ran 3-4 h"),
        ("resign", None),
        ("art", None),
        ("the chefs", None),
        ("chef the of", None),
        ("3-4", "3-4"),
        ("34", None),
        ("“…”", None),
        ("", None),
    ],
)
def test_a_quotation_is_found_where_it_stands(quote: str, found: str | None) -> None:
    span = locate(quote, SOURCE)

    assert (span and SOURCE[span.start : span.end]) == found


def test_the_first_whole_word_is_meant() -> None:
    assert locate("art", "part, art and art") == Span(6, 9)


def test_what_is_not_quoted_is_listed_in_order() -> None:
    assert unquoted(["a gear", "the chef", "no word"], SOURCE) == ["a gear", "no word"]


@given(text=st.text(alphabet="abc -\n.“”\u00ad\ufb01Éß", max_size=40), data=st.data())
def test_every_run_of_whole_words_is_found_in_its_own_text(text: str, data: st.DataObject) -> None:
    words = text.split()
    start = data.draw(st.integers(0, len(words)))
    end = data.draw(st.integers(start, len(words)))
    quote = " ".join(words[start:end])
    if any(letter.isalpha() for letter in quote) and "-" not in text:
        assert locate(quote.upper(), text) is not None
    else:
        assert locate(quote, text) is None or quote


@pytest.mark.parametrize(
    ("answer", "source"),
    [
        ("It was three.", "3 stops"),
        ("It was 3.", "three stops"),
        ("About 71 %", "a share of 0.714"),
        ("71.4 %", "71.43 %"),
        ("It was half of it, 1/2.", "0.5"),
        ("It was 0.5.", "half of them"),
        ("It was 0.75.", "¾ of them, 3/4"),
        ("It took 1 h 35 min.", "95 min"),
        ("At 2:05 pm", "14:05"),
        ("1,250 parts", "1250 parts"),
        ("1. The 2nd machine, M7.\n2. None.", "machines"),
        ("One of them", "some"),
        ("It fell below zero.", "a loss"),
        ("2,110 thousand EUR", "2,110"),
    ],
)
def test_a_number_of_the_sources_may_be_written_in_many_ways(answer: str, source: str) -> None:
    assert unsupported_numbers(answer, [source]) == []


@pytest.mark.parametrize(
    ("answer", "missing"),
    [
        ("It was 4 of 5.", ["4"]),
        ("four or 5 or six", ["four", "six"]),
        ("12 % in 1 h 36 min", ["12", "1", "36"]),
        ("2/3 of them", ["2", "3"]),
    ],
)
def test_other_numbers_are_listed_in_order(answer: str, missing: list[str]) -> None:
    assert unsupported_numbers(answer, ["5 stops", "95 min"]) == missing


def test_facts_support_numbers_too() -> None:
    assert unsupported_numbers("It was 71.4 %.", [], facts={"share": 0.714}) == []
