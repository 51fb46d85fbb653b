# Two commands do all the set-up: `make demo` and `make test`. Python 3.11 or newer, pip and make are enough.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
ARGS   ?=
SEEDS  ?= 10000

.PHONY: demo run test lint format bench simulate pictures clean

demo: $(VENV)/.ready
	@$(BIN)/songbird demo $(ARGS)

run: $(VENV)/.ready
	@$(BIN)/songbird run

test: $(VENV)/.ready-dev lint
	$(BIN)/python -m pytest -n 4 --dist worksteal -q $(ARGS)

lint: $(VENV)/.ready-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.ready-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.ready-dev
	$(BIN)/python -m benchmarks $(ARGS)

simulate: $(VENV)/.ready-dev
	$(BIN)/python -m tests.simulation --seeds $(SEEDS) $(ARGS)

pictures: $(VENV)/.ready-dev
	$(BIN)/python -m tests.pictures docs/pictures

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

$(VENV)/.ready: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Songbird needs Python 3.11 or newer; this is $$($(PYTHON) --version). Try: make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 1; }
	@test -d $(VENV) || $(PYTHON) -m venv $(VENV)
	@echo "Installing Songbird into $(VENV) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[charts,walkthrough]'
	@touch $@

$(VENV)/.ready-dev: $(VENV)/.ready
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@
