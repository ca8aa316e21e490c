# Two targets are all a user needs: `make demo` and `make test`. Python 3.11 and make are all they need.
PYTHON ?= python3.11
PYTHON := $(shell command -v $(PYTHON) >/dev/null 2>&1 && echo $(PYTHON) || echo python3)
BIN := .venv/bin
DEMO := demo

.PHONY: demo test lint coverage clean

demo: .venv/installed
	rm -rf $(DEMO)
	$(BIN)/synth-agent generate --run-dir $(DEMO) "$$(cat docs/briefs/industrial.txt)"

test: .venv/tested-with
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -n 3 --dist worksteal $(ARGS)  # idle threads of BLAS spin

lint: .venv/tested-with
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/lint-imports --no-logo
	$(BIN)/mypy

coverage: .venv/tested-with
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -q
	$(BIN)/coverage combine -q
	$(BIN)/coverage report

clean:
	rm -rf .venv $(DEMO) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

.venv/bin/uv:
	$(PYTHON) -c 'import sys; assert sys.version_info >= (3, 11), f"Python 3.11 or newer is needed, this is {sys.version}"'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv

.venv/installed: .venv/bin/uv pyproject.toml constraints.txt
	VIRTUAL_ENV=.venv $(BIN)/uv pip install --quiet --editable . --constraint constraints.txt
	touch $@

.venv/tested-with: .venv/installed
	VIRTUAL_ENV=.venv $(BIN)/uv pip install --quiet --editable '.[docs]' --group dev --constraint constraints.txt
	touch $@
