# carvein: `make demo` shows it, `make test` checks it.
SHELL := /bin/bash
# The first of these that runs and is a version carvein supports.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
  $$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null \
  && command -v $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
DEMO ?= demo-state
STORE ?= sqlite:///$(DEMO)/carvein.db
PORT ?= 8050
SERVE ?= 1
MEMBERS ?= 20000
MONTHS ?= 18
SEED ?= 7
export GX_ANALYTICS_ENABLED := false

.PHONY: help install demo test lint types imports pytest browser docs lock clean

help:
	@echo "make demo   make a synthetic state, review it, print the scorecard, serve the dashboard"
	@echo "            on 127.0.0.1:$(PORT) (SERVE=0 stops before serving)"
	@echo "make test   ruff, mypy, import-linter, pytest with coverage, browser tests included"
	@echo "make docs   write the generated pages again (docs/rules, docs/packs)"
	@echo "make lock   resolve requirements.lock again (needs uv)"
	@echo "make clean  remove the environment, the demo state and caches"

install: $(STAMP)

$(STAMP): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "carvein needs Python 3.11, 3.12 or 3.13: install one, or run make PYTHON=/path/to/it"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(STAMP)
	@rm -rf "$(DEMO)"
	$(BIN)/carvein demo --state TN --members $(MEMBERS) --months $(MONTHS) --seed $(SEED) --to "$(DEMO)"
	$(BIN)/carvein review "$(DEMO)"/STEADY "$(DEMO)"/SILO "$(DEMO)"/DRIFT "$(DEMO)"/GHOST \
	  --contract demo-imc --store "$(STORE)" || test $$? -eq 1  # the planted faults are found: 1
ifneq ($(SERVE),0)
	$(BIN)/carvein dashboard --store "$(STORE)" --port $(PORT)
endif

test: lint types imports pytest

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(STAMP)
	$(BIN)/mypy

imports: $(STAMP)
	$(BIN)/lint-imports

pytest: $(STAMP) browser
	$(BIN)/pytest -n 2 --dist loadgroup --cov --cov-report=
	$(BIN)/coverage report --skip-covered --include='rules/*,geodata/*,monitor/judge.py' --fail-under=90
	$(BIN)/coverage report --format=total

# Debian's Chromium, installed when it is missing and this user may; the browser tests say what
# to install when it is still missing.
browser:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || \
	  { if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	      apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core; \
	    else echo "Chromium is missing: the browser tests will say what to install"; fi; }

docs: $(STAMP)
	$(BIN)/carvein rules docs

lock:
	uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-header -o requirements.lock

clean:
	rm -rf $(VENV) "$(DEMO)" .coverage .mypy_cache .pytest_cache .ruff_cache
