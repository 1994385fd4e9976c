# EditJury's commands. Needs Python 3.11 or newer and make, on Linux; nothing else.
# Another Python for the environments; else the first that fits (install/environment.sh).
PYTHON ?=
PORT ?= 8000
DATA ?=
VOTES ?= yes
SUPERUSER ?= no
ONLY ?=
STORM ?=
JOBS ?= 3
VENV := .venv
BIN := $(VENV)/bin
# What `make demo` installs and nothing else, for the test that runs its whole loop.
DEMO_VENV := build/demo-venv
# One recipe for both: what the tests run in cannot drift from what users install.
INSTALL := PYTHON='$(PYTHON)' sh install/environment.sh
# Type checking reads the settings, and the settings refuse to guess these.
SETTINGS := SECRET_KEY=types DATABASE_URL=postgres:///types REDIS_URL=redis://localhost
# A benchmark is a file of tests/bench that can be run.
BENCHES = $(notdir $(basename $(shell grep -l __main__ tests/bench/*.py)))
# Its tests run by themselves, with every import of Django refused.
CORE := tests/rewardsvc/core
# A process takes a file at a time, in the order in which pytest lists them.
SPREAD := -n $(JOBS) --dist loadfile --no-loadscope-reorder
PACKAGES := config annotation rewardsvc jobs demo install manage.py

# Side by side: the two environments; the tests and what else is checked.
MAKEFLAGS += --jobs=2
# Hundreds of short processes would compile every module again where the shell forbids caches.
unexport PYTHONDONTWRITEBYTECODE
.DEFAULT_GOAL := help
.PHONY: help setup demo test bench pictures lint format types licences faults attack chromium firefox
.PHONY: with-tests as-a-demo suite core-suite

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Install into .venv what EditJury runs with
	@$(INSTALL) $(VENV)

with-tests:
	@$(INSTALL) $(VENV) --tests

as-a-demo:
	@$(INSTALL) $(DEMO_VENV)

demo: setup ## Run everything on this machine: make demo [DATA=PATH] [VOTES=no] [PORT=8000]
	@exec $(BIN)/python -m demo.launch --port '$(PORT)' --votes '$(VOTES)' \
	  --superuser '$(SUPERUSER)' $(if $(DATA),--data '$(DATA)')

test: lint suite types licences core-suite ## Check and test everything

suite: with-tests as-a-demo chromium firefox
	$(BIN)/python -m pytest $(SPREAD) --ignore=$(CORE)

# Beside the others, in one process: what it prints appears when it has ended.
core-suite: with-tests
	@mkdir -p build; $(BIN)/python -m pytest --confcutdir=$(CORE) $(CORE) \
	  > build/core-suite.txt 2>&1; ended=$$?; cat build/core-suite.txt; exit $$ended

faults: with-tests ## Kill servers and workers: make faults [STORM='--minutes 5 --seed 1']
	$(BIN)/python -m tests.faults.storm $(STORM)
	$(BIN)/python -m pytest -m faults

attack: with-tests ## Attack a site of its own and print what an annotator felt
	$(BIN)/python -m tests.attack.run

bench: with-tests ## Measure: make bench [ONLY=NAME], figures in build/bench/
	@set -e; for name in $(or $(ONLY),$(BENCHES)); do \
	  echo "bench: $$name"; $(BIN)/python -m tests.bench.$$name; done

pictures: with-tests chromium ## Take the pictures of README.md and docs/ from a demo of its own
	$(BIN)/python -m tests.docs.take

lint: with-tests ## Style of Python and templates
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/djhtml --tabwidth 2 --check templates

format: with-tests ## Rewrite Python files and templates in the house style
	$(BIN)/ruff format
	$(BIN)/djhtml --tabwidth 2 templates

types: with-tests ## Types
	$(SETTINGS) $(BIN)/mypy $(PACKAGES)

licences: with-tests ## A licence line for every run-time package, and no GPL
	$(BIN)/python -m config.licences

chromium:
	@sh tests/browser/install_chromium.sh

# After Chromium: apt takes one installation at a time.
firefox: chromium
	@sh tests/browser/install_firefox.sh
