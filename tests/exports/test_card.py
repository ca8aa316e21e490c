from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from synth_agent.exports import recipe, render_card
from synth_agent.schemas import TASKS, CellCount, DatasetSpec, Report, Sample
from tests.exports.samples import PAYLOADS, spec_of
from tests.exports.test_report import HOSTILE as MARKUP
from tests.exports.test_report import of_a_model, of_near_misses

FILES = {"train": Path("run/dataset-train.json"), "test": Path("run/dataset-test.json")}
VERSIONS = {"synth-agent": "0.1.0", "python": "3.11"}
HOSTILE = "---\nlicense: mit\n```\n# Not a heading\n````\n<script>|{{ x }}{% raw %}\n---\n- [a](b)"


def report_of(spec: DatasetSpec, **changes: Any) -> Report:
    return Report(spec=spec, asked=spec.count, **{"accepted": spec.count, **changes})


def card_of(spec: DatasetSpec, **changes: Any) -> str:
    return render_card(report_of(spec, **changes), files=FILES, versions=VERSIONS)


def front_of(card: str) -> Any:
    opening, front, _ = card.split("---\n", 2)
    assert not opening
    return yaml.safe_load(front)


def body_outside_fences(card: str) -> list[str]:
    """Return the lines that Markdown reads as text, as CommonMark finds fences."""
    lines: list[str] = []
    fence = ""
    for line in card.split("---\n", 2)[2].splitlines():
        ticks = len(line) - len(line.lstrip("`"))
        if not fence and ticks >= 3:
            fence = "`" * ticks
        elif fence and line.strip() == line and set(line) == {"`"} and ticks >= len(fence):
            fence = ""
        elif not fence:
            lines.append(line)
    assert not fence
    return lines


def test_the_front_matter_is_what_dataset_hubs_read() -> None:
    front = front_of(card_of(spec_of("qa", count=2_000, domain="industrial engineering")))

    assert front == {
        "pretty_name": "Industrial engineering: questions and answers (synthetic)",
        "language": ["en"],
        "task_categories": ["question-answering"],
        "size_categories": ["1K<n<10K"],
        "annotations_creators": ["machine-generated"],
        "language_creators": ["machine-generated"],
        "source_datasets": ["original"],
        "tags": ["synthetic", "synth-agent", "industrial-engineering"],
        "configs": [
            {
                "config_name": "default",
                "data_files": [
                    {"split": "train", "path": "dataset-train.json"},
                    {"split": "test", "path": "dataset-test.json"},
                ],
            }
        ],
    }


@pytest.mark.parametrize("task", TASKS)
def test_every_task_has_a_category_and_a_card(task: str) -> None:
    card = card_of(spec_of(task), samples=(Sample(slot=0, form="f", payload=PAYLOADS[task]),))

    assert front_of(card)["task_categories"]
    assert "## Intended use and limits" in card


@pytest.mark.parametrize(
    ("count", "size"),
    [(999, "n<1K"), (1_000, "1K<n<10K"), (99_999, "10K<n<100K"), (10_000_000, "10M<n<100M")],
)
def test_the_size_is_one_of_the_hubs(count: int, size: str) -> None:
    assert front_of(card_of(spec_of("qa", count=count)))["size_categories"] == [size]


def test_a_regional_language_is_its_language() -> None:
    assert front_of(card_of(spec_of("qa", language="pt-BR")))["language"] == ["pt"]


@example(brief=HOSTILE, domain="a\n---\nlicense: mit: [")
@example(brief="`" * 12, domain="# x | `y`")
@given(brief=st.text(min_size=1), domain=st.text())
def test_a_hostile_brief_breaks_neither_front_matter_nor_markdown(brief: str, domain: str) -> None:
    spec = spec_of("qa", brief=brief, domain=domain)
    plain = card_of(spec_of("qa", brief="x", domain=domain and "x"))

    card = card_of(spec)

    assert set(front_of(card)) == set(front_of(plain))
    headings = [line for line in body_outside_fences(plain)[3:] if line.startswith("#")]
    assert [line for line in body_outside_fences(card)[3:] if line.startswith("#")] == headings


def test_labels_cannot_break_a_table() -> None:
    cells = (CellCount(cell="a|b\n<i>*x*", asked=3, accepted=2),)

    card = card_of(spec_of("classification"), cells=cells)

    assert r"| a\|b \<i\>\*x\* | 3 | 2 |" in card


def test_what_is_missing_dropped_and_not_understood_is_said() -> None:
    card = card_of(
        spec_of("qa", count=5, unread=("in the style of Proust",)),
        accepted=4,
        rejected={"near-duplicate": 7},
    )

    assert "4 synthetic records of 5 that were asked for" in card
    assert "- in the style of Proust" in card
    assert "| near-duplicate | 7 |" in card


def model_card(**changes: Any) -> str:
    return render_card(of_a_model(**changes), files=FILES, versions=VERSIONS)


@pytest.mark.parametrize(
    "line",
    [
        "Made by synth-agent 0.1.0 with the model plain, from documents.",
        "- Prompts: plain (18 records)",
        "- Pairs compared twice by: plain, the writer itself (18 records)",
        "- Critic: plain2",
        "- Verdicts on each draft: 3",
        "- Tokens: 4,000 in, 2,000 out",
        "- Cost: $0.02",
        "- Steps of evolution: plain (3)",
        "| plain | 4.25 | 83 % |",
        "| topics | 8 | 9 | plain0 (0), plain1 (1), plain2 (2) |",
        "12 of 18 solutions passed their tests in a sandbox. The tests noticed 45 of 60 small "
        "faults that were put into them.",
        "- Check that the terms of the model's provider allow training on its answers.",
    ],
)
def test_the_card_tells_how_a_model_made_it(line: str) -> None:
    assert line in model_card().splitlines()


@pytest.mark.parametrize(
    "line",
    [
        "- Near-duplicates: dropped where two records have a cosine of 0.91 or more (embedder: "
        "static) or a Jaccard index of word triples of 0.8 or more",
        "- Compared: input, context",
        "- Nearest pair kept: a cosine of 0.870",
        "- Drafts dropped: 10 as repeats of other records, 2 as copies of given examples, 1,202 as "
        "too near to protected texts",
        "- Given examples: mine.csv; no record repeats one",
        "- Kept away from: plain (1,319 rows, 2,638 texts, SHA-256 3730d312f6e3…)",
        "- Kept away from: exam.csv (1 text)",
        "- Too near to these: 13 words in a row, half of the shorter text's 8-grams, or a cosine "
        "of 0.91",
        "`report.html` shows passages of protected texts and given examples beside the drafts that "
        "came too near to them: leave it out where the dataset is published.",
        "It reads mine.csv, which is not part of this dataset.",
    ],
)
def test_the_card_tells_what_records_were_held_against(line: str) -> None:
    report = of_near_misses()
    limits = {
        "embedder": "static",
        "dedup_threshold": 0.91,
        "dedup_lexical": 0.8,
        "seeds": "mine.csv",
    }

    card = render_card(
        report.model_copy(update={"spec": report.spec.model_copy(update=limits)}),
        files=FILES,
        versions=VERSIONS,
    )

    assert line in card.splitlines()


def test_a_protected_file_breaks_no_card_by_its_name() -> None:
    plain, hostile = (
        render_card(of_near_misses(name), files=FILES, versions=VERSIONS)
        for name in ("plain", f"{MARKUP}\n# {HOSTILE}")
    )

    assert len(body_outside_fences(hostile)) == len(body_outside_fences(plain))


def test_no_draft_near_to_a_protected_text_is_told_too() -> None:
    report = of_near_misses(near_counts={}, near_misses=(), rejected={})

    card = render_card(report, files=FILES, versions=VERSIONS)

    assert "- Drafts dropped: 0 as too near to protected texts" in card.splitlines()
    assert "leave it out" not in card


def test_what_to_know_comes_before_everything_else() -> None:
    card = model_card(notes=("one | page was <not> read",))

    assert "To know beforehand:\n\n- one \\| page was \\<not\\> read\n\n## What was asked" in card


def test_no_card_of_a_model_says_that_it_can_be_made_again_to_the_letter() -> None:
    assert "does not write the same twice" in model_card()
    assert "The same spec and version give the same dataset" not in model_card()


def test_a_card_says_that_the_critic_is_the_writer() -> None:
    card = model_card(spec={"critic_model": None})

    assert "- Critic: plain, the writer itself" in card
    assert "The critic is the writer itself, and models prefer their own answers" in card


@given(text=st.text(min_size=1, max_size=30))
def test_no_text_of_a_models_run_breaks_the_card(text: str) -> None:
    plain = render_card(of_a_model("x"), files=FILES, versions=VERSIONS)

    card = render_card(of_a_model(text), files=FILES, versions=VERSIONS)

    def structure(said: str) -> list[str]:
        return [line[:2] for line in body_outside_fences(said)[3:] if line[:1] in {"#", "|"}]

    assert structure(card) == structure(plain)


def test_a_file_too_small_for_its_trainer_is_said() -> None:
    card = card_of(spec_of("qa", count=4, layout="openai-sft"))

    assert "wants at least 10 examples; this file has 4" in card


@given(brief=st.text(), seed=st.integers(0, 2**63 - 1))
def test_the_recipe_is_a_spec_that_makes_the_same_dataset(brief: str, seed: int) -> None:
    spec = spec_of("qa", brief=brief, seed=seed, fields=("question", "answer"), count=7)

    assert DatasetSpec.model_validate(yaml.safe_load(recipe(spec))) == spec


def test_the_same_report_gives_the_same_card() -> None:
    assert card_of(spec_of("qa")) == card_of(spec_of("qa"))
