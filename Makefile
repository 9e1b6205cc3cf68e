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
PYTHONS ?= python3.11 python3.12 python3.13
TESTS := $(BIN)/python -m pytest -q -n $(JOBS) --dist worksteal
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: paper test test-all lint bench gpu mutation formal pdf readme notebooks docs dist dist-check install help clean

paper: install  ## check every statement, draw every figure, write out/index.html (LEVEL=quick or full; resumes)
	$(BIN)/flatscape paper --out $(OUT) --level $(LEVEL)

test: install  ## the tests but the slow ones (JOBS processes)
	$(TESTS) -m "not slow"

test-all: export CI := true
test-all: install  ## all tests; those that need the language model fail rather than skip
	$(TESTS) -m "not as_users_do"
	COMPILE_AS_USERS_DO=1 $(TESTS) -m as_users_do

lint: install  ## style, layout and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: install  ## speed against named alternatives, kept by date in benchmarks/results, with what became slower
	$(BIN)/python -m benchmarks

# With the machine's own Python, and so with the JAX that is installed for its accelerator: nothing is installed here.
gpu:  ## every kernel against float64 on the CPU, and its speed, on this machine's accelerator (PYTHON, OUT; no install)
	PYTHONPATH=.$${PYTHONPATH:+:$$PYTHONPATH} $(PYTHON) -m benchmarks.accelerator --out $(OUT)/gpu.json

# Whether the checks notice faults in theory/: COUNT of them at random, by SEED. Begun again, it goes on where it stopped.
mutation: install  ## whether the checks notice faults in theory/ (COUNT, SEED, WORKERS; resumes)
	$(BIN)/python -m tools.mutation --count $(COUNT) --seed $(SEED) --workers $(WORKERS) --out $(OUT)

# The theorems of proofs_check/formal, by Coq: compiled, listed with their axioms, checked again. Says what to install where Coq is missing.
formal:  ## the formal proofs, by Coq (JOBS, OUT; needs coq and coquelicot, no install)
	$(PYTHON) -m tools.formal --jobs $(JOBS) --out $(OUT)/formal

# paper/, with formulas from the register and numbers from what `make paper` has left in out/. Says what to install where LaTeX is missing.
pdf: install  ## the write-up of our theorems, out/paper/sharp-lower-bounds.pdf, from what paper has left in out/ (needs pdflatex)
	$(BIN)/python -m tools.paper --artefacts $(OUT) --out $(OUT)/paper

# The generated parts of README.md, from what `make paper` and `make bench` have left in out/.
readme: install  ## the generated parts of README.md and docs/, from what paper and bench have left in out/
	$(BIN)/python -m tools.measure_upper_bounds
	$(BIN)/python -m tools.update_readme

notebooks: install  ## check, run and export the notebooks to out/notebooks: pages, and Jupyter's format
	$(BIN)/python -m tools.notebooks --out $(OUT)/notebooks

# From docs/, the register, the catalog of figures, docstrings, and what `make paper` has left in out/; nothing is fetched.
docs: install  ## the documentation site in out/docs, with what paper and notebooks have left in out/
	$(BIN)/python -m tools.site --artefacts $(OUT) --out $(OUT)/docs

dist: install  ## wheel and sdist, in dist/
	$(BIN)/python -m build --outdir dist .

# Two environments for each Python, in temporary folders: some ten minutes.
dist-check: install  ## wheel from sdist, installed and tried with pinned and newest versions (PYTHONS)
	$(BIN)/python -m tools.check_distribution $(PYTHONS)

install: $(VENV)/installed  ## the environment in .venv

# Installed anew whenever a declared or pinned dependency changes.
$(VENV)/installed: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("flatscape needs Python 3.11 or newer: make PYTHON=python3.11")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev,docs,notebooks]'
	touch $@

help:  ## this list
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/\1\t\2/p' Makefile | sort | expand -t 12

clean:  ## remove what was made
	rm -rf $(OUT) $(VENV) build dist
