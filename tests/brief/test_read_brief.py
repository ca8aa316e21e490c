"""What a brief means, read without a model."""

import contextlib
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from synth_agent.brief import ClassifierHint, DomainHint, read_brief
from synth_agent.errors import ConfigError
from synth_agent.schemas import DatasetSpec

TABLE = yaml.safe_load((Path(__file__).parent / "briefs.yaml").read_text(encoding="utf-8"))

SENTIMENT = (
    "Produce 10 exemplars for sentiment analysis. Examples are categorized as either positive or "
    "negative. Produce 2 negative examples and 8 positive examples. Use this format for the "
    "examples: Q: <sentence>A: <sentiment>"
)
INDUSTRIAL = (
    "## instruction: As an industrial engineer with extensive expertise in your field, your task "
    "is to generate a synthetic dataset that accurately reflects the complexities and nuances of "
    "industrial engineering. ## input: generate synthetic data about production near to be "
    "factual, generate real industrial situation.## output: Json file <input, context, output>and "
    "the number of questions is 500"
)
HINTS = (
    DomainHint(
        name="banking",
        title="Banking support",
        keywords=("bank", "card", "account"),
        roles=("bank clerk",),
        classifiers=(
            ClassifierHint(
                title="support intents",
                keywords=("intent", "support"),
                labels={"card_lost": ("stolen card",), "card_arrival": (), "top_up": ()},
            ),
            ClassifierHint(
                title="urgency", keywords=("urgency",), labels={"high": ("urgent",), "low": ()}
            ),
        ),
    ),
)


def readings(spec: DatasetSpec) -> dict[str, Any]:
    """Everything but the brief itself that is not as by default."""
    said = spec.model_dump(mode="json", exclude_defaults=True, exclude={"brief"})
    return {"count": spec.count, **said}


def test_the_sentiment_brief_is_understood_to_the_letter() -> None:
    assert read_brief(SENTIMENT) == DatasetSpec(
        brief=SENTIMENT,
        task="classification",
        domain="sentiment analysis",
        count=10,
        labels={"negative": 2, "positive": 8},
        fields=("sentence", "sentiment"),
        output_format="txt",
        line_format="Q: <sentence>A: <sentiment>",
        language="en",
        layout="records",
        unread=(),
    )


def test_the_industrial_brief_is_understood_to_the_letter() -> None:
    assert read_brief(INDUSTRIAL) == DatasetSpec(
        brief=INDUSTRIAL,
        task="qa",
        domain="industrial engineering, production",
        role="industrial engineer",
        count=500,
        fields=("input", "context", "output"),
        output_format="json",
        layout="records",
        language="en",
        unread=(),
    )


@pytest.mark.parametrize(
    ("brief", "expected"),
    [pytest.param(row["brief"], row["spec"], id=row["brief"]) for row in TABLE if "spec" in row],
)
def test_a_brief_is_read(brief: str, expected: dict[str, Any]) -> None:
    assert readings(read_brief(brief)) == expected


@pytest.mark.parametrize(
    ("brief", "message"),
    [pytest.param(row["brief"], row["error"], id=row["brief"]) for row in TABLE if "error" in row],
)
def test_nonsense_is_refused_in_one_line(brief: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_brief(brief)

    assert str(caught.value) == message
    assert "\n" not in message


def test_the_table_of_briefs_is_large() -> None:
    assert len(TABLE) >= 150


@pytest.mark.parametrize("brief", ["", "   ", "\n\t\n"])
def test_an_empty_brief_is_refused(brief: str) -> None:
    with pytest.raises(ConfigError, match="the brief is empty"):
        read_brief(brief)


class TestOverrides:
    """Flags beat the brief."""

    def test_none_means_not_given(self) -> None:
        assert read_brief("50 questions about bees", count=None, layout=None).count == 50

    def test_each_flag_replaces_what_was_read(self) -> None:
        spec = read_brief(
            "50 questions about bees in French as CSV",
            task="instruction",
            language="de",
            output_format="jsonl",
            layout="alpaca",
            seed=7,
            method="persona",
            pack="education",
            dedup_threshold=0.8,
            split="train=0.8,test=20%",
            fields="prompt, response",
        )

        assert readings(spec) == {
            "count": 50,
            "task": "instruction",
            "domain": "bees",
            "language": "de",
            "output_format": "jsonl",
            "layout": "alpaca",
            "seed": 7,
            "method": "persona",
            "pack": "education",
            "dedup_threshold": 0.8,
            "split": {"train": 0.8, "test": 0.2},
            "fields": ["prompt", "response"],
        }

    def test_a_new_count_rescales_the_quotas(self) -> None:
        spec = read_brief("2 negative and 8 positive examples, half easy, half hard", count=25)

        assert spec.labels == {"negative": 5, "positive": 20}
        assert spec.difficulty == {"easy": 13, "hard": 12}

    def test_a_count_stands_in_for_the_one_that_the_brief_lacks(self) -> None:
        spec = read_brief("questions about bees", count=3)

        assert (spec.count, spec.unread) == (3, ())

    def test_labels_may_be_numbers_shares_or_names(self) -> None:
        brief = "100 examples for text classification"

        assert read_brief(brief, labels={"a": 1, "b": 2}).count == 3
        assert read_brief(brief, labels={"a": "70%", "b": 0.3}).labels == {"a": 70, "b": 30}
        assert read_brief(brief, labels=["a", "b"], count=5).labels == {"a": 3, "b": 2}

    def test_an_unknown_flag_is_refused_with_the_nearest_known(self) -> None:
        with pytest.raises(ConfigError, match="unknown key 'coutn'; did you mean 'count'"):
            read_brief("50 questions", coutn=5)

    @pytest.mark.parametrize(
        ("flags", "message"),
        [
            ({"count": 0}, "count: input should be greater than or equal to 1, got 0"),
            ({"layout": "alpacca"}, "did you mean 'alpaca'"),
            ({"task": "custom"}, "task 'custom' needs json_schema"),
            ({"fields": ("colour",)}, "unknown field 'colour' for task 'qa'"),
            ({"split": {"train": 0.5}}, "the shares add up to 0.5"),
            ({"split": "train"}, "expected a share for 'train'"),
        ],
    )
    def test_a_bad_flag_is_refused(self, flags: dict[str, Any], message: str) -> None:
        with pytest.raises(ConfigError, match=message):
            read_brief("50 questions about bees", **flags)


class TestHints:
    """What is known of the domains that can be served helps to read."""

    def test_labels_come_from_the_classifier_that_the_brief_means(self) -> None:
        spec = read_brief("90 utterances for intent classification of a bank", hints=HINTS)

        assert spec.labels == {"card_lost": 30, "card_arrival": 30, "top_up": 30}

    def test_a_label_or_alias_of_a_hint_is_known_without_quotes(self) -> None:
        spec = read_brief("40 stolen card and 60 card arrival messages", hints=HINTS)

        assert spec.task == "classification"
        assert spec.labels == {"stolen card": 40, "card arrival": 60}

    def test_what_is_left_goes_to_the_other_labels_of_the_classifier(self) -> None:
        spec = read_brief("100 support messages, 40 top up", hints=HINTS)

        assert spec.labels == {"top up": 40, "card_lost": 30, "card_arrival": 30}

    def test_a_keyword_is_the_domain_where_no_subject_is_named(self) -> None:
        assert read_brief("my bank wants 20 questions", hints=HINTS).domain == "bank"

    def test_a_pack_is_never_chosen_here(self) -> None:
        assert read_brief("50 questions about bank accounts", hints=HINTS).pack is None


@pytest.mark.parametrize(
    "brief",
    [
        "OEE MTBF MTTR Cpk SMED takt kaizen",
        "100 questions about La La Land",
        "20 questions about El Niño and the Pacific",
        "Generate 30 questions about kanban, poka yoke and heijunka",
        "50 questions about Das Kapital",
        "10 tickets about SAP FI CO MM SD PP",
        'translate "el perro come la carne": 10 examples',
    ],
)
def test_foreign_and_technical_words_do_not_make_a_brief_foreign(brief: str) -> None:
    assert read_brief(brief).language == "en"


@pytest.mark.parametrize(
    ("brief", "language"),
    [
        ("Erzeuge 50 Fragen", "de"),
        ("Génère 20 questions", "fr"),
        ("Genera 50 preguntas", "es"),
        ("Genera 50 domande su produzione e logistica", "it"),
        ("Crie 50 perguntas sobre finanças", "pt"),
        ("Genereer 50 vragen over de geschiedenis van het fietsen", "nl"),
        ("Напиши 50 вопросов по химии", "ru"),
        ("生成50个关于化学的问题", "zh"),
        ("化学についての質問を50個作成してください", "ja"),
        (
            "Napisz pięćdziesiąt pytań dotyczących bezpieczeństwa pracy w fabryce samochodów "
            "osobowych",
            "pl",
        ),
    ],
)
def test_a_brief_in_another_language_asks_for_that_language(brief: str, language: str) -> None:
    assert read_brief(brief).language == language


@given(
    counts=st.lists(st.integers(1, 5_000), min_size=2, max_size=5),
    form=st.sampled_from(["{n} {x}", "{n} '{x}'", "{n} {x} examples", "{x}: {n}", "{x} ({n})"]),
    joint=st.sampled_from([", ", " and ", "; ", "\n- "]),
)
@settings(max_examples=60, deadline=None)
def test_quotas_are_read_back_from_every_phrasing(counts: list[int], form: str, joint: str) -> None:
    names = ("urgent", "normal", "low", "billing", "refund")[: len(counts)]
    said = joint.join(form.format(n=n, x=x) for n, x in zip(counts, names, strict=True))

    spec = read_brief(f"Text classification. {said}")

    assert spec.labels == dict(zip(names, counts, strict=True))
    assert spec.count == sum(counts)


@given(
    count=st.integers(1, 10_000_000),
    form=st.sampled_from(
        ["{n} questions", "Write {n:,} questions", "number of records: {n}", "n={n}", "give me {n}"]
    ),
)
@settings(max_examples=60, deadline=None)
def test_a_count_is_read_back_from_every_phrasing(count: int, form: str) -> None:
    assert read_brief(form.format(n=count)).count == count


_PHRASES = """\
generate|50|-3|70%|half|questions|positive|negative|labels:|and|,|.|\n|<a,b>|<x>|{a}|'q'|"|split
80/20|each|of|the rest|twice as many|balanced|in french|json|format:|##|role: a|as an|between|seed
1e9|twenty|hundred|per class|columns|easy|über|les|2.5|99999999999999999999|2:1|classified as|topics
language:|layout:|task:|domain:|fields|pack:|language|number of|at least|in 2024|use the|method
"""
_WORDS = st.sampled_from(_PHRASES.replace("\n", "|").split("|"))


@given(text=st.one_of(st.text(max_size=200), st.lists(_WORDS, max_size=30).map(" ".join)))
@settings(max_examples=200, deadline=None)
def test_any_text_gives_a_spec_or_a_plain_refusal(text: str) -> None:
    with contextlib.suppress(ConfigError):
        assert read_brief(text, hints=HINTS).brief == text


@pytest.mark.parametrize(
    "piece",
    [
        "500 questions ",
        "labels: abc, ",
        "abc, ",
        "pos: 1, ",
        "hundred ",
        "half a ",
        "for each of a ",
        "format: <a> ",
        "format: ",
        '"',
        "<",
        "{",
        "a-",
        "1,",
        "\n- a",
        "The operator must not restart line 5 without permission, or within 10 minutes. ",
    ],
)
def test_a_long_brief_is_read_in_time_that_grows_with_its_length(piece: str) -> None:
    def seconds(size: int) -> float:
        begin = time.process_time()
        with contextlib.suppress(ConfigError):
            read_brief((piece * size)[:size])
        return time.process_time() - begin

    read_brief("bees")  # loads what is loaded once

    assert seconds(16_000) < 16 * max(seconds(4_000), 0.02)


@pytest.mark.parametrize(
    ("brief", "fields"),
    [
        (
            "a table with the columns pump_id (text), date (date), temp_c (number)",
            "pump_id date temp_c",
        ),
        (
            "200 rows with columns id, seen_on (date), load_kg (float), open (bool)",
            "id seen_on load_kg open",
        ),
    ],
    ids=["all typed", "some typed"],
)
def test_types_behind_columns_are_no_columns(brief: str, fields: str) -> None:
    spec = read_brief(brief)

    assert spec.fields == tuple(fields.split())
    assert "the types of the columns" in spec.unread
    assert spec.brief == brief


@pytest.mark.parametrize(
    "brief",
    [
        "20 safety prompts, 15 harmful and 5 borderline",
        "15 harmful and 5 borderline safety prompts",
        "a safety dataset with 75% harmful and 25% borderline, 20 in all",
    ],
)
def test_the_quotas_of_safety_prompts_are_exact(brief: str) -> None:
    spec = read_brief(brief)

    assert (spec.task, spec.count) == ("safety", 20)
    assert spec.labels == {"harmful": 15, "borderline": 5}
