# `make demo` and `make test` need Python 3.11 to 3.13, make and a package registry; everything else is set up here.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
TYPESCRIPT := mobile_contract/clients/typescript
NPM := cd $(TYPESCRIPT) && PATH="$(CURDIR)/$(BIN):$$PATH" npm --loglevel=error
PHOTOCODE_DATA ?= .photocode
export PHOTOCODE_DATA

.PHONY: help setup demo serve test lint types types-python types-typescript contract contract-fuzz bench bench-recall bench-draft bench-families bench-surface bench-facets bench-text bench-next bench-quality bench-accuracy bench-scale bench-objects bench-ground bench-limits bench-import crashtest loadtest overload replays clean

help:
	@echo "make demo [PHOTO=path]  import the demo catalog and look photos up (ALL=1: all of them; or one picture of yours)"
	@echo "make serve              run the service until Ctrl-C (LAN=1: for phones of the local network too)"
	@echo "make test               lint, types, tests"
	@echo "make types              mypy, TypeScript types of the contract, the page's types"
	@echo "make contract           after a change of the API: write examples, openapi.json and the TypeScript types"
	@echo "make contract-fuzz      Schemathesis against the running service (CASES=10000)"
	@echo "make bench              speed against the floors     make bench-recall   search recall at 300,000 vectors"
	@echo "make bench-accuracy     how often lookups are right, and how long they take (real photos: ../shared/photos)"
	@echo "make bench-objects      several objects in one photo, and focus (drawn scenes: extra [render])"
	@echo "make bench-surface      the index of local features, up to 100,000 references"
	@echo "make bench-facets       counting what a catalog of 100,000 products can be narrowed by"
	@echo "make bench-text         what reading text on objects costs, and what it finds by itself"
	@echo "make bench-quality      how often photos are called dark, blurred, small or far, and are not"
	@echo "make bench-next         what the advice on a second photo is worth"
	@echo "make bench-scale        twins told apart by size beside the scale card (drawn photos)"
	@echo "make bench-ground       things that lie on one desk: told apart, and what is not there not found by the desk"
	@echo "make bench-import       imports against the model's own rate, lookups beside them, a second import (ARGS=--rows 100000)"
	@echo "make crashtest          kill -9 of an import's worker (KILLS=50 ROWS=5000), or of PostgreSQL (KILL=postgres)"
	@echo "make bench-limits       what counting requests towards rates and quotas costs a lookup"
	@echo "make overload           three times what can be answered, for two minutes (ARGS='--seconds 30')"
	@echo "make replays            1,000 idempotency keys, each five times at once: 1,000 effects"
	@echo "make loadtest           a mobile day: workers, phones and an import against the service (ARGS=--help)"

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit("Photocode needs Python 3.11 to 3.13, this is " + sys.version.split()[0] + ": make PYTHON=python3.12 ..." if not (3, 11) <= sys.version_info < (3, 14) else 0)'
	@echo "making the environment in $(VENV)"
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.core: $(VENV)/.made pyproject.toml
	@echo "installing Photocode (ONNX Runtime is large: a minute or two the first time)"
	@$(PIP) --editable .
	@touch $@

$(VENV)/.test: $(VENV)/.made pyproject.toml
	@echo "installing Photocode and what tests and benchmarks need (ONNX Runtime is large: a minute or two the first time)"
	@$(PIP) --editable '.[test,loadtest]'
	@touch $(VENV)/.core $@

$(VENV)/.export: $(VENV)/.made pyproject.toml
	@echo "installing Photocode and what exporting models needs (torch is large)"
	@$(PIP) --editable '.[test,loadtest,export]'
	@touch $(VENV)/.core $(VENV)/.test $@

# Node.js and npm come from a wheel, so that every machine checks with the same ones.
$(TYPESCRIPT)/node_modules/.made: $(TYPESCRIPT)/package-lock.json | $(VENV)/.test
	@$(NPM) ci --prefer-offline >/dev/null
	@touch $@

setup: $(VENV)/.core

demo: setup
	@$(BIN)/photocode demo $(if $(PHOTO),--photo "$(PHOTO)") $(if $(ALL),--all)

serve: setup
	@$(BIN)/photocode serve $(if $(LAN),--lan) $(if $(PORT),--port $(PORT))

# Files are kept whole: their fixtures are made once. Two workers whatever the machine has: tests of time budgets need room.
# In their own order, in which the many short ones come last, so that both workers end at about the same time.
# Bytecode is kept whatever the environment says: they start the command many times, a third of which would be compiling.
test: export PYTHONDONTWRITEBYTECODE :=
test: $(VENV)/.test lint types
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder $(ARGS)

lint: $(VENV)/.test
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .

# Both languages side by side: each checker has one core to itself.
types:
	@$(MAKE) --no-print-directory --jobs 2 types-python types-typescript

types-python: $(VENV)/.test
	@$(BIN)/mypy

types-typescript: $(TYPESCRIPT)/node_modules/.made
	@$(NPM) run --silent generate -- --check >/dev/null || { echo "$(TYPESCRIPT)/api.d.ts is not what openapi.json gives: make contract" >&2; exit 1; }
	@$(NPM) run --silent page

contract: $(VENV)/.test $(TYPESCRIPT)/node_modules/.made
	@$(BIN)/python -m tests.contract.record_examples
	@$(BIN)/photocode contract write $(if $(BREAKING),--breaking)
	@$(NPM) run --silent generate >/dev/null
	@echo "wrote $(TYPESCRIPT)/api.d.ts"

contract-fuzz: $(VENV)/.test
	@$(BIN)/python -m tests.contract.fuzz --cases $(or $(CASES),10000)

bench: $(VENV)/.export
	@$(BIN)/python -m loadtests.bench $(ARGS)

bench-recall: $(VENV)/.test
	@$(BIN)/python -m loadtests.recall $(ARGS)

bench-draft: $(VENV)/.test
	@$(BIN)/python -m loadtests.draft_cost $(ARGS)

bench-text: $(VENV)/.test
	@$(BIN)/python -m loadtests.text_reading $(ARGS)

bench-surface: $(VENV)/.test
	@$(BIN)/python -m loadtests.surface_index $(ARGS)

bench-facets: $(VENV)/.test
	@$(BIN)/python -m loadtests.facets $(ARGS)

bench-quality: $(VENV)/.test
	@$(BIN)/python -m loadtests.photo_quality $(ARGS)

bench-next: $(VENV)/.test
	@$(BIN)/python -m loadtests.second_photo $(ARGS)

bench-accuracy: $(VENV)/.test
	@$(BIN)/python -m loadtests.accuracy $(ARGS)

bench-scale: $(VENV)/.test pyproject.toml
	@$(PIP) --editable '.[test,render]'
	@$(BIN)/python -m loadtests.scale $(ARGS)

bench-ground: $(VENV)/.test
	@$(BIN)/python -m loadtests.one_ground $(ARGS)

bench-objects: $(VENV)/.test
	@$(BIN)/python -m loadtests.objects $(ARGS)

bench-families: $(VENV)/.export
	@$(BIN)/python -m loadtests.export_families $(ARGS)

bench-import: $(VENV)/.test
	@$(BIN)/python -m loadtests.import_speed $(ARGS)

crashtest: $(VENV)/.test
	@$(BIN)/python -m loadtests.crashtest.run --kill $(or $(KILL),worker) --kills $(or $(KILLS),50) --rows $(or $(ROWS),5000)
bench-limits: $(VENV)/.test
	@$(BIN)/python -m loadtests.limits $(ARGS)

overload: $(VENV)/.test
	@$(BIN)/python -m loadtests.overload $(ARGS)

replays: $(VENV)/.test
	@$(BIN)/python -m loadtests.replays $(ARGS)

loadtest: $(VENV)/.test
	@$(BIN)/python -m loadtests.run $(ARGS)

clean:
	@rm -rf $(VENV) .photocode .build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis $(TYPESCRIPT)/node_modules
