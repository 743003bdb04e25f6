# The two commands of README, and what they are made of. Everything goes into .venv and app/static/dist.
VENV   := .venv
BIN    := $(CURDIR)/$(VENV)/bin
PYTHON ?= $(shell command -v python3.11 || command -v python3)
export PATH := $(BIN):$(PATH)
# An office's proxy may sign with the office's own certificate: trust what the system trusts.
export NODE_USE_SYSTEM_CA := 1

.PHONY: run test env dev frontend lint types contracts test-frontend test-python slow bench bundle requirements clean

run: env frontend
	@exec $(BIN)/suyuan demo

test: dev frontend lint types contracts test-frontend test-python

env: $(VENV)/.runtime
dev: $(VENV)/.development $(VENV)/.spark

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Suyuan needs Python 3.11 or later; found $$($(PYTHON) --version 2>&1). Set PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: requirements.txt pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

$(VENV)/.development: requirements-dev.txt $(VENV)/.runtime
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

# The distributed engine: only tests and those who run it need PySpark; its tests skip without Java.
$(VENV)/.spark: requirements-spark.txt $(VENV)/.runtime
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-spark.txt
	@touch $@

# A machine without a usable Node.js gets one from PyPI; one that has it keeps its own.
$(VENV)/.node: requirements-build.txt | $(VENV)/bin/python
	@node -e 'process.exit(+process.versions.node.split(".")[0] < 20)' 2>/dev/null && npm --version >/dev/null 2>&1 \
	  || $(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-build.txt
	@touch $@

FRONTEND := app/frontend
BUNDLE   := app/static/dist/manifest.json

frontend: $(BUNDLE) app/translations/.compiled

$(FRONTEND)/node_modules/.installed: $(FRONTEND)/package.json $(FRONTEND)/package-lock.json $(VENV)/.node
	cd $(FRONTEND) && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

$(BUNDLE): $(FRONTEND)/node_modules/.installed $(shell find $(FRONTEND)/src $(FRONTEND)/styles -type f 2>/dev/null) $(wildcard $(FRONTEND)/*.mjs $(FRONTEND)/*.json) app/hotspots/palette.json
	cd $(FRONTEND) && npm run --silent build
	@touch $@

app/translations/.compiled: $(shell find app/translations -name '*.po' 2>/dev/null) $(VENV)/.runtime
	$(BIN)/pybabel --quiet compile --directory app/translations
	@touch $@

lint:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
types:
	$(BIN)/mypy
contracts:
	$(BIN)/lint-imports --no-logo
test-frontend: frontend
	cd $(FRONTEND) && npm run --silent check && npm test --silent
test-python: dev frontend
	$(BIN)/pytest -n auto --maxprocesses 4 --dist loadfile

# What tests prove at full size: 50 kills of real imports, 100,000 fuzzed rows, 100 courses of imports, whole years of real cities, Spark in two time zones, every page in both widths and both languages. Hours.
slow: dev frontend
	SUYUAN_SLOW=1 $(BIN)/pytest -rP -n auto --maxprocesses 4 --dist loadfile tests/geodata/nothing_lost tests/geodata/fuzz tests/geodata/test_told_again.py tests/geodata/test_left_out.py tests/app/fuzz tests/pipeline/test_sample_city.py tests/pipeline/test_real_cities.py tests/geodata/engines tests/e2e

# The statistics beside their peers, in the same run: ratios, seconds, peak memory. Some twenty minutes.
bench: dev
	for work in local_statistics emerging_speed scan_speed; do $(BIN)/python -m benchmarks.$$work || exit 1; done

bundle: env frontend
	$(BIN)/python deploy/bundle.py

requirements:
	$(BIN)/python -m pip install --quiet uv
	for set in requirements requirements-dev requirements-build requirements-spark; do \
	  $(BIN)/uv pip compile --quiet --upgrade --no-header --no-emit-index-url --no-emit-find-links --python-version 3.11 $$set.in -o $$set.txt; done

clean:
	rm -rf $(VENV) $(FRONTEND)/node_modules app/static/dist app/translations/.compiled build dist *.egg-info
