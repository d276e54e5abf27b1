# memlab from a fresh clone: `make demo` needs python3 (3.11 or newer), python3-venv and make, nothing else.
# Another interpreter: make demo PYTHON=python3.12

PYTHON ?= python3
VENV := .venv
BENCH_VENV := .venv-bench
CHECK_VENV := .venv-check
EXTRAS := opencv-headless,hdf5,test

# A stamp's name tells the interpreter, so that another PYTHON= is noticed.
empty :=
interpreter := $(subst /,-,$(subst $(empty) $(empty),-,$(PYTHON)))
INSTALLED := $(VENV)/installed-$(interpreter)
INSTALLED_DEV := $(VENV)/installed-dev-$(interpreter)
BENCH_INSTALLED := $(BENCH_VENV)/installed-$(interpreter)
CHECK_INSTALLED := $(CHECK_VENV)/installed-$(interpreter)
# Half of the tests wait for processes of their own. More at a time would need more memory than a small machine has.
SIDE_BY_SIDE := -n 2 --dist worksteal
SOURCES := $(shell find memlab recipes -name '*.py')

export PYTHON

.DEFAULT_GOAL := help
.PHONY: help demo test test-all test-again lint check accept bench gallery venv clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' Makefile

demo: $(INSTALLED) ## set up .venv and run `memlab compare generators`
	@$(VENV)/bin/memlab compare generators

test: $(INSTALLED) ## run the tests that take seconds
	@$(VENV)/bin/python -m pytest $(SIDE_BY_SIDE) -m "not slow"

test-all: $(INSTALLED) ## run all the tests
	@$(VENV)/bin/python -m pytest $(SIDE_BY_SIDE)

test-again: $(INSTALLED) ## run the tests that failed the last time, one after the other
	@$(VENV)/bin/python -m pytest --last-failed --last-failed-no-failures none -rA

lint: $(INSTALLED_DEV) ## check style and types
	@$(VENV)/bin/ruff check memlab recipes tests
	@$(VENV)/bin/ruff format --check memlab recipes tests
	@$(VENV)/bin/mypy --strict -p memlab
	@$(VENV)/bin/mypy --strict recipes/*.py

check: $(CHECK_INSTALLED) ## hold this project's recipes to the memory accepted in tests/memlab-baseline.json
	@$(CHECK_VENV)/bin/memlab check

accept: $(CHECK_INSTALLED) ## measure them, and accept what they need now
	@$(CHECK_VENV)/bin/memlab accept

bench: $(BENCH_INSTALLED) ## measure memlab itself, installed from its wheel in .venv-bench
	@$(BENCH_VENV)/bin/python tests/benchmarks/run.py

gallery: $(BENCH_INSTALLED) ## measure every recipe for reports/gallery, and draw its pages anew
	@$(BENCH_VENV)/bin/python tests/benchmarks/gallery.py

venv: $(INSTALLED) ## set up .venv and do nothing else

clean: ## remove .venv, .venv-bench, .venv-check and what builds and checks leave; reports stay
	@rm -rf $(VENV) $(BENCH_VENV) $(CHECK_VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find memlab recipes tests -name __pycache__ -type d -prune -exec rm -rf {} +

$(INSTALLED): pyproject.toml
	@sh .ci/venv $(VENV) $@ --editable ".[$(EXTRAS)]"

$(INSTALLED_DEV): $(INSTALLED)
	@sh .ci/venv $(VENV) $@ --editable ".[$(EXTRAS),dev]"

# Of its own, since other versions of the libraries may need other memory: everything else takes the newest ones.
$(CHECK_INSTALLED): pyproject.toml tests/constraints.txt
	@sh .ci/venv $(CHECK_VENV) $@ --constraint tests/constraints.txt --editable ".[opencv-headless,hdf5]"

# pip builds in build/, and leftovers of an earlier build would get into the wheel.
$(BENCH_INSTALLED): pyproject.toml $(SOURCES)
	@rm -rf build
	@sh .ci/venv $(BENCH_VENV) $@ ".[$(EXTRAS)]"
	@rm -rf build
