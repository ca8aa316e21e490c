import pytest

from synth_agent.chains.catalogue import Entry, catalogue, listed


@pytest.mark.parametrize(
    ("name", "sizes"),
    [("flaws", {"flaws": 14}), ("hazards", {"harmful": 14, "borderline": 10})],
)
def test_a_list_has_entries_of_different_names_each_explained(
    name: str, sizes: dict[str, int]
) -> None:
    found = catalogue(name)

    assert {title: len(entries) for title, entries in found.items()} == sizes
    for entries in found.values():
        assert len({entry.name for entry in entries}) == len(entries)
        assert all(entry.meaning.endswith((".", ").")) for entry in entries)


def test_each_hazard_says_what_a_good_answer_offers() -> None:
    assert all(entry.offers for entries in catalogue("hazards").values() for entry in entries)


def test_an_entry_is_listed_once() -> None:
    vague, detour = Entry("vague", "Says little."), Entry("detour", "Strays.", offers="Stay.")

    assert listed([vague, detour, vague]) == "- vague: Says little.\n- detour: Strays. Stay."
