# Everything happens in .venv, which each target makes and fills by itself; nothing is installed elsewhere.
#
#   make demo        the journey from a fake channel to TLS, and then TLS with curl and openssl
#   make test        what is run every day
#   make check       ruff, mypy and the tests
#   make test-long   what is too long for every day
#   make interop     every program that we talk to, and docs/interop.md from it, in minutes
#   make differential  thousands of chains before three verifiers, and docs/differential.md from it, in minutes
#   make compliance  docs/compliance.md: which line keeps each rule of the RFC, and which test shows it
#   make bench       what pure Python costs: against the C libraries and every pure-Python peer, in minutes
#   make clean       remove .venv and what the tools left behind
#
# Another Python: make PYTHON=python3.12 test

PYTHON ?= python3
INTEROP ?= --page
DIFFERENTIAL ?= --page

VENV := .venv
BIN := $(VENV)/bin
PACKAGES := $(wildcard purecrypto record x509 handshake tls journey benchmarks)

.DEFAULT_GOAL := help
.PHONY: help demo test test-long interop differential compliance bench check lint types peers clean
.NOTPARALLEL:  # two pips in one environment spoil it

help:
	@sed -n 's/^#   //p' Makefile

demo: $(VENV)/.with-cli
	@$(BIN)/python -m journey
	@$(BIN)/python -m tls demo

test: $(VENV)/.with-test
	$(BIN)/python -m pytest -n auto

test-long: $(VENV)/.with-test
	$(BIN)/python -m pytest -n auto -m long --timeout 7200

interop: $(VENV)/.with-interop  # INTEROP="--only Java", or --everyday, to look without writing
	@$(BIN)/python -m tests.interop $(INTEROP)

differential: $(VENV)/.with-test  # DIFFERENTIAL="--chains 500 --seed 2" to look without writing
	@$(BIN)/python -m tests.differential $(DIFFERENTIAL)

compliance: $(VENV)/.with-test  # COMPLIANCE=--missing, or --prove 4.2.2, to look without writing
	@$(BIN)/python -m tests.compliance $(COMPLIANCE)

bench: $(VENV)/.with-bench  # BENCH="--only x25519", or --quick, or --page to write docs/benchmarks.md again
	@$(BIN)/python -m benchmarks $(BENCH)

check: lint types test

lint: $(VENV)/.with-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.with-dev
	$(BIN)/mypy --strict $(PACKAGES)

peers: $(VENV)/.with-interop  # the Python side of what .ci/run installs

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .hypothesis .mypy_cache .ruff_cache .benchmarks
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# One stamp an extra: installed once, and again when pyproject.toml changes.
$(VENV)/.with-%: pyproject.toml | $(VENV)/.made
	@echo "installing the extra '$*' into $(VENV)"
	@$(BIN)/python -m pip --quiet --disable-pip-version-check install --editable '.[$*]'
	@touch $@

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "This needs Python 3.11 or newer as '$(PYTHON)'; name another: make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo "'$(PYTHON)' lacks venv (on Debian and Ubuntu: apt install python3-venv)" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@touch $@
