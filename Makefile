# Every task by name. Needs make and Python 3.10 or newer; the rest is installed into .venv.

PYTHON ?= python3
VENV   ?= .venv
PY     := $(VENV)/bin/python
TOOLS  := .venv-tools
READERS := .venv-readers
TESTS  ?=
SEED   ?=
# How much of what strangers may send `make fuzz` tries, in each of its tests
EXAMPLES ?= 20000
# Whoever names a PYTHON wants that one, and not what is there already.
# What else .venv is to have, and keeps from then on: sql is DuckDB, for mpsm query and export --parquet
EXTRAS ?=
SETUP  := $(PYTHON) tools/setup_venv.py $(if $(filter file,$(origin PYTHON)),,--this-python)

.DEFAULT_GOAL := help
.PHONY: help setup run serve test lint format pr clean build lock audit check policy doctor plan deploy verify-live rollback destroy alarms invoke logs status gallery bench fuzz soak readers types oss-suites replay backfill verify explain

# What deploy tools are told: make deploy ARGS="--set Bucket=media --yes"
ARGS   ?=
CHECKER := ../shared/templatecheck

help: ## Show this list
	@printf 'mps-manifest: verified manifests of ApsaraVideo smart-production jobs\n\n'
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-11s %s\n", $$1, $$2}'

setup: ## Install what everything below needs into .venv, with .venv/bin/mpsm; EXTRAS=sql adds DuckDB
	@$(SETUP) $(VENV) requirements-build.lock requirements-dev.lock --extras "$(EXTRAS)" --script mpsm=operate/__main__.py

run: setup ## Play sample jobs through every trigger on a local cloud; JOB=<id> shows one
	@$(PY) -m local.run_samples $(JOB)

serve: setup ## Keep the local cloud with the function up, until Ctrl-C; PORT=, DATA= to choose ports, folder
	@$(PY) -m local.serve $(if $(PORT),--port "$(PORT)") $(if $(DATA),--data "$(DATA)")

test: setup ## Run all tests
	@$(PY) -m pytest $(if $(SEED),-p randomly --randomly-seed=$(SEED)) $(TESTS)

fuzz: setup ## Try far more answers, events, tickets and files than the tests do, for about an hour
	@FUZZ_EXAMPLES=$(EXAMPLES) $(PY) -m pytest --timeout=0 tests/fuzz

soak: setup ## Run the tests that take too long for every change: kills, floods, large objects
	@$(PY) -m pytest --timeout=0 -m soak

oss-suites: setup ## Run oss2's own tests against the laptop's OSS, for some minutes; ARGS="--oss-v2 <clone>": those of its successor
	@$(PY) -m tests.suites $(ARGS)

lint: setup ## Check style and types
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy

format: setup ## Put the code into shape
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .

build: setup ## Build the zips of function and layers, the same bytes on every machine
	@$(PY) -m deploy.packages

lock: setup ## Work out anew which files of which packages are installed and deployed
	@$(SETUP) $(TOOLS) requirements-build.lock requirements-tools.lock
	@$(PY) -m deploy.build_locks $(ARGS)

readers: setup ## Install what some tests need: frictionless, and where there is Node ajv, TypeScript and ali-oss
	@$(SETUP) $(READERS) requirements-build.lock requirements-readers.lock
	@$(PY) -m tools.setup_node --if-possible

types: readers ## Write the typings of the manifest anew from its schema
	@$(PY) -m tools.manifest_types

audit: ## Ask for known advisories on everything that is installed and deployed
	@$(SETUP) $(TOOLS) requirements-build.lock requirements-tools.lock
	@$(TOOLS)/bin/python -m tools.audit $(ARGS) requirements-*.lock layers/*/*.lock

check: setup ## Check template.yml: the project's own tests, and the vendor's rules if there is a checker
	@$(PY) -m pytest tests/template tests/deployed
	@if [ -d $(CHECKER) ]; then $(PY) $(CHECKER)/roscheck.py template.yml --vendor --strict; \
	  else echo "no $(CHECKER): the vendor's rules were not checked"; fi

policy: ## Print the policy that whoever deploys needs; works without keys, too
	@$(MAKE) --no-print-directory setup >&2
	@$(PY) -m deploy policy $(ARGS)

doctor: setup ## Say what the account and the stack are like; reads only (docs/deploy.md)
	@$(PY) -m deploy doctor $(ARGS)

plan: setup ## Build, and show what deploying would change
	@$(PY) -m deploy plan $(ARGS)

deploy: setup ## Build, and create or update the stack; deploy.ini says where (docs/deploy.md)
	@$(PY) -m deploy deploy $(ARGS)

verify-live: setup ## Send a finished job through each trigger, and report what came: make verify-live JOB=<id>
	@$(PY) -m deploy verify-live $(JOB) $(ARGS)

rollback: setup ## Go back to the deployment before
	@$(PY) -m deploy rollback $(ARGS)

destroy: setup ## Delete the stack; the bucket stays
	@$(PY) -m deploy destroy $(ARGS)

alarms: setup ## Have a contact group told of messages in the failure queues: make alarms CONTACTS=<group>
	@$(PY) -m deploy alarms --contacts "$(CONTACTS)" $(ARGS)

invoke: setup ## Call the deployed function for a job: make invoke JOB=<id>
	@$(PY) -m deploy invoke $(JOB) $(ARGS)

logs: setup ## Print the function's latest log lines
	@$(PY) -m deploy logs $(ARGS)

explain: setup ## Say why a job is as it is, and what to do (JOB=ID, its beginning or its input, ARGS=--laptop)
	@$(PY) -m operate explain "$(JOB)" $(ARGS)

status: setup ## Say what there is in the bucket, and whether it is worked off (ARGS=--laptop)
	@$(PY) -m operate status $(ARGS)

gallery: setup ## Show what every job made, on pages of this machine (ARGS=--laptop)
	@$(PY) -m operate gallery $(ARGS)

replay: setup ## Do jobs or quarantine entries again: make replay ARGS="--all --dry-run" (docs/mpsm.md)
	@$(PY) -m operate replay $(ARGS)

backfill: setup ## Do many jobs, and go on where it was stopped: make backfill ARGS=jobs.txt
	@$(PY) -m operate backfill $(ARGS)

verify: setup ## Compare files with their manifests (ARGS=--ticket has the function look again)
	@$(PY) -m operate verify $(ARGS)

pr: export EXTRAS += sql
pr: lint ## Run what CI runs: lint, packages, and the tests on every runtime's Python there is
	@$(PY) -m deploy.packages --if-possible
	@$(PY) -m tests.packages.built_ins
	@$(PYTHON) tools/each_python.py $(MAKE)
	@$(MAKE) --no-print-directory test

bench: build ## Measure everything beside a baseline; rewrites bench/RESULTS.md (ARGS=--quick: smaller, only prints)
	@$(PY) -m bench $(ARGS)

clean: ## Remove what was built and installed
	rm -rf build .venv .venv[.-]*
