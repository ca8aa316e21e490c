"""House rules that no linter has."""

import ast
import re
from pathlib import Path

import pytest

import synth_agent

ROOT = Path(synth_agent.__file__).parent
MODULES = sorted(ROOT.rglob("*.py"))
PLAIN = [path for path in MODULES if path.name != "__main__.py"]


def exported(tree: ast.Module) -> list[str] | None:
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name("__all__")], value=ast.List(elts=elements)):
                return [str(e.value) for e in elements if isinstance(e, ast.Constant)]
            case _:
                continue
    return None


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_module_opens_with_its_purpose(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text())), "no docstring"


@pytest.mark.parametrize("path", PLAIN, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_module_says_what_it_offers_in_order(path: Path) -> None:
    names = exported(ast.parse(path.read_text()))

    assert names is not None, "no __all__"
    constants = [n for n in names if n.isupper()]
    classes = [n for n in names if n not in constants and n[:1].isupper()]
    assert names == sorted(constants) + sorted(classes) + sorted(
        set(names) - set(constants) - set(classes)
    )


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_only_settings_reads_the_environment(path: Path) -> None:
    if path.name != "settings.py":
        assert not re.search(r"os\.environ|getenv", path.read_text())


def test_everything_the_package_offers_is_there() -> None:
    for name in synth_agent.__all__:
        assert getattr(synth_agent, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = synth_agent.nothing


def test_the_command_line_needs_no_heavy_library_before_a_command_runs() -> None:
    import subprocess
    import sys

    heavy = ["numpy", "chromadb", "mesa", "pydantic", "faker", "pyarrow", "pandas", "jinja2"]
    code = (
        f"import sys, synth_agent, synth_agent.cli; print([m for m in {heavy} if m in sys.modules])"
    )

    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert said.stdout.strip() == "[]"


def test_no_file_names_a_registry_or_a_path_of_one_machine() -> None:
    repo = ROOT.parent
    texts = [*repo.glob("*.toml"), *repo.glob("*.txt"), *repo.glob("*.md"), *repo.glob("docs/*.md")]
    foreign = re.compile(r"index-url[ =]+h|pypi\.org/simple|/r[o]ot/|file://")
    for path in texts:
        assert not foreign.search(path.read_text()), path
