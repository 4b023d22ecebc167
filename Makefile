# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

# Everything that is built lies in .venv/ and .cache/, which git ignores; `make clean` removes it.

SHELL := /bin/sh
# The Python of .venv; without a word the system's or that of PATH, see make_venv.sh.
PYTHON ?=
BIN := .venv/bin
COLLECTION := .cache/collections/ansible_collections/palette/image_registry
SANDBOX := $(BIN)/python -m tests.sandbox
# A slow check is left out where it passed with the very files that there are; all run after
# `rm -r .cache/passed`.
UNCHANGED = $(BIN)/python -m tests.unchanged $(1) . ':!tests/unit' ':!tests/integration' --
# The same of a check that looks at the archive alone.
ARCHIVED = $(BIN)/python -m tests.unchanged $(1) . ':!tests/[!cg]*' --
# The same of a test of the sandbox itself: of the collection it takes the rights alone.
SANDBOXED = $(BIN)/python -m tests.unchanged $(1) tests/sandbox tests/integration tests/vectors \
    tests/*.py docs/rbac.yml Makefile pyproject.toml requirements-dev.lock --
HELM ?= 3
JOBS ?= 2
# Processes that take file after file, the longest first: xdist itself would begin with the most tests.
# For integration tests three on two cores, since each waits for a part of its time.
SHARED := --dist loadfile --no-loadscope-reorder --numprocesses
# Compiled tests are kept: to compile them takes longer than to collect them.
COMPILED = PYTHONDONTWRITEBYTECODE= PYTHONPYCACHEPREFIX="$(CURDIR)/.cache/pycache"
# Helm and kubectl live for a second: a quarter of it would go into collecting garbage.
FOR_INTEGRATION = $(COMPILED) GOGC=400
# Of one's own for pytest, such as ARGS="-k mirrors -x". Where it names files, these alone are run.
ARGS ?=
tests_or = $(if $(filter tests/%,$(ARGS)),,$(1)) $(ARGS)

export ANSIBLE_COLLECTIONS_PATH := $(CURDIR)/.cache/collections
export ANSIBLE_HOME := $(CURDIR)/.cache/ansible
MYPY_CACHE_DIR := .cache/mypy
RUFF_CACHE_DIR := .cache/ruff
KUBECACHEDIR := $(CURDIR)/.cache/kube
export MYPY_CACHE_DIR RUFF_CACHE_DIR KUBECACHEDIR

.DEFAULT_GOAL := help
.PHONY: help setup venv sandbox-tools lock demo plan sandbox sandbox-down test lint types unit \
    control-plane integration published release gates bench oracle interruptions report-screenshots clean

help: ## show this help
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 16

setup: sandbox-tools ## install all that the other targets need, into .venv/ and .cache/

venv: .venv/.complete ## install what lint, types and unit need: Python packages, kubernetes.core
	@$(SANDBOX) tools --collections

sandbox-tools: venv ## fetch the sandbox's programs: Helm, kubectl, Debian's containerd and sshd
	@$(SANDBOX) tools

.venv/.complete: requirements-dev.lock tests/sandbox/make_venv.sh
	@sh tests/sandbox/make_venv.sh $(PYTHON)
	@touch $@

lock: ## choose anew which Python packages tests and gates use, and note their hashes; needs uv
	@for name in requirements-dev tests/gates/requirements; do \
	    uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	        --upgrade $$name.txt --output-file .cache/lock; \
	    { sed '/^[^#]/,$$d' $$name.lock; cat .cache/lock; } > .cache/new.lock; \
	    mv .cache/new.lock $$name.lock; \
	done

demo: setup ## override a registry in the sandbox, break a node, see it named; NODES=200: so many
	@$(BIN)/python -m tests.demo $(if $(NODES),--nodes $(NODES))

plan: setup ## plan the page's example, with no cluster, into plan/
	@$(BIN)/ansible-playbook palette.image_registry.plan --extra-vars @tests/sandbox/page_example.yml

sandbox: setup ## start the sandbox and leave it running; REAL=1: with a real node, whose pods run
	@$(if $(filter-out 0,$(REAL)),$(SANDBOX) build --node)
	@$(SANDBOX) up --helm $(HELM) --propagate $(if $(filter-out 0,$(REAL)),--real)

sandbox-down: setup ## stop the sandbox
	@$(SANDBOX) down

test: lint types unit published integration ## everything that has to pass

lint: venv ## ruff, shellcheck, ansible-lint, changelog, generated pages
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/shellcheck plugins/plugin_utils/_nodes/sh/*.sh
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(call UNCHANGED,ansible-lint) \
		sh -c 'cd $(COLLECTION) && ansible-lint --offline --profile production'
	@$(BIN)/antsibull-changelog lint
	@$(BIN)/python -m tests.pages.conformance --check

types: venv ## mypy --strict
	@$(BIN)/mypy -p ansible_collections.palette.image_registry.plugins
	@$(BIN)/mypy tests

unit: venv ## unit tests, as any user and without sandbox; ARGS="-k mirrors -x": these
	@$(COMPILED) $(BIN)/pytest $(SHARED) 2 $(call tests_or,tests/unit)

control-plane: setup ## build a real Kubernetes from Go modules (the first time: minutes)
	@$(SANDBOX) build $(if $(filter 0,$(SANDBOX_REAL)),,--node)

integration: control-plane ## the playbooks on real parts; ARGS=...: these; SANDBOX_REAL=0: no real node's pods
	@$(if $(ARGS),,$(FOR_INTEGRATION) $(call SANDBOXED,sandbox) \
		$(BIN)/pytest $(SHARED) 3 tests/integration/test_sandbox_*.py)
	@$(FOR_INTEGRATION) $(BIN)/pytest $(SHARED) 3 \
		$(call tests_or,tests/integration $(if $(ARGS),,--ignore-glob='*/test_sandbox_*'))

published: setup ## the archive, its documentation and licences as Galaxy and others check them
	@$(BIN)/python -m tests.gates reuse
	@$(call UNCHANGED,published) $(BIN)/python -m tests.gates docs build release importer builder
	@$(call ARCHIVED,archive) $(BIN)/python -m tests.gates build archive

release: setup ## the archive, its SBOM and their checksums, into .cache/release/
	@$(BIN)/python -m tests.gates build release importer

gates: setup ## all that the ecosystem asks, on every ansible-core; GATES="docs sanity-2.21": these
	@$(BIN)/python -m tests.gates $(GATES)

bench: control-plane ## speed, as ratios to floors measured in the same run
	@$(BIN)/python -m tests.bench

oracle: setup ## predictions against live containerd 1.6, 1.7, 2.1, 2.3 and 2.4, pulls by 2.3; properties, deep
	@$(BIN)/pytest -q --hypothesis-profile deep -m hypothesis tests/unit
	@$(BIN)/python -m tests.sandbox.oracle
	@PULL_CONTAINERD=2.3 $(BIN)/pytest -q tests/integration/test_pull.py

interruptions: control-plane ## kill overrides and break their API everywhere; SEED=N repeats, JOBS=N
	@$(BIN)/python -m tests.interruptions --jobs $(JOBS) $(if $(SEED),--seed $(SEED))

report-screenshots: setup ## the HTML report in Chromium, as pictures to look at
	@PYTHONPATH="$(CURDIR)/.cache/collections" $(BIN)/python -m tests.report_screenshots $(wildcard report/*.json)

clean: ## stop the sandbox and remove all that was built
	@if [ -d .cache/sandbox ]; then $(SANDBOX) down; fi
	@rm -rf .venv .cache
