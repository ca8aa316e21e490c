"""The shipped embedder: meaning over wording, and the same bits in any batch."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth_agent.store.embedders.lexical import LexicalEmbedder
from synth_agent.store.embedders.static import StaticEmbedder, piece_tokenizer

EMBEDDER = StaticEmbedder()

PARAPHRASES = [
    ("The conveyor stopped because the motor overheated.", "An overheated motor halted the belt."),
    ("How do I get my money back?", "I would like a refund, please."),
    ("The film was dreadful and far too long.", "A terrible movie that went on forever."),
    ("What is the mean time between failures?", "How long does it run on average until it breaks?"),
    ("My card has still not arrived.", "I am waiting for the delivery of my debit card."),
    ("She bought a new automobile last week.", "Last week she purchased a car."),
    ("The patient has a high temperature.", "This man in the ward is running a fever."),
    ("Please shorten the following paragraph.", "Summarise this text in fewer words."),
    (
        "The bearing of pump 3 is worn and noisy.",
        "Pump 3 makes noise, its bearing needs replacing.",
    ),
    ("Give three tips for staying healthy.", "How can a person keep fit and well?"),
    ("The attacker guessed the password.", "A hacker got in with cracked login credentials."),
    ("Net income fell by a third.", "Profits dropped 33 percent."),
    ("The bottleneck of the line is station 4.", "Station 4 limits the throughput of production."),
    ("Translate the sentence into French.", "What is this phrase in French?"),
    ("The shop is closed on Sundays.", "You cannot buy anything at the store on Sunday."),
    ("A dog is running through a field.", "A puppy runs across the grass."),
    ("The pupils did not understand fractions.", "Students struggled with fractions in maths."),
    ("Sort the list of numbers in ascending order.", "Arrange these integers from low to high."),
    ("The parcel was damaged in the post.", "My package arrived broken by the shipping company."),
    ("Scrap rose after the tool was changed.", "More rejected parts were made since the new tool."),
]
SHUFFLED = [first for first, _ in PARAPHRASES[1:]] + [PARAPHRASES[0][0]]
TEXTS = st.one_of(
    st.text(max_size=80),
    st.lists(
        st.sampled_from(["pump", "41", "насос", "水泵", "👍", "seal", "\ud800", "№"]), max_size=12
    ).map(" ".join),
)
CHUNKS = st.lists(TEXTS, min_size=1, max_size=12)


def cosine(a: str, b: str) -> float:
    first, second = EMBEDDER.embed([a, b])
    return float(first @ second)


def test_a_paraphrase_is_nearer_than_every_other_text() -> None:
    questions = EMBEDDER.embed([first for first, _ in PARAPHRASES])
    answers = EMBEDDER.embed([second for _, second in PARAPHRASES])

    nearest = (questions @ answers.T).argmax(axis=1)

    assert int(np.sum(nearest == np.arange(len(PARAPHRASES)))) >= 19


@pytest.mark.parametrize(("first", "second"), PARAPHRASES, ids=[a[:25] for a, _ in PARAPHRASES])
def test_a_paraphrase_is_near_and_an_unrelated_text_is_not(first: str, second: str) -> None:
    at = [a for a, _ in PARAPHRASES].index(first)

    assert cosine(first, second) > 0.25
    assert cosine(first, second) > cosine(first, SHUFFLED[at]) + 0.2


@pytest.mark.parametrize(
    ("text", "repeat"),
    [
        ("Calculate the OEE of station 4.", "  calculate the OEE of station 4!"),
        ("It’s “fine”, the line runs", 'it\'s "fine", the line runs.'),
        ("The naïve café — twice", "THE NAIVE CAFE - twice"),
    ],
    ids=["case and marks", "typography", "accents"],
)
def test_a_repeat_in_other_typography_is_a_near_duplicate(text: str, repeat: str) -> None:
    assert cosine(text, repeat) >= 0.999


def test_a_text_with_a_word_left_out_is_a_near_duplicate_and_a_paraphrase_is_not() -> None:
    text = "The packing line stood for two hours because the labeller ran out of paper rolls."

    assert cosine(text, text.replace("paper ", "")) >= EMBEDDER.threshold
    assert max(cosine(a, b) for a, b in PARAPHRASES) < EMBEDDER.threshold


def test_figures_are_seen() -> None:
    assert cosine("The cycle time is 41 s.", "The cycle time is 97 s.") < 0.999
    assert cosine("12 bar", "12 kWh") < 0.9


@settings(deadline=None)
@given(CHUNKS, st.integers(0, 11))
def test_a_text_has_the_same_unit_row_in_any_batch(texts: list[str], at: int) -> None:
    together = EMBEDDER.embed([*texts, "a line", *reversed(texts)])
    text = texts[at % len(texts)]
    alone = EMBEDDER.embed([text])[0]

    assert alone.tobytes() == together[at % len(texts)].tobytes()
    assert alone.tobytes() == together[-1 - at % len(texts)].tobytes()
    assert float(alone.astype(float) @ alone) == pytest.approx(1, abs=1e-5)


@given(st.permutations(["line", "stopped", "for", "the", "pump", "seal", "leaks"]))
def test_word_order_is_not_seen(words: list[str]) -> None:
    assert cosine(" ".join(words), "line stopped for the pump seal leaks") == pytest.approx(1)


def test_batches_that_do_not_fit_at_once_are_the_same_as_one_by_one() -> None:
    texts = [f"Order {n} of press {n % 7} waits for steel. " * (1 + n % 90) for n in range(1_200)]

    rows = EMBEDDER.embed(texts)

    for at in range(0, 1_200, 113):
        assert rows[at].tobytes() == EMBEDDER.embed([texts[at]])[0].tobytes()


def test_a_text_of_a_hundred_thousand_words_means_what_its_sentence_means() -> None:
    sentence = "The gearbox of mill two overheated during the night shift. "
    long = sentence * 10_000

    assert cosine(long, sentence) == pytest.approx(1, abs=5e-3)
    assert EMBEDDER.covers(long) == 1.0


def test_what_stands_after_a_million_characters_is_not_read() -> None:
    start = "steel " * 170_000

    assert cosine(start, start + "butterflies and violins " * 1_000) == pytest.approx(1)


@pytest.mark.parametrize(
    "text",
    ["", " \n", "?!", "\ud800", "\x00"],
    ids=["empty", "blank", "marks", "lone surrogate", "control"],
)
def test_a_text_without_words_has_the_first_unit_vector(text: str) -> None:
    row = EMBEDDER.embed([text])[0]

    assert row[0] == pytest.approx(1)
    assert not row[1:].any()


UNREAD = [
    (
        "Рассчитайте общую эффективность оборудования третьего цеха за прошлую неделю.",
        "Рассчитайте общую эффективность оборудования четвёртого цеха за прошлую неделю.",
        "Подшипник этого насоса изношен и шумит, нужно скорее заменить.",
    ),
    (
        "Υπολογίστε την απόδοση της τρίτης γραμμής κατά την περασμένη εβδομάδα.",
        "Υπολογίστε την απόδοση της πρώτης γραμμής κατά την περασμένη εβδομάδα.",
        "Ένας πελάτης ζητά τα χρήματά του πίσω.",
    ),
    (
        "احسب الفعالية الكلية للمعدات في الورشة الثالثة خلال الأسبوع الماضي",
        "احسب الفعالية الكلية للمعدات في الورشة الرابعة خلال الأسبوع الماضي",
        "محمل هذه المضخة متآكل ويصدر ضوضاء ويجب استبداله",
    ),
    (
        "请计算第三车间上周的设备综合效率并说明主要损失原因",
        "请计算第四车间上周的设备综合效率并说明主要损失原因",
        "这台水泵的轴承已经磨损噪音很大需要尽快更换",
    ),
    (
        "第三工場の先週の設備総合効率を計算して主な損失を説明してください",
        "第四工場の先週の設備総合効率を計算して主な損失を説明してください",
        "荷物が輸送中に破損したため返金をお願いします",
    ),
    ("👍👍🎉 👍", "👍👍🎉", "🚚📦"),
]


@pytest.mark.parametrize(
    ("text", "alike", "other"),
    UNREAD,
    ids=["Russian", "Greek", "Arabic", "Chinese", "Japanese", "pictographs"],
)
def test_texts_in_an_unknown_script_are_near_only_where_their_wording_is(
    text: str, alike: str, other: str
) -> None:
    assert cosine(text, text) == pytest.approx(1)
    assert cosine(text, alike) > 0.75
    assert cosine(text, other) < 0.3
    assert abs(cosine(text, "Calculate the OEE of shop three for last week.")) < 0.3


def test_a_text_in_an_unknown_script_has_the_row_of_the_lexical_embedder() -> None:
    lexical = LexicalEmbedder(dimensions=EMBEDDER.dimensions)
    texts = [text for text, _, _ in UNREAD]

    among = EMBEDDER.embed(["A line stopped.", *texts, "A pump leaks."])[1:-1]

    assert among.tobytes() == lexical.embed(texts).tobytes()


def test_it_counts_the_texts_that_it_compared_by_their_wording() -> None:
    embedder = StaticEmbedder()
    embedder.embed(["", "The line stopped.", "Die Anlage steht.", "41 %", "Great 👍"])

    assert embedder.unread == 0

    embedder.embed(["Линия стоит.", "A pump leaks.", "設備故障"])

    assert embedder.unread == 2


def test_one_english_text_with_other_words_in_an_unknown_script_is_not_a_repeat() -> None:
    ask = "Translate the following sentence from Russian into English, keeping the register: "

    assert cosine(ask + "Станция стоит.", ask + "Клиент доволен.") < EMBEDDER.threshold
    assert cosine(ask + "Станция стоит.", ask + "станция стоит") == pytest.approx(1)
    assert cosine("Great product 👍", "Great product 👎") < EMBEDDER.threshold
    assert cosine("I love it, really👍", "I love it, really👎") < EMBEDDER.threshold


def test_a_pictograph_more_leaves_a_sentence_a_near_duplicate() -> None:
    text = "The line stopped for two hours because the motor overheated"

    assert EMBEDDER.threshold <= cosine(text, text + " ✅") < 0.999


def test_words_too_long_to_be_words_are_compared_by_their_wording() -> None:
    assert abs(cosine("QUJD" * 40, "eHl6" * 40)) < 0.3


@pytest.mark.parametrize(
    "words",
    ["станция остановилась ", "設備故障", "👍🎉 ", "line стоит ", "41 "],
    ids=["Cyrillic", "Chinese", "pictographs", "mixed", "figures"],
)
def test_a_text_of_a_hundred_thousand_words_in_any_script_has_a_unit_row(words: str) -> None:
    row = EMBEDDER.embed([words * 50_000])[0]

    assert float(row.astype(float) @ row) == pytest.approx(1, abs=1e-5)


def test_no_texts_give_no_rows() -> None:
    assert EMBEDDER.embed([]).shape == (0, EMBEDDER.dimensions)


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("The line stopped at 06:30.", 1.0),
        ("", 1.0),
        ("12:30, 41 %", 1.0),
        ("Станция остановилась в 06:30.", 0.0),
        ("機械が止まった", 0.0),
        ("Ein naïver Schweißer", 1.0),
    ],
    ids=["English", "empty", "figures", "Cyrillic", "Japanese", "German"],
)
def test_covers_tells_scripts_apart_that_the_table_does_not_know(text: str, share: float) -> None:
    assert EMBEDDER.covers(text) == share


def test_covers_counts_the_known_part_of_a_mixed_text() -> None:
    assert 0.3 < EMBEDDER.covers("The line stopped: линия остановилась сегодня") < 0.7


def test_vectors_do_not_depend_on_the_hash_seed_of_python() -> None:
    code = (
        "from synth_agent.store.embedders.static import StaticEmbedder; import hashlib;"
        "rows = StaticEmbedder().embed(['The line stood 42 minutes.', 'OEE was 71.4 %']);"
        "print(hashlib.sha256(rows.tobytes()).hexdigest())"
    )
    seen = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }

    assert len(seen) == 1


def test_no_thread_is_left_that_a_fork_would_warn_about() -> None:
    code = (
        "import os; from synth_agent.store.embedders.static import StaticEmbedder;"
        "StaticEmbedder().embed(['a line', 'a press'] * 600); pid = os.fork();"
        "os._exit(0) if pid == 0 else os.waitpid(pid, 0)"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stderr == ""


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.npz"
    np.savez(
        path,
        codes=np.array([[0x88], [0x8F], [0xF8], [0x11]], dtype=np.uint8),
        scales=np.array([0, 2, 3, 4_681], dtype=np.uint16),
        pieces=np.frombuffer(b"[UNK]\npump\nseal\n##s", np.uint8),
        threshold=np.float64(0.8),
    )
    return path


def test_another_table_is_read_with_its_threshold_and_named_by_its_digest(tiny: Path) -> None:
    embedder = StaticEmbedder(tiny)

    rows = embedder.embed(["pump", "seals", "pump seal", "what"])

    assert embedder.threshold == 0.8
    assert embedder.dimensions == 2
    assert embedder.name.startswith("static-minilm-2-v2@")
    assert embedder.name != EMBEDDER.name
    expected = np.array([[14, 0], [-32_767, 21 - 32_767], [14, 21]])
    lengths = np.linalg.norm(expected, axis=1, keepdims=True)
    assert rows[:3] == pytest.approx(expected / lengths, abs=1e-6)
    assert rows[3:].tobytes() == LexicalEmbedder(dimensions=2).embed(["what"]).tobytes()
    assert embedder.covers("what pump") == 0.5


def test_the_shipped_table_is_small_and_says_what_it_is() -> None:
    folder = Path(sys.modules[StaticEmbedder.__module__].__file__ or "").parent

    assert (folder / "static_minilm.npz").stat().st_size < 5_000_000
    assert "Apache-2.0" in (folder / "STATIC_MINILM.md").read_text()
    assert EMBEDDER.name.startswith("static-minilm-256-v2@")
    assert 0.5 < EMBEDDER.threshold < 1


def test_words_fall_into_the_longest_known_pieces() -> None:
    tokenizer = piece_tokenizer(["[UNK]", "gear", "##box", "gearbox", "##es"])

    assert tokenizer.encode("Gearboxes GEAR nothing").tokens == ["gearbox", "##es", "gear", "[UNK]"]
