"""`packs check`: exactly what is wrong, and where."""

from pathlib import Path

import pytest

from synth_agent.rules import PackFile, check_pack, pack_files, start_text


def test_the_start_of_a_new_pack_is_in_order() -> None:
    assert check_pack([PackFile("start.yaml", start_text())]) == []


@pytest.mark.parametrize(
    ("old", "new", "line_has", "message"),
    [
        (
            "difficulty: easy",
            "dificulty: easy",
            "dificulty: easy",
            "unknown key; did you mean 'difficulty'?",
        ),
        ("{entity: van}", "{entity: vann}", "{entity: vann}", "no entity 'vann'"),
        (
            "{{ km | num(1) }} km\n",
            "{{ kmm | num(1) }} km\n",
            "{{ day | date('%d %b %Y') }}",
            "'kmm' is not known here",
        ),
        (
            "delivered: stops - failed",
            "delivered: stops -",
            "delivered: stops -",
            "not an expression",
        ),
        ("delivered: stops - failed", "delivered: stops / 0", "round:", "ZeroDivisionError"),
        ("- minutes >= stops * 2", "- minutes < 0", "round:", "did not hold in 200 tries"),
        ("ask: [minutes_per_stop]", "ask: [per_stop]", "ask: [per_stop]", "no question 'per_stop'"),
        ("dist: binomial, n: stops", "dist: binomal, n: stops", "dist: binomal", "Input should be"),
        (
            "{thing.cap} {wait}.",
            "{thingy.cap} {wait}.",
            "please: [",
            "no symbol or entity 'thingy'",
        ),
        (
            "| plural('parcel')",
            "| plurals('parcel')",
            "Hello, my round",
            "No filter named 'plurals'",
        ),
        ("title: Parcel delivery", "title: A\ntitle: B", "title: B", "stands twice here"),
        ("schema_version: 1", "schema_version: 9", "", "written for version 9"),
        ("scenes:\n", "scenes: [\n", None, "not YAML"),
    ],
    ids=lambda value: value[:24] if isinstance(value, str) else "",
)
def test_a_fault_is_named_with_its_line(
    old: str, new: str, line_has: str | None, message: str
) -> None:
    text = start_text().replace(old, new, 1)

    problems = check_pack([PackFile("mine.yaml", text)])

    assert any(message in problem.message for problem in problems), problems
    problem = next(p for p in problems if message in p.message)
    if line_has:
        assert problem.line is not None
        # The line of the fault, or the line before it for texts that begin below their key.
        nearby = text.splitlines()[max(problem.line - 2, 0) : problem.line + 1]
        assert any(line_has in line for line in nearby), (problem, nearby)


def test_a_pack_in_several_files_is_one_and_faults_name_their_file(tmp_path: Path) -> None:
    head, scenes = start_text().split("# Labelled texts.", 1)
    main = tmp_path / "main.yaml"
    main.write_text(head.replace("schema_version: 1", "schema_version: 1\ninclude: [rest.yaml]"))
    rest = tmp_path / "rest.yaml"
    rest.write_text("#" + scenes)
    assert check_pack(pack_files(str(main))) == []

    rest.write_text("#" + scenes.replace("ask: [delivery_rate]", "ask: [rate_of_delivery]"))
    problem = check_pack(pack_files(str(main)))[0]
    assert problem.file == "rest.yaml"
    assert "rate_of_delivery" in rest.read_text().splitlines()[(problem.line or 0) - 1]

    rest.write_text("entities: {van: [V1]}\n")
    assert "stands in another file" in str(check_pack(pack_files(str(main)))[0])

    rest.write_text("name: other\n")
    assert "an included file may hold" in str(check_pack(pack_files(str(main)))[0])
