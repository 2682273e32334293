# Every target sets up .venv by itself; Python 3.11 or newer and make are all that is needed.

PYTHON ?= python3
BIN := .venv/bin

.PHONY: sandbox run test test-sandbox test-torture test-mutants test-bench test-full compat torture load costly mutants bench benchmark screenshots check install lock audit

sandbox: .venv/run
	$(BIN)/python bot.py sandbox $(ARGS)

run: .venv/run
	$(BIN)/python bot.py

# Tests wait for half of their time, so that four processes keep two cores busy. Files run in order, as
# one that holds a single long test would else start last. With one seed all processes see the members
# of a set in the same order. A request must be stored within a second, and the disk of a busy machine
# can stall for longer: files are kept in memory where 4 GB of it are free for that. Compiled modules are
# kept too: reading the tests else takes each process twice as long, and each bot that tests start longer.
PYTEST := $(BIN)/pytest --numprocesses=4 --dist=loadfile --no-loadscope-reorder
TESTS := test test-sandbox test-torture test-mutants test-bench test-full
$(TESTS): export PYTHONHASHSEED := 0
$(TESTS): export PYTHONDONTWRITEBYTECODE :=
$(TESTS): export PYTEST_DEBUG_TEMPROOT ?= $(shell df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 && $$4 > 4000000 {print $$6}')

# The bot's tests; the four below are of what tests and measures it.
test: install
	$(PYTEST) $(ARGS)

test-sandbox: install
	$(PYTEST) tests/sandbox $(ARGS)

test-torture: install
	$(PYTEST) tests/torture $(ARGS)

test-mutants: install
	$(PYTEST) tests/mutants $(ARGS)

# One file, whose tests only wait: they go to all processes.
test-bench: install
	$(PYTEST) --dist=load tests/bench $(ARGS)

# Everything, and every example of the property tests.
test-full: install
	$(PYTEST) --override-ini=norecursedirs=.* --hypothesis-profile=full tests $(ARGS)

# Needs the network at first: other people's Discord libraries, and the Flux vendor's clients.
compat: install
	$(BIN)/python -m tests.compat $(ARGS)

KILLS ?= 200
SEED ?= 1
# Of a bot of several processes on PostgreSQL; 0 is one process on SQLite.
GATEWAYS ?= 0
WORKERS ?= 3

torture: install
	$(BIN)/python -m tests.torture --kills $(KILLS) --seed $(SEED) \
		--gateways $(GATEWAYS) --workers $(WORKERS) $(ARGS)

load: install
	$(BIN)/python -m tests.load $(ARGS)

costly: install
	$(BIN)/python -m tests.load.costly $(ARGS)

mutants: install
	$(BIN)/python -m tests.mutants $(ARGS)

bench: install
	$(BIN)/python -m benchmarks.bench $(ARGS)

benchmark: install
	$(BIN)/python -m benchmarks $(ARGS)

# Needs Chromium; what README.md shows of the sandbox's page.
screenshots: install
	$(BIN)/python -m tests.browser.screenshots $(ARGS)

check: install
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

RELEASE := .venv/release
# LGPL: libheif and libde265, which pi-heif brings along unchanged and loads as shared libraries.
LICENCES := MIT;BSD;Apache;Python Software Foundation;PSF;Mozilla;MPL;Public Domain;LGPL

# Both need the network: the package index, and the database of known vulnerabilities.
lock: $(RELEASE)/tools
	$(RELEASE)/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
		--no-annotate --custom-compile-command "make lock" \
		--output-file requirements-container.txt requirements.txt requirements-s3.txt requirements-postgres.txt

audit: install $(RELEASE)/tools
	$(RELEASE)/bin/pip-licenses --python $(BIN)/python --partial-match --allow-only "$(LICENCES)" \
		--packages $$(sed -n 's/^\([a-z0-9-]*\)==.*/\1/p' requirements-container.txt)
	$(RELEASE)/bin/pip-audit --strict --disable-pip --requirement requirements-container.txt

install: .venv/dev .venv/moto/tools

.venv/run: requirements.txt
	$(PYTHON) -c 'import sys; sys.exit("Fluxcord needs Python 3.11 or newer: make PYTHON=python3.11" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

$(RELEASE)/tools: .venv/run requirements-release.txt
	$(PYTHON) -m venv $(RELEASE)
	$(RELEASE)/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-release.txt
	touch $@

# The local S3 server of the tests, whose packages are older than the bot's; they skip without it.
.venv/moto/tools: .venv/run requirements-moto.txt
	$(PYTHON) -m venv .venv/moto
	.venv/moto/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-moto.txt \
		&& touch $@ || { rm -r .venv/moto; echo "moto cannot be installed, its tests are skipped"; }

.venv/dev: .venv/run requirements-dev.txt requirements-s3.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@
