# The two commands a newcomer needs: make run, make test.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: run test test-long check docs lock clean

run: .venv/ready
	$(BIN)/gadolin run malaysia --quick

test: .venv/ready-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/basedpyright
	$(BIN)/pytest -n 2 -m "not long"

test-long: .venv/ready-dev
	$(BIN)/pytest -n 2 -m long

docs: .venv/ready-dev
	$(BIN)/sphinx-build -W --keep-going -q docs docs/_build

# Pins of every dependency with hashes, valid for all supported Pythons; needs uv.
lock:
	uv pip compile -q pyproject.toml --universal --python-version 3.11 --generate-hashes --fork-strategy fewest \
	  --no-header --no-annotate -o requirements/core.txt
	uv pip compile -q pyproject.toml --all-extras --universal --python-version 3.11 --generate-hashes \
	  --fork-strategy fewest --no-header --no-annotate -c requirements/core.txt -o requirements/all.txt
	printf "hatchling\neditables\n" | uv pip compile -q - --universal --python-version 3.11 --generate-hashes --fork-strategy fewest \
	  --no-header --no-annotate -c requirements/all.txt -o requirements/build.txt

.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Gadolin needs Python 3.11 or newer; try: make PYTHON=python3.11 ...")'
	$(PYTHON) -m venv .venv

.venv/ready: .venv/bin/python requirements/core.txt requirements/build.txt pyproject.toml
	$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements/core.txt -r requirements/build.txt
	$(BIN)/pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

.venv/ready-dev: .venv/ready requirements/all.txt
	$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements/all.txt
	touch $@

clean:
	rm -rf .venv .pytest_cache .ruff_cache .hypothesis docs/_build docs/_generated dist
