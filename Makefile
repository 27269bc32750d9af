# The five commands of the project; each sets up what it needs and does nothing twice. `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

# The system's Python where it will do, and else the first in the path: distributions compile theirs by a profile of what it runs, and it
# takes a quarter less processor time than one that a version manager compiled plainly.
PYTHON ?= $(shell /usr/bin/python3 -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2> /dev/null \
	&& echo /usr/bin/python3 || echo python3)
VENV := .venv
BIN := $(VENV)/bin
UV_VERSION := 0.13.9
LOCKED := pyproject.toml uv.lock
ARGS ?=
COVERAGE := test-results/coverage.json

# Everything that make starts keeps the bytecode of what it imports, ours and the packages', whatever the surroundings say: without it each
# command, worker and server compiles some thousand modules again, three times the work of its start. `clean` removes it.
unexport PYTHONDONTWRITEBYTECODE

# What `check` looks at with production's eyes; nothing in it exists, and nothing is connected to.
PRODUCTION := env -u DEBUG -u REDIS_URL DATABASE_URL=postgresql://nobody@localhost/none REDIS_URL=redis://localhost/0 \
	SECRET_KEY=only-for-make-check-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEF ALLOWED_HOSTS=retailhq.example

EXPORT := { echo '\# What RetailHQ runs on, exported from uv.lock with hashes by `make requirements`; the reasons are in pyproject.toml.'; \
	$(BIN)/uv export --quiet --frozen --no-header --no-emit-project --no-default-groups --format requirements-txt; }

.PHONY: help run test check bench bench-year clean requirements screens

help:
	@echo 'make run    set up, start everything, load and post the demo, serve until Ctrl-C (ARGS=--exit: stop after the summary)'
	@echo 'make test   the whole test suite on real PostgreSQL and Valkey, and what of the code it runs (ARGS=PATH: some of it, unmeasured)'
	@echo 'make check  lint, types, import directions, migrations, locked packages, production settings'
	@echo 'make bench  the benchmarks, one JSON line per figure'
	@echo 'make bench-year  a year of real tickets from files to ledger, one JSON line per figure (ARGS="--days 35 --stores 50": less of it)'
	@echo 'make clean  stop the built-in services and remove everything that the others made, the database included'

# A stamp is renewed only after everything went well, so an interrupted set-up is simply taken up again.
$(VENV)/.uv-$(UV_VERSION):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "RetailHQ needs Python 3.11 or newer; set PYTHON=...")'
	@$(BIN)/python -c '' 2> /dev/null || $(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@touch $@

$(VENV)/.stamp-%: $(VENV)/.uv-$(UV_VERSION) $(LOCKED)
	@$(BIN)/uv sync --quiet --frozen --inexact $(foreach group,$(subst -, ,$*),$(if $(filter runtime,$(group)),,--group $(group)))
	@touch $@

run: $(VENV)/.stamp-demo
	@exec $(BIN)/python manage.py run_demo $(ARGS)

# The whole suite is measured; a part of it says nothing about the rest.
test: $(VENV)/.stamp-dev-demo
ifeq ($(ARGS),)
	@mkdir -p test-results
	@$(BIN)/python -m slipcover --json --out $(COVERAGE) -m pytest
	@$(BIN)/python -m tests.coverage_floor $(COVERAGE)
else
	@$(BIN)/python -m pytest $(ARGS)
endif

bench: $(VENV)/.stamp-runtime
	@$(BIN)/python manage.py bench_posting $(ARGS)
	@$(if $(ARGS),,$(BIN)/python manage.py bench_orders)

bench-year: $(VENV)/.stamp-demo
	@$(BIN)/python manage.py bench_year $(ARGS)

check: $(VENV)/.stamp-dev-demo
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest --quiet -n 0 tests/test_architecture.py
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/uv lock --check --quiet
	@$(EXPORT) | diff -u requirements.txt - || { echo 'requirements.txt differs from uv.lock: run make requirements'; exit 1; }
	$(PRODUCTION) $(BIN)/python manage.py check --deploy --fail-level WARNING

# A picture of every page in both themes, for docs/screens; needs a Chromium.
screens: $(VENV)/.stamp-dev-demo
	@mkdir -p docs/screens
	@RETAILHQ_SCREENS=docs/screens $(BIN)/python -m pytest -q -n 0 tests/browser/test_every_page.py

requirements: $(VENV)/.uv-$(UV_VERSION)
	@$(EXPORT) > requirements.txt.new
	@mv requirements.txt.new requirements.txt

clean:
	@if [ -x $(BIN)/python ] && $(BIN)/python -c 'import django, psutil, psycopg' 2> /dev/null; then \
		$(BIN)/python manage.py embedded remove; \
	else echo 'no usable .venv: the built-in services, if any, are left as they are'; fi
	@rm -rf $(VENV) staticfiles test-results .mypy_cache .ruff_cache .pytest_cache .hypothesis requirements.txt.new
	@find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +
