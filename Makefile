# Everything a person does with this checkout. Needs make and Python 3.11 or later; nothing else is installed outside .venv.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

PYTHON ?=
# What was compiled once is kept, whatever the caller's environment says: else every command would compile all it imports.
export PYTHONDONTWRITEBYTECODE :=
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
INSTALL := $(PIP) install --require-hashes --no-deps --only-binary :all: --no-compile
LOCK := $(BIN)/uv pip compile pyproject.toml --no-config --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate
PARALLEL := --numprocesses logical --maxprocesses 4 --dist worksteal

# A dot a second, so that a wait is not taken for a fault.
define install
@printf 'Installing what $(1) pins '; $(INSTALL) --quiet --quiet --requirement $(1) & \
pid=$$!; while kill -0 $$pid 2>/dev/null; do printf .; sleep 1; done; wait $$pid && echo ' done'
endef

.PHONY: help setup demo serve test check lint bench bench-ledger bench-policy bench-screening soak format lock clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/run.done .venv/cel.done ## install what runs, from hashed wheels, into .venv

demo: .venv/run.done ## walk one purchase from request to payment, over HTTP, on fresh data
	@$(BIN)/sdc demo

serve: .venv/run.done ## start the API and its worker with the demo's data
	@$(BIN)/sdc serve --demo-data

test: .venv/dev.done ## run the tests on SQLite and on PostgreSQL
	@$(BIN)/pytest $(PARALLEL)

check: lint test ## run what has to hold before a push: style, types, arrows, tests

lint: .venv/dev.done ## style, types and arrows only
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

bench: .venv/dev.done ## print rates of requests and postings, each beside its bare floor
	@$(BIN)/python -m benchmarks

bench-ledger: .venv/dev.done ## print the rates of the ledger alone
	@$(BIN)/python -m benchmarks.ledger

bench-policy: .venv/dev.done ## print how long decisions take, beside their bars and CEL
	@$(BIN)/python -m benchmarks.policy

bench-screening: .venv/dev.done ## print how long 83,000 rows against 10,000 vendors and owners take
	@$(BIN)/python -m benchmarks.screening

bench-payouts: .venv/dev.done ## print how fast vendors are paid and events answered, beside their bars
	@$(BIN)/python -m benchmarks.payouts

soak: .venv/dev.done ## run the tests that take long
	@$(BIN)/pytest -m soak

format: .venv/dev.done ## put the code into its one form
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format .

lock: .venv/dev.done ## pin again what pyproject.toml asks for
	@$(LOCK) --extra build --output-file requirements.lock
	@$(LOCK) --extra build --extra dev --output-file requirements-dev.lock

clean: ## remove data, caches and .venv
	@rm -rf .venv var build dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

.venv/bin/python:
	@echo "Making .venv (the first time takes about half a minute) ..."
	@for python in $(PYTHON) python3.11 python3 python3.12 python3.13 python3.14; do \
		if "$$python" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then found="$$python"; break; fi; \
		if [ -n "$(PYTHON)" ]; then break; fi; \
	done; \
	if [ -z "$$found" ]; then \
		echo "$(or $(PYTHON),python3) is not Python 3.11 or later with venv. Install one (on Debian: python3 python3-venv), or name it: make PYTHON=/path/to/python3.11 setup" >&2; exit 1; \
	fi; \
	"$$found" -m venv .venv

.venv/run.done: requirements.lock pyproject.toml | .venv/bin/python
	$(call install,requirements.lock)
	@$(PIP) install --quiet --no-index --no-deps --no-build-isolation --editable .
	@echo 'Compiling it, so that every later start is quick ...'
	@$(BIN)/python -m compileall -q -j 2 .venv/lib sdc ledger policy vendors >/dev/null 2>&1 || true
	@touch $@

# For rules of kind `expression`, with its hashes from the lock. It is large, so the demo goes without; some machines have no wheel of it.
.venv/cel.done: requirements-dev.lock .venv/run.done
	@sed -n '/^cel-expr-python==/,/[^\\]$$/p' requirements-dev.lock > .venv/cel.lock
	@$(INSTALL) --quiet --quiet --requirement .venv/cel.lock \
		|| echo 'Not installed: the CEL library. Everything works but rulebooks with rules of kind expression.'
	@touch $@

.venv/dev.done: requirements-dev.lock .venv/run.done
	$(call install,requirements-dev.lock)
	@touch $@
