import re
from pathlib import Path

import pytest

from synth_agent.chains.prompt import Prompt, PromptBook, prompt_names
from synth_agent.errors import ConfigError

PLAIN = Prompt("p", "You are {role}.", 'Write {count} like {"n": 1} about {subject}.')
QUESTION = "{brief} {role} {subject} {language} {examples} {count} {wishes}"


def test_variables_are_filled_and_json_stays() -> None:
    system, human = PLAIN.filled({"role": "a {count}", "count": "3", "subject": "{role}"})

    assert system == "You are a {count}."
    assert human == 'Write 3 like {"n": 1} about {role}.'


def test_a_missing_value_is_a_bug_of_the_chain() -> None:
    with pytest.raises(KeyError):
        PLAIN.filled({"role": "x"})


def test_the_id_changes_with_the_words() -> None:
    other = Prompt("p", PLAIN.system, PLAIN.human + "!")

    assert re.fullmatch(r"p@[0-9a-f]{8}", PLAIN.id)
    assert other.id != PLAIN.id


def test_messages_are_a_system_and_a_human_part_or_the_human_part_alone() -> None:
    values = {"role": "a", "count": "b", "subject": "c"}

    assert [m.type for m in PLAIN.messages(values)] == ["system", "human"]
    assert [m.type for m in Prompt("p", "", "x").messages({})] == ["human"]


@pytest.mark.parametrize("name", prompt_names())
def test_every_shipped_prompt_opens_with_its_purpose_and_has_words(name: str) -> None:
    prompt = PromptBook()[name]

    assert prompt.human
    assert "<!--" not in prompt.system + prompt.human


@pytest.mark.parametrize(
    "name", ["answer", "areas", "evolve", "instruction", "question", "revise", "rewrite", "row"]
)
def test_a_role_stands_behind_no_article(name: str) -> None:
    assert "Your role: {role}." in PromptBook()[name].system


@pytest.mark.parametrize("name", prompt_names())
def test_prompts_that_show_foreign_text_say_that_it_is_data(name: str) -> None:
    prompt = PromptBook()[name]
    foreign = {"examples", "records", "inputs", "pairs", "columns", "cases", "passages"}

    if prompt.variables & foreign:
        assert "<< >>" in prompt.system


def test_a_folder_replaces_single_prompts(tmp_path: Path) -> None:
    (tmp_path / "question.md").write_text(f"# human\nMine: {QUESTION}", encoding="utf-8")

    book = PromptBook(tmp_path)

    assert book["question"].human.startswith("Mine:")
    assert book["question"].id != PromptBook()["question"].id
    assert book["row"] == PromptBook()["row"]


def test_a_file_of_another_editor_is_read_as_well(tmp_path: Path) -> None:
    text = f"<!-- mine -->\r\n# system\r\nBe good.\r\n# human\r\n{QUESTION}\r\n"
    (tmp_path / "question.md").write_bytes(b"\xef\xbb\xbf" + text.encode())

    assert PromptBook(tmp_path)["question"].system == "Be good."


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("question.md", "# human\n{brief}", r"question.md lacks {count}, .*not told"),
        ("question.md", f"# human\n{QUESTION} {{mood}}", r"uses {mood}; it is given {brief}"),
        ("question.md", f"Hello\n# human\n{QUESTION}", "expected a comment, then '# system'"),
        ("question.md", "<!-- nothing -->", "no human part"),
        ("question.md", f"# human\n{QUESTION}\n# human\nmore", "'# human' twice; keep one"),
        ("questions.md", "# human\nx", r"no prompt 'questions'; did you mean question\.md\?"),
    ],
    ids=["missing", "unknown", "no heading", "no human part", "twice", "unknown name"],
)
def test_a_replacement_that_cannot_serve_is_refused(
    tmp_path: Path, name: str, text: str, problem: str
) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")

    with pytest.raises(ConfigError, match=problem):
        PromptBook(tmp_path)


def test_a_file_that_is_no_text_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "question.md").write_bytes(b"# human\n\xff\xfe\x00")

    with pytest.raises(ConfigError, match=r"question\.md cannot be read"):
        PromptBook(tmp_path)


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is not a folder"):
        PromptBook(tmp_path / "none")


def test_a_prompt_that_is_not_shipped_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        PromptBook()["nothing"]
