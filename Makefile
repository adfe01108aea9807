# Every task by name. Needs make and Python 3.10 or newer; the rest is installed into .venv.

PYTHON ?= python3
VENV   ?= .venv
PY     := $(VENV)/bin/python
READY  := $(VENV)/.ready
TESTS  ?=
LAYERS := layers/sdk/requirements.txt layers/mediainfo/requirements.txt
LOCKS  := $(LAYERS) requirements-dev.txt requirements-deploy.txt
PIP    := -m pip --disable-pip-version-check -qq

.DEFAULT_GOAL := help
.PHONY: help setup run serve test lint format pr clean build lock check plan deploy rollback destroy invoke logs bench

# What deploy tools are told: make deploy ARGS="--set Bucket=media --yes"
ARGS   ?=
CHECKER := ../shared/templatecheck

help: ## Show this list
	@printf 'mps-manifest: verified manifests of ApsaraVideo smart-production jobs\n\n'
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-9s %s\n", $$1, $$2}'

$(READY): $(LOCKS)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { \
	  echo "Python 3.10 or newer is needed; $(PYTHON) is" `$(PYTHON) --version`. "Say make PYTHON=<a newer one>"; exit 1; }
	@echo "setting up $(VENV) (once, about a minute)"
	@test -x $(PY) || $(PYTHON) -m venv $(VENV)
	@$(PY) $(PIP) install wheel
	@$(PY) $(PIP) install --no-deps $(LAYERS:%=-r %)
	@$(PY) $(PIP) install -r requirements-dev.txt -r requirements-deploy.txt
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

build: $(READY) ## Build the zips of function and layers, the same bytes on every machine
	@$(PY) -m deploy.packages

check: $(READY) ## Check template.yml: the project's own tests, and the vendor's rules if there is a checker
	@$(PY) -m pytest tests/template tests/deployed
	@if [ -d $(CHECKER) ]; then $(PY) $(CHECKER)/roscheck.py template.yml --vendor --strict; \
	  else echo "no $(CHECKER): the vendor's rules were not checked"; fi

plan: $(READY) ## Show what deploying would change
	@$(PY) -m deploy plan $(ARGS)

deploy: build ## Create or update the stack; deploy.ini says where (docs/deploy.md)
	@$(PY) -m deploy deploy $(ARGS)

rollback: $(READY) ## Go back to the deployment before
	@$(PY) -m deploy rollback $(ARGS)

destroy: $(READY) ## Delete the stack; the bucket stays
	@$(PY) -m deploy destroy $(ARGS)

invoke: $(READY) ## Call the deployed function for a job: make invoke JOB=<id>
	@$(PY) -m deploy invoke $(JOB) $(ARGS)

logs: $(READY) ## Print the function's latest log lines
	@$(PY) -m deploy logs $(ARGS)

pr: lint ## Run what CI runs: lint, packages, and the tests on every runtime's Python there is
	@$(PY) -m deploy.packages --if-possible
	@$(PYTHON) local/each_python.py $(MAKE)
	@$(MAKE) --no-print-directory test

bench: build ## Measure everything beside a baseline; rewrites bench/RESULTS.md (ARGS=--quick: smaller, only prints)
	@$(PY) -m bench $(ARGS)

clean: ## Remove what was built and installed
	rm -rf build .venv .venv-3.*
