"""Facts of a rewriting: none is lost, no number is new."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth_agent.quality.facts import added_numbers, lost_facts

SAME = [
    ("3 stops", "three stops"),
    ("1,250 parts", "1250 pieces"),
    ("1.250,5 kg", "1250.5 kg"),
    ("412 parts", "412 were made"),
    ("412 were made", "412 parts"),
    ("50 %", "50 percent"),
    ("50 % of it", "half of it"),
    ("0.5", "1/2"),
    ("½", "one half"),
    ("06:30", "6:30 am"),
    ("at 18:00", "at 6 pm"),
    ("at 12:00", "at noon"),
    ("on 2025-03-14", "on 14 March 2025"),
    ("on 14.03.2025", "on March 14, 2025"),
    ("on 14 March 2025", "on 14 Mar"),
    ("1 h 35 min", "95 minutes"),
    ("1.5 h", "90 min"),
    ("3.5 kg", "3.5 kilograms"),
    ("20 °C", "20 degrees Celsius"),
    ("€12.50", "12.50 euros"),
    ("$5", "5 dollars"),
    ("1.5 million parts", "1,500,000 parts"),
    ("station M2, ISO 9001", "M2 under ISO 9001"),
    ("SKU-4711", "SKU 4711"),
    ("between 5 and 7 mm", "5 mm to 7 mm"),
    ("5 mm to 7 mm", "5 to 7 mm"),
    ("the 2nd shift", "the second shift"),
    ("1. Stop it.\n2. Start it.", "Stop it, then start it."),
    ("It fell by 12", "a change of -12"),
    ("we met Mehmet there", "Mehmet was met"),
    ("", ""),
]


@pytest.mark.parametrize(("original", "rewritten"), SAME)
def test_a_fact_may_be_written_in_another_way(original: str, rewritten: str) -> None:
    assert lost_facts(original, rewritten) == []
    assert added_numbers(original, rewritten) == []


@pytest.mark.parametrize(
    ("original", "rewritten", "lost", "added"),
    [
        ("412 parts", "413 parts", ["412 parts"], ["413 parts"]),
        ("412 parts", "412 kg", ["412 parts"], ["412 kg"]),
        ("3.5 kg", "3.5 g", ["3.5 kg"], ["3.5 g"]),
        ("3.5 kg", "it weighs 3.5", ["3.5 kg"], []),
        ("5 min", "5 h", ["5 min"], ["5 h"]),
        ("06:30", "6:30 pm", ["06:30"], ["6:30 pm"]),
        ("2025-03-14", "15 March 2025", ["2025-03-14"], ["15 March 2025"]),
        ("50 %", "50", ["50 %"], []),
        ("station M2", "station M3", ["M2"], []),
        ("ISO 9001", "ISO 9002", ["ISO 9001"], []),
        ("three stops", "some stops", ["three"], []),
        ("some stops", "four stops", [], ["four"]),
        ("some stops", "1.5 h of stops", [], ["1.5 h"]),
        ("they met Mehmet in Leipzig", "they met him", ["Mehmet", "Leipzig"], []),
        ("3 and 3 and 4", "4", ["3"], []),
        ("the 2nd shift", "the third shift", ["2nd"], []),
        ("ran v1.2.3", "ran", ["v1.2.3"], []),
    ],
)
def test_what_changed_is_told(
    original: str, rewritten: str, lost: list[str], added: list[str]
) -> None:
    assert lost_facts(original, rewritten) == lost
    assert added_numbers(original, rewritten) == added


def test_names_can_be_given() -> None:
    assert lost_facts("ACME pays.", "They pay.", names=["ACME"]) == ["ACME"]
    assert lost_facts("ACME pays.", "Acme's paying.", names=["ACME"]) == []


def test_capitals_mean_no_names_where_there_are_many() -> None:
    text = "Die Maschine hat am Morgen ein Teil der Serie im Werk gefertigt, und die Schicht endete"

    assert lost_facts(text, "Nichts davon") == []


def test_units_can_be_given() -> None:
    units = {"pallet": "pallet", "pallets": "pallet", "skids": "pallet"}

    assert lost_facts("5 pallets", "5 skids", units=units) == []
    assert lost_facts("5 pallets", "5 crates", units=units) == ["5 pallets"]


@given(number=st.integers(2, 10**6), other=st.integers(2, 10**6), unit=st.sampled_from(["kg", "%"]))
def test_a_number_survives_grouping_and_no_other_does(number: int, other: int, unit: str) -> None:
    lost = lost_facts(f"It was {number} {unit}.", f"So {other:,} {unit} it was.")

    assert (lost == []) == (number == other)


def test_a_row_of_comma_separated_values_may_become_a_row_of_a_table() -> None:
    rows = "hour,end,worked,target,good\n1,07:00,60,51,53\n2,08:00,60,52,43"
    table = "| 1 | 07:00 | 60 | 51 | 53 |\n| 2 | 08:00 | 60 | 52 | 43 |"

    assert lost_facts(rows, table) == []
    assert added_numbers(rows, table) == []
    assert lost_facts(rows, table.replace("43", "44")) == ["43"]


def test_a_number_may_gain_a_unit_of_time_and_not_change_it() -> None:
    field = '{"cycle_s": 9, "working_hours": 7.5}'
    prose = "A cycle takes 9 s, and 7.5 hours are worked."

    assert lost_facts(field, prose) == []
    assert added_numbers(field, prose) == []
    assert lost_facts("It takes 9 min.", "It takes 9 s.") == ["9 min"]
    assert added_numbers("It takes 9 min.", "It takes 9 s.") == ["9 s"]
