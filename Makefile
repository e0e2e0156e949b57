# Two commands do all the set-up on a fresh machine: `make demo` and `make test`.
# Needed beforehand: Python 3.11 or newer (PYTHON=... to name one) and Node 20 or newer.
PYTHON ?= python3
BIN := .venv/bin
export NOVA_RFT_WHEELHOUSE ?= $(CURDIR)/.wheelhouse
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export CDK_DISABLE_CLI_TELEMETRY := true
# Most of what is installed is never imported; what is, is compiled when it is first.
PIP_INSTALL := -m pip install --quiet --no-compile
# Compiled files are kept wherever this runs: the tests start hundreds of processes.
unexport PYTHONDONTWRITEBYTECODE

# Tests that the default run leaves out, each with what it needs installed.
ALONE := --override-ini addopts=--import-mode=importlib

.DEFAULT_GOAL := help
.PHONY: help setup setup-rehearse all-of-setup all-of-setup-rehearse demo test prove-iam test-deployments \
  test-faults test-manual test-simulations test-scale test-rehearse test-hyperpod check bench bench-smoke bench-peers docs clean

help:  ## Show these lines
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

# What does not need each other is installed side by side.
setup setup-rehearse:
	@$(MAKE) --no-print-directory -j3 all-of-$@

setup:  ## Install everything into .venv, node_modules, .wheelhouse
setup-rehearse:  ## The same, and what a rehearsal trains with
all-of-setup: .venv/.ready node_modules/.ready .wheelhouse/.ready ; @:
all-of-setup-rehearse: .venv/.rehearse-ready node_modules/.ready .wheelhouse/.ready ; @:

.venv/.ready: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "make: $(PYTHON) is older than 3.11; name a newer one: make setup PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python $(PIP_INSTALL) --constraint constraints.txt --editable '.[corpora,data,deploy,docs,local,mlflow,dev]'
	@touch $@

# What a rehearsal trains with: 1.5 GB, so a stamp of its own. The same pins hold: nothing else moves.
.venv/.rehearse-ready: .venv/.ready
	$(BIN)/python $(PIP_INSTALL) --constraint constraints.txt --editable '.[rehearse]'
	@touch $@

node_modules/.ready: package.json package-lock.json
	@command -v npm >/dev/null || { echo "make: npm is missing; install Node 20 or newer"; exit 1; }
	npm ci --no-fund --no-audit --loglevel=error
	@touch $@

.wheelhouse/.ready: infra/wheelhouse.py infra/lambda-requirements.txt .venv/.ready
	$(BIN)/python infra/wheelhouse.py .wheelhouse
	@touch $@

demo: setup-rehearse  ## Train a tiny policy by a job on the embedded AWS; catch a flawed reward
	@$(BIN)/python examples/demo.py

# Neighbours stay together, so that what a file sets up is set up once.
test: setup-rehearse  ## Run the tests, and one rehearsal of a good and of a flawed reward
	$(BIN)/python -m pytest -n 3 --dist worksteal --durations=20

test-rehearse: .venv/.rehearse-ready  ## Run every task, flawed reward and seed of the rehearsal
	$(BIN)/python -m pytest $(ALONE) tests/rehearse

test-manual: setup-rehearse  ## All that the tutorial, guides, templates and helps tell people to type
	$(BIN)/python -m pytest -n 2 -m manual tests/unit/docs tests/e2e tests/rehearse

test-simulations: setup  ## Intervals of agreement against thousands of simulated sets of labels
	$(BIN)/python -m pytest -n 2 -m simulations tests/unit

prove-iam: setup  ## Take each right of each role away and show what fails; writes docs/least-privilege.md
	$(BIN)/python -m tests.iam

test-deployments: setup  ## Every kind of job, option of a stage and engine, each deployed or synthesised
	$(BIN)/python -m pytest -n 2 -m deployments tests/infra tests/e2e/apart

test-faults: setup  ## Every fault at every step of the pipeline, a kill at every call; writes docs/pipeline-faults.md
	$(BIN)/python -m pytest -m faults tests/e2e

.venv-scale/.ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv-scale
	.venv-scale/bin/python $(PIP_INSTALL) --constraint constraints.txt \
	  --editable '.[corpora,data,ray]' pytest pytest-socket pytest-timeout
	@touch $@

test-scale: .venv-scale/.ready  ## Run the tests that need a Ray cluster, in an environment of their own
	.venv-scale/bin/python -m pytest $(ALONE) tests/scale

# The main constraints do not hold here: sagemaker wants rich, protobuf and importlib-metadata older.
.venv-hyperpod/.ready: pyproject.toml tests/hyperpod/constraints.txt
	$(PYTHON) -m venv .venv-hyperpod
	.venv-hyperpod/bin/python $(PIP_INSTALL) --constraint tests/hyperpod/constraints.txt \
	  --editable '.[hyperpod]' pytest pytest-socket pytest-timeout
	@touch $@

test-hyperpod: .venv-hyperpod/.ready  ## Run the tests that need the sagemaker package, in an environment of their own
	.venv-hyperpod/bin/python -m pytest $(ALONE) tests/hyperpod

check: setup  ## Ruff, format, mypy, imports, cdk synth with cdk-nag
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m nova_rft.deploy synth examples/gsm8k-math/nova-rft.yaml \
	  --account 111122223333 --region us-east-1

bench: setup-rehearse  ## Measure all that the manual claims, beside peers; writes bench/results.md
	$(BIN)/python -m bench

bench-smoke: setup  ## Small variants of the benches; fails where a ratio to a peer has doubled
	$(BIN)/python -m bench --smoke

# Peers whose pins clash with ours: each in an environment of its own, 1 GB each. Without them make bench
# says that they are not installed.
FORGE_PYTHON ?= python3.12

.venv-forge/.ready:
	$(FORGE_PYTHON) -m venv .venv-forge
	.venv-forge/bin/python $(PIP_INSTALL) amzn-nova-forge==1.4.10
	@touch $@

bench-peers: .venv-hyperpod/.ready .venv-forge/.ready  ## Install the peers that make bench measures beside us

docs: setup  ## Write the generated part of the manual, and build it as a site into site/
	$(BIN)/python docs/generate.py
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	@echo "Open site/index.html"

clean:  ## Remove what was built, not what was installed
	rm -rf cdk.out build dist site .nova-rft .mypy_cache .ruff_cache .pytest_cache .hypothesis
