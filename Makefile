# Two commands: `make demo` and `make test`. Both make and reuse one virtual environment, .venv.

VENV := .venv
BIN := $(VENV)/bin
# The first of these that is Python 3.11 or newer; `make PYTHON=... demo` chooses another.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)

# Tests beside each other, on as many workers as tests/conftest.py says.
BESIDE := -n auto --no-loadscope-reorder

.PHONY: help setup dev demo test check format screenshots bench clean

help:
	@echo "make demo    set up, watch the bundled clip, serve the review page"
	@echo "make test    set up, run the tests"
	@echo "make check   lint, types, import contracts"
	@echo "make screenshots    every page in both languages, into docs/screenshots (needs Chromium)"
	@echo "make bench   what looks, cameras and clips cost on this machine, into benchmarks/ (20 minutes)"
	@echo "make setup   only make the environment with the command: $(BIN)/conduct"

setup: $(VENV)/.runtime

dev: $(VENV)/.dev

$(BIN)/python:
	@if [ -z "$(PYTHON)" ]; then \
		echo "error: expected Python 3.11 or newer as python3, found none; try: make PYTHON=/path/to/python3 demo" >&2; exit 2; fi
	@echo "making the virtual environment $(VENV) with $(PYTHON)"
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "error: $(PYTHON) has no venv module; on Debian or Ubuntu: apt install python3-venv" >&2; exit 2; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: requirements.lock pyproject.toml | $(BIN)/python
	@echo "installing what conduct-monitor needs (about 600 MB on disk, once)"
	@$(call install,--no-deps -r requirements.lock)
	@$(call install,--no-deps -e .)
	@$(BIN)/python -c 'import cv2, av, onnxruntime' || { \
		echo "error: the environment was made but a library does not load, see the line above" >&2; exit 2; }
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.runtime
	@echo "installing what the tests and checks need"
	@$(call install,--no-deps -r requirements-dev.lock)
	@touch $@

# The locks are complete, so --no-deps: some releases of pip look past a lock for extras (coverage[toml]).
define install
$(BIN)/python -m pip install --quiet --disable-pip-version-check $(1) || { \
	echo "error: the packages could not be installed; is there a network and room on the disk?" >&2; exit 2; }
endef

demo: setup
	@$(BIN)/conduct demo

test: dev
	@$(BIN)/python -m pytest -q $(BESIDE)

check: dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: dev
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

screenshots: dev
	@$(BIN)/python docs/screenshots/make.py

# Nothing else should run meanwhile. CONDUCT_PROVIDER chooses what runs the detector.
bench: setup
	@for name in detect path clips growth "loop --seconds 120"; do \
		echo "conduct bench $$name"; $(BIN)/conduct bench $$name --out benchmarks >/dev/null || exit 1; done

clean:
	rm -rf $(VENV) dist build conduct-data
