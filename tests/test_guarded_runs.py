"""Whole runs held against protected texts, given examples and each other, and single files too.

What is dropped is replaced, so that the count is exact; and why it was dropped can be read.
"""

import itertools
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from html import unescape
from pathlib import Path
from typing import Any, Final

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth_agent import SynthAgent
from synth_agent.pipeline import Judge, Nearness
from synth_agent.pipeline.judge import Judged
from synth_agent.pipeline.rows import Kept
from synth_agent.pipeline.sources import Answer
from synth_agent.quality.rouge import RougePool
from synth_agent.schemas import Ask, DatasetSpec, Draft, Provenance, Slot
from synth_agent.store import SemanticMemory, StaticEmbedder
from synth_agent.store.embedders.figures import WithFigures
from synth_agent.store.protected import Protected, ProtectedSets
from synth_agent.text import Comparable
from tests.chat import Scripted as ScriptedChat
from tests.commands import KEY, Commands, embedded, embedding_requests
from tests.endpoint import ChatRequest, Endpoint, Faults, Script
from tests.endpoint.expert import expert
from tests.endpoint.expert_content import CUES
from tests.endpoint.expert_reading import read

BY_MODEL: Final = (
    *("generate", "40 questions about planning in a repair shop", "--model", "openai:gpt-x"),
    *("--records-per-call", "4"),
)


@pytest.fixture
def command(
    socket_enabled: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Commands:
    """Return what runs `synth-agent` in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return Commands(monkeypatch, capsys)


def serving(script: Script | None = None) -> Endpoint:
    return Endpoint(script or expert(1), key=KEY)


def written(path: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    path.write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))
    return path


def rows(folder: str | Path = "run") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = orjson.loads(Path(folder, "dataset.json").read_bytes())
    return found


# ---------------------------------------------------------------------------------- protected texts


@pytest.mark.parametrize("flags", [(), ("--dedup-threshold", "off")], ids=["by default", "off"])
def test_a_model_that_writes_what_is_protected_writes_again(
    command: Commands, flags: tuple[str, ...]
) -> None:
    with serving() as endpoint:
        command(endpoint, *BY_MODEL, "--run-dir", "free", "--quiet")
        exam = [{"question": row["input"], "answer": row["output"]} for row in rows("free")]
        written(Path("exam.jsonl"), exam[:5])
        written(Path("finals.jsonl"), exam[20:23])
    with serving() as endpoint:  # a new one: it says the same once more
        said = command(
            endpoint,
            *(*BY_MODEL, "--run-dir", "run", "--json"),
            *("--protect", "exam.jsonl", "--protect", "finals.jsonl", *flags),
        )

    assert (said.code, len(rows())) == (0, 40), said.err
    assert said.json["rejected"]["protected"] >= 8
    kept = {row["input"] for row in rows()}
    assert not kept & {row["question"] for row in (*exam[:5], *exam[20:23])}
    card, report = Path("run/README.md").read_text(), Path("run/report.html").read_text()
    assert "exam.jsonl" in card
    assert "finals.jsonl" in card
    assert "exam/" in report
    shown = " ".join(unescape(report).replace("<mark>", "").replace("</mark>", "").split())
    # Its beginning at least: long texts are shown in part.
    assert " ".join(exam[0]["question"].split())[:60] in shown


def test_a_benchmark_is_protected_whatever_its_layout(command: Commands) -> None:
    with serving() as endpoint:
        command(endpoint, *BY_MODEL, "--run-dir", "free", "--quiet")
        first = rows("free")[0]
        turns = [{"from": "human", "value": first["input"]}, {"from": "gpt", "value": "42"}]
        Path("talks.json").write_bytes(orjson.dumps([{"conversations": turns}]))
    with serving() as endpoint:
        said = command(endpoint, *BY_MODEL, "--run-dir", "run", "--json", "--protect", "talks.json")

    assert (said.code, len(rows())) == (0, 40), said.err
    assert said.json["rejected"]["protected"] >= 1
    assert first["input"] not in {row["input"] for row in rows()}


MISTAKES = {
    "missing": None,
    "empty": b"",
    "without text": b'{"question": ""}\n{"question": "  "}\n',
    "no JSON": b"{'question': 'Why?'}\n",
    "no text at all": b"\x00\x01\xff\xfe" * 50,
}


@pytest.mark.parametrize("content", MISTAKES.values(), ids=MISTAKES)
def test_a_protected_file_that_cannot_protect_is_the_users_mistake(
    command: Commands, content: bytes | None
) -> None:
    if content is not None:
        Path("exam.jsonl").write_bytes(content)
    with serving() as endpoint:
        said = command(endpoint, *BY_MODEL, "--run-dir", "run", "--protect", "exam.jsonl")

        assert not endpoint.log
    assert said.code == 2
    assert "exam.jsonl" in said.err
    assert not Path("run").exists()


def test_a_folder_is_no_protected_file(command: Commands) -> None:
    Path("exams").mkdir()

    said = command(None, *BY_MODEL, "--protect", "exams")

    assert said.code == 2
    assert "exams" in said.err


# --------------------------------------------------------------------------------------- given ones

PASSAGE: Final = (
    "Before the shift begins, the setter checks the oil of the press, looks at the guard of the "
    "die, runs one blank through by hand, measures it at all four corners, and only then releases "
    "the order to the operator, who signs for it on the sheet that hangs beside the door"
)


@pytest.mark.parametrize("threshold", [None, "off"], ids=["by default", "with all else off"])
def test_a_passage_of_a_given_example_is_not_copied_out(
    tmp_path: Path, threshold: str | None
) -> None:
    given = {"input": "How is an order released?", "context": PASSAGE, "output": "By hand."}
    seeds = written(tmp_path / "seeds.jsonl", [given])
    numbers = itertools.count()

    def answering(messages: Any, options: Any) -> Any:
        number = next(numbers)
        things = ("pump", "lathe", "saw", "oven", "crane", "drill", "belt", "mill", "robot", "gate")
        record = {
            "input": f"What does the {things[number % 10]} need on day {number}?",
            "context": f"The {things[-number % 10]} has run for {number} days without a stop.",
            "output": f"A check after {number} days.",
        }
        if number == 1:
            copied = " ".join(PASSAGE.split()[6:44])
            record["context"] = f"On our site it goes as follows: {copied}, as told."
        return {"records": [{"n": 1, **record}]}

    spec = DatasetSpec(
        count=6, task="qa", domain="a press shop", records_per_call=1, seeds=str(seeds)
    )
    agent = SynthAgent(ScriptedChat(answering=answering), runs=tmp_path, concurrency=1)

    dataset = agent.generate(spec, dedup_threshold=threshold)

    copies = [reject for reject in dataset.rejects if reject.reason == "seed-copy"]
    assert len(dataset) == 6
    assert len(copies) == 1
    assert copies[0].near is not None
    assert (copies[0].near.kind, copies[0].near.name) == ("seed", "seeds.jsonl:1")
    assert not any("as told" in str(record.payload) for record in dataset)


# ------------------------------------------------------------------------------------------ figures


def counting(form: str) -> ScriptedChat:
    """Return a model whose questions differ in their figures alone."""
    numbers = itertools.count(3)

    def answering(messages: Any, options: Any) -> Any:
        a, b, c = (next(numbers) ** 2 % 997 for _ in range(3))
        record = {"input": form.format(a, b, c), "context": "", "output": f"{a + b + c} parts."}
        return {"records": [{"n": 1, **record}]}

    return ScriptedChat(answering=answering)


FORM: Final = "A box holds {} bolts, {} nuts and {} rings. How many parts is that?"


@pytest.mark.parametrize(("masked", "made"), [(None, 6), (False, 6), (True, 1)])
def test_questions_that_differ_in_figures_alone_are_repeats_where_figures_are_masked(
    tmp_path: Path, masked: bool | None, made: int
) -> None:
    spec = DatasetSpec(count=6, task="qa", domain="a store", records_per_call=1, max_attempts=2)
    agent = SynthAgent(counting(FORM), runs=tmp_path, concurrency=1)

    dataset = agent.generate(spec, dedup_mask_numbers=masked)

    reasons = {reject.reason for reject in dataset.rejects}
    assert (len(dataset), reasons) == (made, set() if made == 6 else {"near-duplicate"})
    assert dataset.records[0].payload["input"] == FORM.format(9, 16, 25)


def complaints() -> Script:
    """Return an expert whose texts differ in their figures alone."""
    script, numbers = expert(1), itertools.count(3)

    def answered(request: ChatRequest) -> Any:
        asked = read(request, wrong={}, seed=1)
        if asked.prompt != "classify":
            return script(request)
        written = []
        for n, wish in enumerate(asked.wishes(), start=1):
            a, b = (next(numbers) ** 2 % 997 for _ in range(2))
            text = f"Order {a} came {b} days after it was due. {CUES[wish['label']][0]}"
            written.append({"n": n, "plan": "A customer.", "text": text})
        return {"records": written}

    return answered


@pytest.mark.parametrize(
    ("flags", "code", "made"),
    [((), 3, 2), (("--dedup-mask-numbers",), 3, 2), (("--dedup-keep-numbers",), 0, 8)],
    ids=["by default", "masked", "kept"],
)
def test_texts_to_classify_are_told_apart_by_what_they_say_unless_figures_are_to_count(
    command: Commands, flags: tuple[str, ...], code: int, made: int
) -> None:
    with serving(complaints()) as endpoint:
        said = command(
            endpoint,
            *("generate", "8 texts for sentiment: 4 positive and 4 negative"),
            *("--model", "openai:gpt-x", "--run-dir", "run", "--json", "--concurrency", "1"),
            *flags,
        )

    assert (said.code, said.json["accepted"]) == (code, made), said.err
    assert set(said.json["rejected"]) <= {"near-duplicate"}


# ------------------------------------------------------------------------- batches decide nothing

FORMS: Final = (
    "Write a polite note to the supplier about the late delivery of {} coils.",
    "Write the supplier a polite note about {} coils that were delivered late.",
    "Explain why press {} stops whenever the light curtain is crossed.",
    "Why does the press with number {} stop when somebody crosses its light curtain?",
    "List {} checks for the start of the night shift.",
    "Name {} checks that belong to the start of the night shift, one a line.",
    "Сколько подшипников нужно заказать для станка {}?",
    "{}",
)
TEXTS = st.lists(
    st.builds(str.format, st.sampled_from(FORMS), st.sampled_from((3, 4, 44, 450))),
    min_size=2,
    max_size=24,
)


class Passes:
    names = ()

    def __call__(self, draft: Draft, slot: Slot) -> None:
        return None


@pytest.fixture(scope="module")
def embedder() -> StaticEmbedder:
    return StaticEmbedder()


def judged(
    embedder: StaticEmbedder, protected: ProtectedSets, batches: Sequence[Sequence[str]]
) -> Iterator[object]:
    """Yield what becomes of each text: kept, beside its nearest, or dropped, and why."""
    seed = {"instruction": FORMS[5].format(7), "input": "", "output": "Light, oil, guards."}
    owners: dict[bytes, int] = {}
    numbers = itertools.count()
    with tempfile.TemporaryDirectory() as folder:
        memory = SemanticMemory.open(
            Path(folder), WithFigures(embedder), accepted=lambda: (), count=0, lexical=0.6
        )
        memory.add_seeds([("s1", seed["instruction"])])
        seeds = ProtectedSets([Protected("s1", FORMS[5].format(7))], common=1, kind="seed")
        judge = Judge(
            task="instruction",
            check=Passes(),
            owners=lambda prints: {print_: owners[print_] for print_ in prints if print_ in owners},
            compared=Comparable("instruction"),
            near=Nearness(
                memory=memory,
                semantic=0.91,
                protected=protected,
                copied=seeds,
                wording=RougePool(),
                rouge=0.7,
            ),
        )
        for batch in batches:
            decided = judge([_answer(next(numbers), text) for text in batch])
            owners |= {kept.fingerprint: kept.record.slot for kept in decided.kept}
            judge.remember(decided)
            yield from _told(decided)


def _answer(number: int, text: str) -> Answer:
    made = Provenance(method="self_instruct", source="openai:writer")
    payload = {"instruction": text, "input": "", "output": f"Answer {number}."}
    draft = Draft(slot=number, payload=dict(payload), provenance=made)
    return Answer(Ask(Slot(index=number, ordinal=number, seed=0)), draft)


def _told(decided: Judged) -> Iterator[object]:
    for _, outcome in decided.verdicts:
        if isinstance(outcome, Kept):
            yield outcome.record.slot, outcome.record.provenance.nearest
        else:
            yield outcome.slot, outcome.reason, outcome.detail, outcome.near


@settings(max_examples=25)
@given(texts=TEXTS, cuts=st.sets(st.integers(1, 23)))
def test_what_becomes_of_a_draft_does_not_depend_on_its_batch(
    embedder: StaticEmbedder, texts: list[str], cuts: set[int]
) -> None:
    exam = [Protected("exam/1", FORMS[3].format(450)), Protected("exam/2", FORMS[2].format(3))]
    protected = ProtectedSets(exam, embedder=embedder)
    ends = [0, *sorted(cut for cut in cuts if cut < len(texts)), len(texts)]

    one_by_one = [*judged(embedder, protected, [[text] for text in texts])]
    in_batches = [*judged(embedder, protected, [texts[a:b] for a, b in itertools.pairwise(ends)])]
    at_once = [*judged(embedder, protected, [texts])]

    assert one_by_one == in_batches == at_once


# ---------------------------------------------------------------------------------- a single file

LONG: Final = " ".join(f"word{n % 977}" for n in range(100_000))
ODD: Final = (
    *("", " ", "press", "Press!", "saw"),
    *(LONG, f"{LONG} and one more"),
    *("Почему пресс 3 остановился вчера вечером?", "почему пресс 3 остановился вчера вечером"),
    "Why did пресс 3 stop вчера evening?",
    *("12 34", "12 34", "56 78", "🙂🙂", "e = m c ^ 2", "\u0000\u200b"),
)


@pytest.mark.parametrize("name", ["static", "lexical"])
def test_a_file_of_odd_texts_can_be_rid_of_its_repeats(command: Commands, name: str) -> None:
    written(Path("odd.jsonl"), [{"text": text, "n": n} for n, text in enumerate(ODD)])

    ordered = ["dedup", "odd.jsonl", "-o", "out.jsonl", "--fields", "text", "--embedder", name]
    said = command(None, *ordered, "--json")

    kept = [orjson.loads(line)["n"] for line in Path("out.jsonl").read_bytes().splitlines()]
    assert said.code == 0, said.err
    assert kept == [0, 1, 2, 4, 5, 7, 9, 10, 12, 13, 14, 15]
    assert said.json["kept"] == len(kept)


RUSSIAN: Final = (
    "Почему пресс остановился вчера вечером?",
    "Сколько подшипников нужно заказать для станка?",
)
ENGLISH: Final = ("Which oven burns?", "Who pays the bill?", "When does the shift end?")


@pytest.mark.parametrize(
    ("texts", "flags"),
    [(RUSSIAN, ("--embedder", "static")), ((*ENGLISH, *RUSSIAN), ())],
    ids=["all of them", "some of them"],
)
def test_texts_that_the_embedder_cannot_read_are_said_to_be_compared_by_their_wording(
    command: Commands, texts: Sequence[str], flags: tuple[str, ...]
) -> None:
    written(Path("some.jsonl"), [{"text": text} for text in texts])

    said = command(None, "dedup", "some.jsonl", "-o", "out.jsonl", *flags)

    assert said.code == 0, said.err
    assert "wording" in said.err


@pytest.mark.parametrize("name", ["LEXICAL", " lexical "])
def test_an_embedder_is_the_same_however_it_is_written(command: Commands, name: str) -> None:
    written(Path("some.jsonl"), [{"text": text} for text in ENGLISH])

    said = command(None, "dedup", "some.jsonl", "-o", "out.jsonl", "--embedder", name, "--json")

    plain = command(
        None, *("dedup", "some.jsonl", "-o", "again.jsonl", "--embedder", "lexical", "--json")
    )
    assert said.json["embedder"] == plain.json["embedder"]


def test_a_file_is_compared_by_a_remote_embedder(command: Commands) -> None:
    lines = [
        {"text": "the press stands still since noon today"},
        {"text": "since noon today the press stands still"},
        {"text": "an oven burns"},
    ]
    written(Path("some.jsonl"), lines)
    with serving() as endpoint:
        ordered = ["dedup", "some.jsonl", "-o", "out.jsonl", "--embedder", "openai:emb"]
        said = command(endpoint, *ordered, "--lexical", "off", "--json")
        texts = embedded(endpoint)

    assert said.code == 0, said.err
    assert (said.json["embedder"].partition("+")[0], said.json["kept"]) == ("openai:emb", 2)
    assert len(texts) == len(set(texts)) == 4  # one asks how wide a vector is
    assert KEY not in said.out + said.err


MANY: Final = tuple({"text": f"press {n} of hall {n % 7} stands still"} for n in range(600))
PAID: Final = ("dedup", "many.jsonl", "-o", "out.jsonl", "--embedder", "openai:emb", "--json")
SHELF: Final = ".out.jsonl.vectors.sqlite"


def test_what_a_file_cost_is_said_and_nothing_is_left_of_it(command: Commands) -> None:
    written(Path("many.jsonl"), MANY[:5])
    with serving() as endpoint:
        said = command(endpoint, *PAID)

    usage = said.json["usage"]
    assert said.code == 0, said.err
    assert (usage["requests"], usage["cost_usd"]) == (2, None)  # one asks how wide a vector is
    assert usage["tokens_in"] > 5
    assert f"paid            2 calls, {usage['tokens_in']} tokens in, 0 out, price" in said.err
    assert {path.name for path in Path().iterdir()} == {"many.jsonl", "out.jsonl"}


def test_a_bound_on_tokens_is_kept_and_a_larger_one_goes_on(command: Commands) -> None:
    written(Path("many.jsonl"), MANY)
    with serving() as endpoint:
        short = command(endpoint, *PAID, "--budget-tokens", "4000")
        first = embedded(endpoint)
        assert not Path("out.jsonl").exists()
        same = command(endpoint, *PAID, "--budget-tokens", "4000")
        assert embedded(endpoint) == first
        long = command(endpoint, *PAID, "--budget-tokens", "40000")
        texts = embedded(endpoint)

    assert (short.code, same.code, long.code) == (3, 3, 0), long.err
    assert 1 < len(first) < 600
    assert "the budget of 4,000 tokens" in short.err
    assert SHELF in short.err
    assert len(texts) == len(set(texts)) == 601
    assert long.json["usage"]["requests"] == len(embedding_requests(endpoint))
    assert not Path(SHELF).exists()


def test_a_bound_on_money_is_refused_where_no_price_is_known(command: Commands) -> None:
    written(Path("many.jsonl"), MANY[:5])
    with serving() as endpoint:
        said = command(endpoint, *PAID, "--budget-usd", "1")

        assert not endpoint.log
    assert said.code == 2
    assert "price of the embedder openai:emb is not known" in said.err
    assert {path.name for path in Path().iterdir()} == {"many.jsonl"}


def test_a_provider_that_fails_in_the_middle_is_not_paid_twice(command: Commands) -> None:
    written(Path("many.jsonl"), MANY)
    with serving() as endpoint, Endpoint(expert(1), key=KEY, faults=Faults(quota_after=2)) as poor:
        failed = command(poor, *PAID)
        paid = embedded(poor)[: 1 + 256]
        done = command(endpoint, *PAID)
        texts = embedded(endpoint)

    assert (failed.code, done.code) == (4, 0), done.err
    assert SHELF in failed.err
    assert not set(paid) & set(texts)
    assert len({*paid, *texts}) == 601
    plain = [row["text"] for row in MANY]
    kept = [orjson.loads(line)["text"] for line in Path("out.jsonl").read_bytes().splitlines()]
    assert set(kept) <= set(plain)


@pytest.mark.parametrize(
    ("faults", "key", "code"),
    [(Faults(), "another", 4), (Faults(first=("", "zero")), KEY, 3)],
    ids=["wrong key", "wrong answer"],
)
def test_who_has_no_run_is_not_sent_to_one(
    command: Commands, faults: Faults, key: str, code: int
) -> None:
    written(Path("some.jsonl"), [{"text": "the press stands still"}, {"text": "an oven burns"}])
    with Endpoint(expert(1), key=key, faults=faults) as endpoint:
        ordered = ["dedup", "some.jsonl", "-o", "out.jsonl", "--embedder", "openai:emb"]
        said = command(endpoint, *ordered)

    assert said.code == code
    assert "openai:emb" in said.err
    assert "resume" not in said.err
    assert "saved" not in said.err
    assert KEY not in said.out + said.err
    assert not Path("out.jsonl").exists()


def test_a_file_and_an_embedder_that_is_away(
    command: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    from chromadb.utils.embedding_functions.onnx_mini_lm_l6_v2 import ONNXMiniLM_L6_V2

    monkeypatch.setattr(ONNXMiniLM_L6_V2, "DOWNLOAD_PATH", Path("weights"))
    monkeypatch.setattr(ONNXMiniLM_L6_V2, "MODEL_DOWNLOAD_URL", "http://127.0.0.1:9/onnx.tar.gz")
    written(Path("some.jsonl"), [{"text": "the press stands still"}])

    said = command(None, "dedup", "some.jsonl", "-o", "out.jsonl", "--embedder", "minilm")

    assert said.code == 2
    assert "'minilm'" in said.err
    assert "--embedder static" in said.err
    assert not Path("out.jsonl").exists()


def test_a_run_and_an_embedder_that_is_away(
    command: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    from chromadb.utils.embedding_functions.onnx_mini_lm_l6_v2 import ONNXMiniLM_L6_V2

    monkeypatch.setattr(ONNXMiniLM_L6_V2, "DOWNLOAD_PATH", Path("weights"))
    monkeypatch.setattr(ONNXMiniLM_L6_V2, "MODEL_DOWNLOAD_URL", "http://127.0.0.1:9/onnx.tar.gz")

    ordered = ["generate", "9 questions about production", "--embedder", "minilm"]
    said = command(None, *ordered, "--run-dir", "run")

    assert said.code == 2
    assert "'minilm'" in said.err
    assert not Path("run").exists()
