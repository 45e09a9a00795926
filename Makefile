# Everything that a person needs, by name. `make help` lists it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint bench conformance lock clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

setup: $(STAMP) ## Make .venv with everything pinned, and the command .venv/bin/odori

$(STAMP): requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: setup ## Run the city on this machine: embedded storage, simulated sensors, live board
	$(BIN)/odori demo

lint: setup ## Style, types and import rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: setup ## All tests; those whose server is missing are skipped, except under CI
	$(BIN)/pytest

bench: setup ## Measure against a no-op server in the same run; rewrites docs/performance.md
	$(BIN)/python -m bench

conformance: setup ## Write docs/conformance.md and docs/identity-checks.md anew from what holds them
	$(BIN)/python -m tools.conformance > docs/conformance.md
	$(BIN)/python -m tools.identity_checks > docs/identity-checks.md

lock: ## Pin the newest allowed versions
	uv pip compile pyproject.toml --extra dev --extra build --generate-hashes --quiet \
		--python-version 3.11 --universal -o requirements.lock

clean: ## Remove what the tools left behind
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
