# Everything a fresh machine needs: Python 3.11 or newer, and make.
#   make demo    install, and make a dataset offline
#   make test    install, and run every check and test
#   make crash-test    kill, fail and cut the power at every operation; ten minutes
#   make bench    measure everything, one table; six minutes (LONG=1: an hour; JSON=FILE saves it)
#   make bench-peers    other tools at the same work, each installed in an environment of its own
#   make fuzz    feed answers, files and configurations by a coverage-guided fuzzer; ten minutes each

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet
WORKERS ?= 2
SECONDS_EACH ?= 600
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
	--no-header --no-strip-extras --no-emit-index-url --no-emit-find-links

.PHONY: help demo test lint format types contracts unit crash-test fuzz docs bench bench-peers lock clean

help:
	@sed -n 's/^#   //p' Makefile; echo "also: lint format types contracts unit docs lock clean"

demo: $(VENV)/.core
	$(BIN)/destilation run
	$(BIN)/destilation verify

test: lint types contracts unit

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(VENV)/.dev
	$(BIN)/mypy
	$(BIN)/mypy tests benchmarks

contracts: $(VENV)/.dev
	$(BIN)/lint-imports --no-cache

# The core's rules are gated at every line and branch; nothing is excluded.
unit: $(VENV)/.dev
	rm -f .coverage .coverage.*
	$(BIN)/python -m pytest -n $(WORKERS) --cov --cov-report=
	$(BIN)/coverage report --include='src/destilation/core/*' --fail-under=100
	$(BIN)/coverage report --fail-under=90

crash-test: $(VENV)/.dev
	$(BIN)/python -m pytest -n $(WORKERS) -rP --long tests/crash

fuzz: $(VENV)/.dev
	$(PIP) --require-hashes --requirement requirements/fuzz.txt
	for target in answer folder configuration header; do \
		$(BIN)/python -m tests.fuzz.guided $$target -max_total_time=$(SECONDS_EACH) || exit 1; done

docs: $(VENV)/.core
	$(BIN)/python docs/generate.py

bench: $(VENV)/.dev
	$(BIN)/python -m benchmarks.table $(if $(LONG),--long) $(if $(JSON),--json $(JSON)) $(if $(PAGE),--page $(PAGE))

bench-peers: $(VENV)/.dev
	$(BIN)/python -m benchmarks.peers.compare $(if $(JSON),--json $(JSON)) $(if $(PAGE),--page $(PAGE))

lock: $(VENV)/.made
	$(PIP) uv
	echo hatchling | $(COMPILE) - -o requirements/build.txt
	$(COMPILE) pyproject.toml -o requirements/core.txt
	$(COMPILE) --group dev pyproject.toml -o requirements/dev.txt
	echo 'atheris>=2.3,<3.1' | $(COMPILE) - -o requirements/fuzz.txt

clean:
	rm -rf $(VENV) build .coverage .coverage.* .mypy_cache .pytest_cache .ruff_cache .import_linter_cache datasets

$(VENV)/.made: Makefile
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed; name it with: make PYTHON=/path/to/python3.12 ..."; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	@touch $@

$(VENV)/.core: $(VENV)/.made requirements/core.txt requirements/build.txt pyproject.toml
	$(PIP) --require-hashes --requirement requirements/build.txt --requirement requirements/core.txt
	$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.core requirements/dev.txt
	$(PIP) --require-hashes --requirement requirements/dev.txt
	@touch $@
