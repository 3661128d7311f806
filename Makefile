# The only list of commands: `make` prints it. Everything is set up on first use, below .venv/ and .local/.

PYTHON ?= python3
PORT := $(or $(PORT),$(LOCAL_AWS_PORT))
LOCAL := .venv/local/bin/python
# The folders of this repository that hold Python packages.
SOURCES := $(CURDIR)/packages
export PYTHONPATH := $(SOURCES)/firehose-producer/src:$(SOURCES)/local-aws/src:$(SOURCES)/local-mwaa/src:$(SOURCES)/local-terraform/src:$(CURDIR)/tools:$(CURDIR)/dags
GLUE6 := .venv/glue6/bin/python
AIRFLOW := .venv/airflow/bin/python
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help

# Thin aliases of the command line `clickstream` (.venv/local/bin/clickstream --help).
COMMANDS := demo up down load run backfill plan replay query ui compose-up compose-demo compose-logs compose-down package tf-local
.PHONY: $(COMMANDS) help setup setup-test test test-quick test-slow test-docker test-browser test-glue6 test-install test-faults test-scheduler matrix bench lint lint-iac format lock clean

# What a user gives reaches the program as it was typed: neither make nor the shell reads its `$` and quotes.
define as_typed
unexport $(1)
export GIVEN_$(1) = $$(value $(1))
endef
$(foreach name,ARRIVAL DATE EVENTS FILE FROM REASON SERVICE SQL TO,$(eval $(call as_typed,$(name))))
export LOCAL_AWS_PORT := $(PORT)
export UI_PORT

# A command that fails says why in its last line, and make's own `*** [run] Error 2` would hide it. GNU make says nothing
# of a `+` line that ends with 1 while it only asks whether there is something to do (-q), and ends with 1 itself.
ifneq (,$(MAKECMDGOALS))
ifeq (,$(filter-out $(COMMANDS),$(MAKECMDGOALS))$(findstring n,$(filter-out --%,$(firstword -$(MAKEFLAGS)))))
MAKEFLAGS += -q
ASK := +
endif
endif
SAY = $(ASK)@MAKEFLAGS=
CLICKSTREAM = $(SAY) $(LOCAL) -m clickstream_dev

help: ## Print this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## Build the two Python environments below .venv/ (the other commands call it)
	$(SAY) $(PYTHON) requirements/build_environments.py local airflow || exit 1

setup-test:
	@$(PYTHON) requirements/build_environments.py test airflow airflow-pytest iac

demo: setup ## Three days of generated events through the whole pipeline, with the ledgers and reports printed
	$(CLICKSTREAM) demo $(if $(value EVENTS),--events "$$GIVEN_EVENTS") || exit 1

up: setup ## Start local_aws in the background, provisioned (PORT=, 4566 by default)
	$(CLICKSTREAM) up || exit 1

down: setup ## Stop the local_aws that `make up` started; what it holds stays in .local/
	$(CLICKSTREAM) down || exit 1

load: setup ## Send FILE=events.jsonl through Firehose, each event at its own time or on ARRIVAL=YYYY-MM-DD
	$(CLICKSTREAM) load --arrival "$$GIVEN_ARRIVAL" -- "$$GIVEN_FILE" || exit 1

run: setup ## Run clickstream_daily for the arrival date DATE=YYYY-MM-DD
	$(CLICKSTREAM) run -- "$$GIVEN_DATE" || exit 1

backfill: setup ## Run clickstream_daily for every date FROM=YYYY-MM-DD TO=YYYY-MM-DD
	$(CLICKSTREAM) backfill -- "$$GIVEN_FROM" "$$GIVEN_TO" || exit 1

plan: setup ## What a backfill FROM=YYYY-MM-DD TO=YYYY-MM-DD would read and cost on AWS; starts nothing
	$(CLICKSTREAM) plan -- "$$GIVEN_FROM" "$$GIVEN_TO" || exit 1

replay: setup ## Let the quarantined records of DATE=YYYY-MM-DD through the job again after a fix (REASON= for one reason only)
	$(CLICKSTREAM) replay --reason "$$GIVEN_REASON" -- "$$GIVEN_DATE" || exit 1

query: setup ## Run SQL="select ..." on Athena, print the rows and the bytes scanned
	$(CLICKSTREAM) query -- "$$GIVEN_SQL" || exit 1

ui: setup ## Airflow's own UI on localhost:8080 against local_aws, DAG ready to trigger (Ctrl-C stops it)
	$(CLICKSTREAM) ui || exit 1

compose-up: setup ## Airflow, PostgreSQL and local_aws in containers, built and healthy (UI_PORT=8080 PORT=4566)
	$(CLICKSTREAM) compose up || exit 1

compose-demo: setup ## What `make demo` does, in the containers of `make compose-up`, the DAG started over Airflow's API
	$(CLICKSTREAM) compose demo $(if $(value EVENTS),--events "$$GIVEN_EVENTS") || exit 1

compose-logs: setup ## What the containers wrote (SERVICE=local-aws for one of them)
	$(CLICKSTREAM) compose logs -- "$$GIVEN_SERVICE" || exit 1

compose-down: setup ## Stop the containers; VOLUMES=1 deletes their data too
	$(CLICKSTREAM) compose down $(if $(filter-out 0,$(VOLUMES)),--volumes) || exit 1

package: setup ## Build in dist/ exactly what MWAA and Glue get, the same bytes from the same files
	$(CLICKSTREAM) package || exit 1

tf-local: setup ## terraform apply of iac/ (without MWAA) against a local_aws of its own, instead of `make up`
	$(CLICKSTREAM) terraform apply || exit 1

# Two workers at once (more where there are more cores). Tests that share something that is slow to make stay on one.
PYTEST_PARALLEL := --numprocesses logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder
PYTEST := $(LOCAL) -m pytest
PYTEST_IN_AIRFLOW := PYTHONPATH=.venv/airflow-pytest $(AIRFLOW) -m pytest tests/dags

test-quick: setup-test ## The tests that start neither Spark nor Airflow (a minute and a half)
	@failed=0; $(PYTEST_IN_AIRFLOW) $(PYTEST_PARALLEL) || failed=1; \
		$(PYTEST) $(PYTEST_PARALLEL) --quick || failed=1; exit $$failed

test: setup-test ## All tests but those with a target of their own below; the whole chain is in it once (8 minutes)
	@failed=0; $(PYTEST_IN_AIRFLOW) $(PYTEST_PARALLEL) || failed=1; $(PYTEST) $(PYTEST_PARALLEL) || failed=1; exit $$failed

test-slow: setup-test ## What takes long and seldom finds anything: every command, killed servers, limits of runs
	@$(PYTEST) -m slow

test-glue6: setup-test ## The Glue job's tests on Spark 4.1, and Glue 6.0 job runs on local_aws
	@$(PYTHON) requirements/build_environments.py glue6
	@failed=0; $(GLUE6) -m pytest tests/glue_scripts || failed=1; $(PYTEST) -m glue6 || failed=1; exit $$failed

test-install: ## Install each of packages/ into an empty environment and use it there; needs a package index
	@$(PYTHON) packages/local-aws/tests/as_installed.py
	@PYTHONPATH=packages/local-aws/tests $(PYTHON) packages/firehose-producer/tests/installed_alone.py
	@PYTHONPATH=packages/local-aws/tests $(PYTHON) packages/local-mwaa/tests/imported_beside_local_aws.py
	@PYTHONPATH=packages/local-aws/tests $(PYTHON) packages/local-terraform/tests/installed_beside_local_aws.py

test-faults: setup-test ## Kill Glue job runs at many moments (KILLS=12); each must repeat to what an undisturbed run leaves
	@$(PYTEST) -m faults $(if $(KILLS),--kills "$(KILLS)")

test-scheduler: setup-test ## A real scheduler: scheduled, manual, backfill and cleared runs leave the same rows; faults
	@$(PYTEST) -m scheduler

test-browser: setup-test ## The dashboard in Airflow's UI, in a real Chromium
	@$(PYTEST) -m browser

test-docker: setup-test ## docker-compose.yaml on a real engine, from build to reports (15 minutes)
	@$(PYTEST) -m docker

matrix: setup-test ## The DAGs on Airflow 3.0.6, 3.2.1 and 3.3.1, each with MWAA's pins (builds their environments)
	@$(PYTHON) requirements/build_environments.py airflow-3.0.6 airflow-3.3.1
	@$(PYTEST) -m matrix

bench: setup ## Measure the job against a tutorial job and DuckDB (EVENTS=2000000 RUNS=3 ONLY=job,tutorial,duckdb,small,startup,athena)
	@$(LOCAL) -m benchmarks $(if $(EVENTS),--events "$(EVENTS)") $(if $(RUNS),--runs "$(RUNS)") --only "$(ONLY)"

lint: setup-test ## ruff, mypy and the check of contract.json
	@PYTHONPATH=dags $(LOCAL) -m clickstream.contract
	@$(LOCAL) -m ruff check .
	@$(LOCAL) -m ruff format --check .
	@$(LOCAL) -m mypy
	@PYTHONPATH=.venv/airflow-pytest $(AIRFLOW) -m mypy --python-version 3.12 dags plugins $$(find tests/dags -name '*.py')

lint-iac: setup-test ## Check iac/: terraform fmt, validate and test where they can be had; checkov; how it is written
	@iac/lint.sh

format: setup-test ## Let ruff format the code, and write the JSON schema of contract.json anew
	@PYTHONPATH=dags $(LOCAL) -m clickstream.contract --write
	@$(LOCAL) -m ruff check --fix-only --quiet .
	@$(LOCAL) -m ruff format .

UV_COMPILE = uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header --upgrade
UV_COMPILE_LOCAL = $(UV_COMPILE) packages/local-aws/pyproject.toml --extra glue
lock: ## Renew the locks; needs uv and CONSTRAINTS=<MWAA's constraints file for the Airflow version>
	@test -f "$(CONSTRAINTS)" || { echo "make lock: CONSTRAINTS names no file: give MWAA's constraints file" >&2; exit 2; }
	$(UV_COMPILE) -c "$(CONSTRAINTS)" --group airflow -o requirements/airflow.txt
	$(UV_COMPILE_LOCAL) --group local -o requirements/local.txt
	$(UV_COMPILE_LOCAL) -c requirements/local.txt --group test -o requirements/test.txt
	$(UV_COMPILE) --group glue6 -o requirements/glue6.txt
	$(UV_COMPILE) -c requirements/test.txt --no-deps --group airflow-pytest -o requirements/airflow-pytest.txt
	$(UV_COMPILE) --group iac -o requirements/iac.txt
	$(UV_COMPILE) --group uv -o requirements/uv.txt

clean: ## Stop local_aws; delete its data, all logs and the environments
	@if [ -x $(LOCAL) ]; then $(LOCAL) -m clickstream_dev down; fi
	@rm -rf .local .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis dist
