# Every task by name. Needs make and Python 3.10 or newer; the rest is installed into .venv.

PYTHON ?= python3
VENV   ?= .venv
PY     := $(VENV)/bin/python
READY  := $(VENV)/.ready
TESTS  ?=
LAYERS := layers/sdk/requirements.txt layers/mediainfo/requirements.txt
LOCKS  := $(LAYERS) requirements-dev.txt
PIP    := -m pip --disable-pip-version-check -qq

.DEFAULT_GOAL := help
.PHONY: help setup run serve test lint format pr clean

help: ## Show this list
	@printf 'mps-manifest: verified manifests of ApsaraVideo smart-production jobs\n\n'
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

$(READY): $(LOCKS)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { \
	  echo "Python 3.10 or newer is needed; $(PYTHON) is" `$(PYTHON) --version`. "Say make PYTHON=<a newer one>"; exit 1; }
	@echo "setting up $(VENV) (once, about a minute)"
	@test -x $(PY) || $(PYTHON) -m venv $(VENV)
	@$(PY) $(PIP) install wheel
	@$(PY) $(PIP) install --no-deps $(LAYERS:%=-r %)
	@$(PY) $(PIP) install -r requirements-dev.txt
	@touch $@

setup: $(READY) ## Install what everything below needs into .venv

run: $(READY) ## Play sample jobs through every trigger on a local cloud; JOB=<id> shows one
	@$(PY) -m local.play $(JOB)

serve: $(READY) ## Keep the local cloud with the function up, until Ctrl-C
	@$(PY) -m local.serve

test: $(READY) ## Run all tests
	@$(PY) -m pytest $(TESTS)

lint: $(READY) ## Check style and types
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy

format: $(READY) ## Put the code into shape
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .

pr: lint ## Run what CI runs: lint, and the tests on every runtime's Python there is
	@$(PYTHON) local/each_python.py $(MAKE)
	@$(MAKE) --no-print-directory test

clean: ## Remove what was built and installed
	rm -rf build .venv .venv-3.*
