# Every task by name. Needs make and Python 3.10 or newer; the rest is installed into .venv.

# What people give reaches commands through the environment and is never read as make's or a
# shell's text: "$$JOB" is one argument, and {ARGS} are the words of ARGS, by with_words.py.
# ARGS is what other tools are told: make deploy ARGS="--set Bucket=media --yes"
GIVEN  := ARGS CONTACTS DATA EXAMPLES EXTRAS JOB PORT PYTHON SEED TESTS VENV
pass_on = $(eval override $(1) := $$(value $(1)))$(eval export $(1))
$(foreach name,$(GIVEN),$(if $(filter undefined,$(origin $(name))),,$(call pass_on,$(name))))

# Hundreds of processes start here: without bytecode each would compile all of this anew.
unexport PYTHONDONTWRITEBYTECODE

PYTHON_ := "$${PYTHON:-python3}"
VENV_  := "$${VENV:-.venv}"
PY     := $(VENV_)/bin/python
WITH   := $(PY) tools/with_words.py
TOOLS  := .venv-tools
READERS := .venv-readers
DOCS   := .venv-docs
# Whoever names a PYTHON wants that one, and not what is there already.
SETUP  := $(PYTHON_) -m tools.setup_venv $(if $(value PYTHON),--this-python)
# What else .venv is to have, and keeps from then on: sql is DuckDB, for mpsm query and export --parquet
DEVELOPMENT := $(SETUP) $(VENV_) requirements-build.lock requirements-dev.lock \
  --extras "$$EXTRAS" --script mpsm=operate/__main__.py
# Each task's output in one piece, where make can do that.
TWO_AT_ONCE := --no-print-directory --jobs=2 $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)
CHECKER := ../shared/templatecheck

.DEFAULT_GOAL := help
.PHONY: help python operator sample setup run serve test lint format pr before-tests packages runtimes clean build lock audit check policy doctor plan deploy verify-live rollback destroy alarms invoke logs status gallery bench fuzz soak readers types docs recording oss-suites replay backfill verify explain

help: ## Show this list
	@printf 'mps-manifest: verified manifests of ApsaraVideo smart-production jobs\n'
	@awk -F ':.*## ' '/^##@ / {printf "\n%s\n", substr($$0, 5)} \
	  /^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

# With an environment, Python 3.6 is enough for setup_venv.py to find that it is ready.
IS_NEW := 'import os, sys; sys.exit(sys.version_info < ((3, 6) if os.path.exists(sys.argv[1]) else (3, 10)))'
NO_PYTHON := 'Python 3.10 or newer is needed, and %s is not one.\nInstall it, or say make PYTHON=<path of one>.\n'
# What can be known before an environment is made, which takes a minute, is told before.
python:
	@$(PYTHON_) -c $(IS_NEW) $(PY) 2>/dev/null || { printf $(NO_PYTHON) $(PYTHON_) >&2; exit 1; }

operator: python
	@[ -x $(PY) ] || $(PYTHON_) tools/with_words.py -m deploy.prerequisites {ARGS}

sample: python
	@[ -x $(PY) ] || [ -z "$$JOB" ] || [ -n "$$OSS_ENDPOINT" ] || $(PYTHON_) -m local.sample_ids "$$JOB"

setup: python ## Install what all below needs in .venv; EXTRAS=sql: DuckDB
	@$(DEVELOPMENT)

##@ See it work, on this machine alone
run: sample setup ## Run sample jobs through every trigger; JOB=<ID> shows one
	@$(PY) -m local run "$$JOB"

serve: setup ## Keep the local cloud and function up; PORT=, DATA=<folder>
	@$(PY) -m local serve $${PORT:+--port="$$PORT"} $${DATA:+--data="$$DATA"}

gallery: setup ## Show what every job made, on pages here; ARGS=--laptop
	@$(WITH) -m operate gallery {ARGS}

##@ Deploy it, and use it (docs/deploy.md); deploy.ini says where, ARGS= how
policy: python ## Print the policy that whoever deploys needs; wants no keys
	@[ -x $(PY) ] || $(PYTHON_) tools/with_words.py -m deploy.prerequisites --no-keys {ARGS}
	@$(DEVELOPMENT) >&2
	@$(WITH) -m deploy policy {ARGS}

doctor: operator setup ## Say what the account and the stack are like; only reads
	@$(WITH) -m deploy doctor {ARGS}

plan: operator setup ## Build, and show what deploying would change
	@$(WITH) -m deploy plan {ARGS}

deploy: operator setup ## Build, and create or update the stack
	@$(WITH) -m deploy deploy {ARGS}

verify-live: operator setup ## Send a finished job through each trigger: JOB=<ID>
	@$(WITH) -m deploy verify-live {ARGS} -- "$$JOB"

invoke: operator setup ## Call the deployed function for a job: JOB=<ID>
	@$(WITH) -m deploy invoke {ARGS} -- "$$JOB"

logs: operator setup ## Print the function's latest log lines
	@$(WITH) -m deploy logs {ARGS}

status: setup ## Say what is in the bucket, and if it is worked off
	@$(WITH) -m operate status {ARGS}

explain: setup ## Say why a job is as it is, and what to do: JOB=<ID>
	@$(WITH) -m operate explain {ARGS} -- "$$JOB"

replay: setup ## Do jobs or quarantine entries again: ARGS="--all --dry-run"
	@$(WITH) -m operate replay {ARGS}

backfill: setup ## Do many jobs, and go on where it was stopped: ARGS=jobs.txt
	@$(WITH) -m operate backfill {ARGS}

verify: setup ## Compare files with manifests; ARGS=--ticket: look again
	@$(WITH) -m operate verify {ARGS}

alarms: operator setup ## Tell somebody of messages that failed: CONTACTS=<group>
	@$(WITH) -m deploy alarms --contacts="$$CONTACTS" {ARGS}

rollback: operator setup ## Go back to the deployment before
	@$(WITH) -m deploy rollback {ARGS}

destroy: operator setup ## Delete the stack; the bucket stays
	@$(WITH) -m deploy destroy {ARGS}

##@ Change it (CONTRIBUTING.md)
test: setup ## Run all tests; TESTS=<path>, SEED=<n> for the same order
	@$(WITH) -m pytest $${SEED:+-p randomly --randomly-seed="$$SEED"} {TESTS}

lint: setup ## Check style and types
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy

format: setup ## Put the code into shape
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .

pr: export override EXTRAS += sql browser
pr: before-tests ## Run what CI runs: lint, packages, tests on each Python
	@$(MAKE) --no-print-directory test

before-tests: setup
	@$(MAKE) $(TWO_AT_ONCE) lint packages runtimes

packages: setup
	@$(PY) -m deploy.packages --if-possible
	@$(PY) -m tests.packages.built_ins

runtimes: python
	@$(PYTHON_) tools/each_python.py $(MAKE)

check: setup ## Check template.yml, by the vendor's rules, too, if there
	@$(PY) -m pytest tests/template tests/deployed
	@if [ -d $(CHECKER) ]; then $(PY) $(CHECKER)/roscheck.py template.yml --vendor --strict; \
	  else echo "no $(CHECKER): the vendor's rules were not checked"; fi

fuzz: setup ## Try more of what strangers may send, an hour; EXAMPLES=<n>
	@FUZZ_EXAMPLES="$${EXAMPLES:-20000}" $(PY) -m pytest --timeout=0 tests/fuzz

soak: setup ## Run the tests that take too long for every change
	@$(PY) -m pytest --timeout=0 -m soak

oss-suites: setup ## Run oss2's tests on the local OSS; ARGS="--oss-v2 <clone>"
	@$(WITH) -m tests.suites {ARGS}

bench: setup ## Measure all beside a baseline (RESULTS.md); ARGS=--quick
	@$(WITH) -m bench {ARGS}

##@ Build it, and keep it fresh
build: setup ## Build the zips of function and layers, the same anywhere
	@$(PY) -m deploy.packages

docs: setup ## Build the pages as a site in build/docs/site
	@$(SETUP) $(DOCS) requirements-build.lock requirements-docs.lock
	@$(PY) -m tools.docs_site

recording: setup ## Make the README's picture of make run anew
	@$(PY) -m local.run_recording

readers: setup ## Install what some tests read manifests with (with Node)
	@$(SETUP) $(READERS) requirements-build.lock requirements-readers.lock
	@$(PY) -m tools.setup_node --if-possible

types: readers ## Write the typings of the manifest anew from its schema
	@$(PY) -m tools.manifest_types

lock: setup ## Work out anew which files of which packages are installed
	@$(SETUP) $(TOOLS) requirements-build.lock requirements-tools.lock
	@$(WITH) -m deploy.build_locks {ARGS}

audit: python ## Ask for known advisories on what is installed, deployed
	@$(SETUP) $(TOOLS) requirements-build.lock requirements-tools.lock
	@$(TOOLS)/bin/python tools/with_words.py -m tools.audit {ARGS} requirements-*.lock layers/*/*.lock

clean: ## Remove what was built and installed
	rm -rf build .venv .venv[.-]*
