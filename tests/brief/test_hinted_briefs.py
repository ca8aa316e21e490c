"""What people type, read with the words of some domains known."""

import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from synth_agent.brief import ClassifierHint, DomainHint, read_brief
from synth_agent.errors import ConfigError
from synth_agent.schemas import DatasetSpec

TABLE = yaml.safe_load((Path(__file__).parent / "hinted.yaml").read_text(encoding="utf-8"))


def _classifier(said: dict[str, Any]) -> ClassifierHint:
    labels = {label: tuple(also) for label, also in said["labels"].items()}
    return ClassifierHint(said["title"], tuple(said["keywords"]), labels)


HINTS = tuple(
    DomainHint(
        name=said["name"],
        title=said["title"],
        keywords=tuple(said["keywords"]),
        roles=tuple(said["roles"]),
        classifiers=tuple(_classifier(one) for one in said["classifiers"]),
    )
    for said in TABLE["hints"]
)


def readings(spec: DatasetSpec) -> dict[str, Any]:
    """Everything but the brief itself that is not as by default."""
    said = spec.model_dump(mode="json", exclude_defaults=True, exclude={"brief"})
    return {"count": spec.count, **said}


@pytest.mark.parametrize(
    ("brief", "expected"),
    [pytest.param(r["brief"], r["spec"], id=r["brief"]) for r in TABLE["briefs"] if "spec" in r],
)
def test_a_brief_of_a_served_domain_is_read(brief: str, expected: dict[str, Any]) -> None:
    assert readings(read_brief(brief, hints=HINTS)) == expected


@pytest.mark.parametrize(
    ("brief", "message"),
    [pytest.param(r["brief"], r["error"], id=r["brief"]) for r in TABLE["briefs"] if "error" in r],
)
def test_a_number_below_zero_is_refused(brief: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_brief(brief, hints=HINTS)

    assert str(caught.value) == message


@pytest.mark.parametrize("number", ["-5", "minus 5", "minus five", "negative 5"])
def test_every_way_to_write_a_negative_number_is_refused(number: str) -> None:
    with pytest.raises(ConfigError, match=r"between 1 and 10,000,000, got -5"):
        read_brief(f"Generate {number} questions about production", hints=HINTS)


def test_labels_come_from_the_classifier_that_has_the_label_named() -> None:
    spec = read_brief("1000 bank transactions, 3% should be fraudulent", hints=HINTS)

    assert spec.labels == {"fraudulent": 30, "legitimate": 970}


@pytest.mark.parametrize(
    "brief", ["60 questoins", "60 exmaples", "60 exampls", "60 questins", "60 converstaions"]
)
def test_a_slip_of_the_keyboard_is_read_as_meant(brief: str) -> None:
    spec = read_brief(brief)

    assert (spec.count, spec.domain, spec.unread) == (60, "", ())


def test_a_normal_brief_is_read_quickly() -> None:
    brief = "Create 500 customer support messages: 40% card lost, 60% refund request, as jsonl"
    read_brief(brief, hints=HINTS)  # loads what is loaded once
    begin = time.process_time()
    for _ in range(10):
        read_brief(brief, hints=HINTS)

    assert (time.process_time() - begin) / 10 < 0.03
