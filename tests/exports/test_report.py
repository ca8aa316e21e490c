import re
from html.parser import HTMLParser
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth_agent.exports import render_report
from synth_agent.exports.marks import marked
from synth_agent.schemas import (
    TASKS,
    CellCount,
    Histogram,
    NearMatch,
    NearPair,
    Report,
    Sample,
    Usage,
)
from synth_agent.schemas.report import (
    LengthEffect,
    NearDraft,
    ProtectedFile,
    ScoreSpread,
    Trials,
)
from tests.exports.samples import PAYLOADS, spec_of

HOSTILE: Final = '"><script>alert(1)</script><img src=x onerror=alert(1)>{{ 7 * 7 }}&amp;'
VOID: Final = {"meta", "br", "rect", "line", "path", "img", "link"}


class Page(HTMLParser):
    """Collects tags, attributes and text, and whether tags close in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.opened: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID or (tag == "rect" and not self.get_starttag_text().endswith("/>")):  # type: ignore[union-attr]
            self.opened.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self.opened.pop() == tag, (tag, self.getpos())

    def handle_data(self, data: str) -> None:
        if self.opened and self.opened[-1] != "style":
            self.text += data


def report_of(task: str = "qa", *, text: str = "plain", **changes: Any) -> Report:
    spec = spec_of(task, count=20, brief=text, domain=text, role=text, unread=(text,))
    full: dict[str, Any] = {
        "accepted": 18,
        "cells": (
            CellCount(cell=text, asked=10, accepted=8, rejected={text: 4}),
            CellCount(cell="hard", asked=10, accepted=10),
        ),
        "rejected": {"near-duplicate": 3, text + "2": 1},
        "forms": {text: 9, "line/oee": 9},
        "contexts": {text: 10, "log": 8},
        "tags": {text: 1},
        "lengths": {text: Histogram(edges=(0, 5, 10), counts=(3, 15), median=7)},
        "labels": {text: 9, "other": 9},
        "difficulty": {"easy": 10, "hard": 8},
        "nearest": (NearPair(similarity=0.87, slots=(3, 9), texts=(f"a {text} b", f"a c {text}")),),
        "similarity": Histogram(edges=(0.5, 0.7, 0.9), counts=(10, 7), median=0.66),
        "samples": (
            Sample(slot=4, form=text, payload={text: text, "rows": "a | b | c\n1 | 2 | 3"}),
            Sample(slot=5, form="f", payload=PAYLOADS[task]),
        ),
        "sources": {text: 18},
        "usage": Usage(seconds=75.2),
    }
    return Report(spec=spec, asked=20, **(full | changes))


def of_a_model(text: str = "plain", **changes: Any) -> Report:
    """Return the report of a run with everything that a model's run may tell."""
    base = report_of("preference", text=text)
    model = {
        "method": "grounded",
        "model": text,
        "critic_model": text + "2",
        "min_score": 3.5,
        "judges": 3,
        "self_consistency": 5,
        "docs": (text,),
        "temperature": 0.7,
        "topics": (text,),
    }
    full: dict[str, Any] = {
        "prompts": {text: 18},
        "readers": {"compared": {text: 18}},
        "scores": {text: ScoreSpread(mean=4.25, counts=(0, 0, 1, 0, 2, 0, 5, 0, 10))},
        "agreement": {"100 %": 12, "60 %": 6},
        "coverage": {"topic": {f"{text}{n}": n for n in range(9)}, "persona": {text: 3}},
        "documents": {f"{text}{n}": 1 for n in range(14)},
        "length_effect": LengthEffect(
            size=0.1, low=-0.4, high=0.6, longer=0.55, pairs=18, bound=0.3
        ),
        "trials": Trials(passed=12, not_run=6, mutants=60, noticed=45),
        "tags": {f"evolved:{text}": 3, f"flaw:{text}": 2, text: 1},
        "notes": (text,),
        "usage": Usage(requests=9, tokens_in=4000, tokens_out=2000, cost_usd=0.02, seconds=3),
    }
    spec = base.spec.model_copy(update=model | changes.pop("spec", {}))
    return base.model_copy(update={"spec": spec} | full | changes)


def miss(kind: str, said: str = "plain", **changes: Any) -> NearDraft:
    facts = {"kind": kind, "name": f"{kind}-{said}", "measure": "cosine", "score": 0.93}
    near = NearMatch.model_validate({**facts, "text": f"{said} as it stood there", **changes})
    return NearDraft(slot=7, reason="near", text=f"{said} as it stands here", near=near)


def of_near_misses(text: str = "plain", **changes: Any) -> Report:
    """Return the report of a run in which drafts came too near to every kind of text."""
    copied = " ".join(f"word{n}" for n in range(14))
    full: dict[str, Any] = {
        "near_misses": (
            miss("protected", text),
            miss("protected", text, measure="13-gram", score=14, text=f"{text} {copied}"),
            miss("protected", text, measure="8-gram", score=0.6),
            miss("seed", text, measure="word triples", score=0.82),
            miss("record", text, measure="ROUGE-L", score=0.712, name="3"),
        ),
        "near_counts": {
            "protected": {"cosine": 1, "13-gram": 1_200, "8-gram": 1},
            "seed": {"word triples": 2},
            "record": {"ROUGE-L": 9},
        },
        "rejected": {"protected": 1_202, "near-duplicate": 9, "seed-copy": 2, "duplicate": 1},
        "protected": (
            ProtectedFile(path=text, rows=1_319, texts=2_638, digest="3730d312f6e3440544a2"),
            ProtectedFile(path="exam.csv", texts=1),
        ),
    }
    return report_of(text=text, **(full | changes))


def sample_only(text: str) -> Report:
    sample = Sample(slot=0, form="f", payload={"text": text})
    return Report(spec=spec_of("qa"), asked=1, accepted=1, samples=(sample,), labels={text: 1})


def page_of(report: Report) -> Page:
    page = Page(render_report(report, versions={"synth-agent": "0.1.0"}))
    assert not page.opened
    return page


def test_hostile_text_stays_text() -> None:
    plain, hostile = page_of(report_of()), page_of(report_of(text=HOSTILE))

    assert hostile.tags == plain.tags
    assert not {"script", "img", "iframe", "link", "object"} & set(hostile.tags)
    assert HOSTILE in hostile.text
    assert "49" not in hostile.text


def test_hostile_text_of_a_models_run_stays_text() -> None:
    plain, hostile = page_of(of_a_model()), page_of(of_a_model(HOSTILE))

    assert hostile.tags == plain.tags
    assert not {"script", "img", "iframe", "link", "object"} & set(hostile.tags)
    assert hostile.text.count(HOSTILE) > 20
    assert "49" not in hostile.text


@pytest.mark.parametrize("kind", ["protected", "seed", "record"])
def test_hostile_text_that_came_too_near_stays_text(kind: str) -> None:
    plain, hostile = (
        page_of(of_near_misses(text, near_misses=(miss(kind, text),)))
        for text in ("plain", HOSTILE)
    )

    assert [t for t in hostile.tags if t != "mark"] == [t for t in plain.tags if t != "mark"]
    assert hostile.text.count(HOSTILE) > 5
    assert "49" not in hostile.text


@given(text=st.text(min_size=1, max_size=30))
def test_no_text_of_a_record_changes_the_page_around_it(text: str) -> None:
    plain, other = (page_of(sample_only(shown)) for shown in ("plain", text))

    assert [t for t in other.tags if t != "pre"] == [t for t in plain.tags if t != "pre"]


def test_the_page_needs_nothing_from_anywhere() -> None:
    html = render_report(report_of(), versions={})

    assert not re.search(r"""(src|href)\s*=|url\(|@import|https?:""", html)
    assert "default-src 'none'" in html
    assert not [name for name, _ in Page(html).attributes if name.startswith("on")]


def test_every_picture_has_a_title_or_is_hidden_from_readers() -> None:
    html = render_report(of_a_model(), versions={})

    pictures = re.findall(r"<svg[^>]*>\s*(?:<title>)?", html)
    assert len(pictures) > 8
    for picture in pictures:
        assert 'aria-hidden="true"' in picture or (
            'role="img"' in picture and picture.endswith("<title>")
        )


def test_a_partial_run_says_what_is_missing_and_why() -> None:
    page = page_of(report_of())

    assert "Partial" in page.text
    assert "2 records are missing." in page.text
    assert "plain (4)" in page.text


def test_a_run_that_was_stopped_says_so_where_no_reason_is_known() -> None:
    page = page_of(report_of(cells=(CellCount(cell="all", asked=20, accepted=18),)))

    assert "the run was stopped before it got there" in page.text


def test_a_complete_run_says_so() -> None:
    page = page_of(report_of(accepted=20))

    assert "Complete" in page.text
    assert "missing" not in page.text


def test_a_dataset_of_nothing_has_a_page_too() -> None:
    spec = spec_of("qa", count=1, dedup_threshold=None)

    page = page_of(Report(spec=spec, asked=1, accepted=0))

    assert "1 record is missing." in page.text
    assert "not looked for" in page.text


@pytest.mark.parametrize("task", TASKS)
def test_samples_of_every_task_are_shown(task: str) -> None:
    page = page_of(report_of(task))

    for value in PAYLOADS[task].values():
        if isinstance(value, str):
            assert value in page.text


def test_messages_are_shown_as_turns() -> None:
    page = page_of(report_of("conversation"))

    assert page.attributes.count(("class", "turn is-assistant")) == 2
    assert "Yes, since 06:10." in page.text


def test_tables_keep_their_lines_and_prose_may_wrap() -> None:
    html = render_report(report_of(), versions={})

    assert '<pre class="table" tabindex="0">a | b | c\n1 | 2 | 3</pre>' in html


@pytest.mark.parametrize(
    ("seconds", "said"), [(8.37, "8.4 s"), (75.2, "1 min 15 s"), (4_000, "1 h 06 min")]
)
def test_time_is_said_as_people_say_it(seconds: float, said: str) -> None:
    assert said in page_of(report_of(usage=Usage(seconds=seconds))).text


def test_the_cost_of_a_model_is_shown_even_where_its_price_is_not_known() -> None:
    known = Usage(requests=12, tokens_in=900, tokens_out=100, cost_usd=0.25)

    assert "1,000 tokens, $0.25" in page_of(report_of(usage=known)).text
    unknown = known.model_copy(update={"cost_usd": None})
    assert "1,000 tokens, price not known" in page_of(report_of(usage=unknown)).text


@pytest.mark.parametrize(
    "said",
    [
        "What you should know",
        "By plain2; records with a mean of 3.5 or more were kept",
        "mean 4.25 of 5",
        "of 5 on each question",
        "55% of 18 chosen answers are the longer one",
        "95 % interval -0.40 to 0.60",
        "6 of 18 solutions were not run",
        "the tests noticed 45 (75%)",
        "8 of 9 have records",
        "2 more documents",
        "Steps of evolution",
        "4,000 in, 2,000 out",
        "0.7",
    ],
)
def test_what_a_models_run_has_to_tell_is_told(said: str) -> None:
    assert said in page_of(of_a_model()).text


def test_a_critic_who_is_the_writer_is_said_aloud() -> None:
    alone = page_of(of_a_model(spec={"critic_model": None})).text

    assert "The critic is the writer itself" in alone
    assert "plain, the writer itself" in alone
    assert "The critic is the writer itself" not in page_of(of_a_model()).text


def test_scores_without_a_critic_are_those_of_the_rules() -> None:
    scores = {"clarity": ScoreSpread(mean=5, counts=(0,) * 8 + (18,))}

    page = page_of(report_of(scores=scores))

    assert "By code, without a model." in page.text
    assert "mean 5.00 of 5" in page.text


@pytest.mark.parametrize("size", [float("inf"), -7.0, 0.0])
def test_any_effect_of_length_can_be_drawn(size: float) -> None:
    effect = LengthEffect(size=size, low=size, high=size, longer=1, pairs=2, bound=0.3)

    html = render_report(of_a_model(length_effect=effect), versions={})

    (drawn,) = re.findall(r'<circle class="\w+" cx="([^"]+)"', html)
    assert 0 <= float(drawn) <= 970


def test_nothing_has_to_be_covered_yet() -> None:
    page = page_of(of_a_model(coverage={"topic": {"oee": 0}, "persona": {}}))

    assert "0 of 1 have records; each stands for 0 to 0." in page.text


def test_the_same_report_gives_the_same_page() -> None:
    one, two = (render_report(report_of(), versions={}) for _ in range(2))

    assert one == two


@given(left=st.text(), right=st.text())
def test_marked_pieces_are_the_whole_text(left: str, right: str) -> None:
    ours, theirs = marked(left, right)

    assert "".join(piece.text for piece in ours) == left
    assert "".join(piece.text for piece in theirs) == right


def test_only_the_words_that_differ_are_marked() -> None:
    _, theirs = marked("Line A ran 420 min\nand stopped.", "Line B ran 420 min\nand stopped.")

    assert [piece.text for piece in theirs if piece.marked] == ["B "]


@pytest.mark.parametrize(
    "said",
    [
        "Came too near to protected texts",
        "1,202 drafts were dropped",
        "1 by meaning (cosine), 1,200 by 13 words in a row or more, 1 by half of the shorter",
        "3730d312f6e34405…",
        "0.930 protected-plain, and a draft for record 7",
        "14 words in a row protected-plain",
        "8-grams 0.600 protected-plain",
        "Dropped as repeats",
        "9 by their words in order (ROUGE-L).",
        "ROUGE-L 0.712 record 3, and a draft for record 7",
        "Dropped as copies of given examples",
        "word triples 0.820 example seed-plain",
        "plain (1,319 rows, 2,638 texts, SHA-256 3730d312f6e3…)",
        "exam.csv (1 text)",
        "10 as repeats of other records, 2 as copies of given examples, 1,202 as too near to "
        "protected texts",
        "13 words in a row, half of the shorter text's 8-grams, or a cosine of the embedder's own "
        "limit",
    ],
)
def test_what_came_too_near_to_what_is_told(said: str) -> None:
    assert said in " ".join(page_of(of_near_misses()).text.split())


def test_both_texts_of_a_near_miss_stand_beside_each_other() -> None:
    html = render_report(of_near_misses(near_misses=(miss("protected"),)), versions={})

    assert "plain as it <mark>stands here</mark></pre>" in html
    assert "plain as it <mark>stood there</mark></pre>" in html


def test_protected_texts_that_nothing_came_near_to_are_told_as_well() -> None:
    page = page_of(of_near_misses(near_misses=(), near_counts={}))

    assert "No draft came too near to a text that the dataset was to keep away from." in page.text
    assert "Came too near" not in page.text
    assert "exam.csv" in page.text


def test_without_protected_texts_nothing_is_said_of_them() -> None:
    assert "rotected" not in page_of(report_of()).text


def test_repeats_are_shown_where_meaning_was_not_compared() -> None:
    page = page_of(of_near_misses(similarity=None, nearest=()))

    assert "Dropped as repeats" in page.text
    assert "nearest predecessor" not in page.text


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        (
            {"embedder": "static", "dedup_threshold": 0.91, "dedup_lexical": 0.8},
            "dropped where two records have a cosine of 0.91 or more (embedder: static) or a "
            "Jaccard index of word triples of 0.8 or more",
        ),
        ({"dedup_threshold": 0.9}, "dropped where two records have a cosine of 0.9 or more</dd>"),
        ({"dedup_threshold": "off", "dedup_lexical": "off"}, "not looked for"),
        (
            {"task": "instruction", "method": "self_instruct", "dedup_lexical": 0.7},
            "dropped where two records have a ROUGE-L of 0.7 or more",
        ),
        ({"dedup_lexical": 0.8, "fields": ("question", "context")}, "<dd>question, context</dd>"),
        ({"dedup_lexical": 0.8, "dedup_fields": ("output",)}, "<dd>output</dd>"),
        ({"dedup_lexical": 0.8, "task": "tabular"}, "<dd>the whole record</dd>"),
        (
            {"dedup_lexical": 0.8, "dedup_mask_numbers": True},
            "input, context; figures tell no records apart</dd>",
        ),
        (
            {"dedup_lexical": 0.8, "dedup_mask_numbers": False},
            "input, context; figures tell records apart</dd>",
        ),
    ],
    ids=["both", "old run", "neither", "orders", "own names", "named", "table", "masked", "seen"],
)
def test_how_records_were_compared_is_told(spec: dict[str, Any], said: str) -> None:
    report = Report(spec=spec_of(**{"task": "qa"} | spec), asked=1, accepted=1)

    assert said in render_report(report, versions={})


@pytest.mark.parametrize(
    ("asked", "was", "said"),
    [
        ("static", "static-v2@7d2c", "(embedder: static, static-v2@7d2c)"),
        ("openai:e", "openai:e", "(embedder: openai:e)"),
        (None, "lexical-v1", "(embedder: lexical-v1)"),
    ],
    ids=["ours", "a service's", "before it was asked for"],
)
def test_the_embedder_is_told_as_it_was(asked: str | None, was: str, said: str) -> None:
    spec = spec_of("qa", embedder=asked, dedup_threshold=0.9)

    page = render_report(Report(spec=spec, asked=1, accepted=1, embedder=was), versions={})

    assert f"a cosine of 0.9 or more {said}</dd>" in page


@pytest.mark.parametrize("measure", ["13-gram", "8-gram", "cosine"])
def test_a_passage_is_shown_as_what_was_met_of_a_text(measure: str) -> None:
    run = " ".join(f"word{n}" for n in range(14))
    passage = f"… it went on: {run} and so forth …"
    near = miss("protected", run, measure=measure, score=14, text=passage)

    page = page_of(of_near_misses(near_misses=(near,)))

    assert passage in page.text
    assert "… …" not in page.text


def test_very_long_texts_are_cut_before_they_are_compared() -> None:
    ours, _ = marked("word " * 50_000, "other " * 50_000)

    assert sum(len(piece.text) for piece in ours) < 5_000
