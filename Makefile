# Two commands do everything on a machine with python3 (3.11 or newer, with venv) and make: `make paper`, `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
OUT ?= out
LEVEL ?= quick
JOBS ?= 2
COUNT ?= 150
SEED ?= 0
WORKERS ?= 1
CHOSEN := not slow
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: paper test test-all lint bench gpu mutation formal readme install help clean

paper: install  ## check every statement, draw every figure, write out/index.html (LEVEL=quick or full; resumes)
	$(BIN)/flatscape paper --out $(OUT) --level $(LEVEL)

test: install  ## the tests but the slow ones (JOBS processes)
	$(BIN)/python -m pytest -q -n $(JOBS) --dist worksteal -m "$(CHOSEN)"

test-all: export CI := true
test-all: CHOSEN :=
test-all: test  ## all tests; those that need the language model fail rather than skip

lint: install  ## style, layout and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: install  ## speed against named alternatives
	$(BIN)/python -m benchmarks.hitting_times
	$(BIN)/python -m benchmarks.parameter_space
	$(BIN)/python -m benchmarks.policy_gradient
	$(BIN)/python -m benchmarks.audit
	$(BIN)/python -m benchmarks.language_model
	$(BIN)/python -m benchmarks.rloo_step

# With the machine's own Python, and so with the JAX that is installed for its accelerator: nothing is installed here.
gpu:  ## every kernel against float64 on the CPU, and its speed, on this machine's accelerator (PYTHON, OUT; no install)
	PYTHONPATH=.$${PYTHONPATH:+:$$PYTHONPATH} $(PYTHON) -m benchmarks.accelerator --out $(OUT)/gpu.json

# Whether the checks notice faults in theory/: COUNT of them at random, by SEED. Begun again, it goes on where it stopped.
mutation: install  ## whether the checks notice faults in theory/ (COUNT, SEED, WORKERS; resumes)
	$(BIN)/python -m tools.mutation --count $(COUNT) --seed $(SEED) --workers $(WORKERS) --out $(OUT)

# The theorems of proofs_check/formal, by Coq: compiled, listed with their axioms, checked again. Says what to install where Coq is missing.
formal:  ## the formal proofs, by Coq (JOBS, OUT; needs coq and coquelicot, no install)
	$(PYTHON) -m tools.formal --jobs $(JOBS) --out $(OUT)/formal

# The generated parts of README.md, from what `make paper` and `make bench` have left in out/.
readme: install  ## the generated parts of README.md and docs/, from what paper and bench have left in out/
	$(BIN)/python -m tools.measure_upper_bounds
	$(BIN)/python -m tools.update_readme

install: $(VENV)/installed  ## the environment in .venv

# Installed anew whenever a declared or pinned dependency changes.
$(VENV)/installed: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("flatscape needs Python 3.11 or newer: make PYTHON=python3.11")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $@

help:  ## this list
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/\1\t\2/p' Makefile | sort | expand -t 12

clean:  ## remove what was made
	rm -rf $(OUT) $(VENV) build dist
