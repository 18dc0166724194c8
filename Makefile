# The two commands that a newcomer needs are `make demo` and `make test`. Both set everything up themselves.

PYTHON ?= python3
ENV ?= dev

# Every process of the demo and the tests would compile the project's files anew without their byte code.
export PYTHONDONTWRITEBYTECODE :=
export JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION ?= 20
export PATH := $(CURDIR)/.venv/bin:$(CURDIR)/node_modules/.bin:$(PATH)
CDK := cdk -c environment=$(ENV) --no-notices

PIP_INSTALL = -m pip install --quiet --disable-pip-version-check
PROVISIONED := .venv/.provisioned
DEVELOPMENT := .venv/.development
EMULATOR := .venv-emulator/.provisioned
LOAD_TEST := .venv-load-test/.provisioned
IMAGE_TOOLS := .venv-images/.provisioned
NODE := node_modules/.provisioned
DEMO_FAILURE := .emulator/demo-failure
# The environment of an image, which is named after its lock.
environment = .emulator/environments/$(1)-$(shell $(PYTHON) -c "import hashlib; print(hashlib.sha256(open('containers/$(1)/$(2)', 'rb').read()).hexdigest()[:12])")/bin/python
TABULAR := $(call environment,tabular,requirements.txt)
PYTORCH := $(call environment,pytorch,requirements-cpu.txt)
# Named after everything that the type checkers read: what they found no fault in, the tests do not give them again.
TYPED_FILES = find . \( -name '.?*' -o -name node_modules -o -name cdk.out \) -prune -o \
	\( -name '*.py' -o -name '*.toml' -o -name '*requirements*.txt' -o -name '*config.json' -o -name 'package*.json' \) -print
TYPED := .venv/.typed-$(shell $(TYPED_FILES) | LC_ALL=C sort | xargs sha256sum | sha256sum | cut -c 1-12)

# BODY=file becomes --body "file", and so on; what is not given keeps its default.
LOAD_TEST_OPTIONS = $(foreach option,body content-type latency-ms percentile variant model region step-seconds users results,$(call given,$(option),$($(subst -,_,$(shell echo $(option) | tr a-z A-Z)))))
given = $(if $(2),--$(1) "$(2)")

.PHONY: demo run-demo test run-tests check check-style check-types check-types-emulator check-types-containers check-types-load-test load-test bench images synth diff deploy destroy emulator emulator-stop snapshots schema clean help

help:  ## Show the commands
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 16

# In two parts, so that the last line of a demo that failed is its reason and not make's "Error 1".
demo: run-demo  ## Deploy, train, serve and invoke a model, without an AWS account
	$(if $(wildcard $(DEMO_FAILURE)),$(error $(shell cat $(DEMO_FAILURE))))

run-demo: $(PROVISIONED) $(EMULATOR) $(NODE)
	@rm -f $(DEMO_FAILURE)
	@mkdir -p $(dir $(DEMO_FAILURE))
	@python -m demo --failure $(DEMO_FAILURE) || test -s $(DEMO_FAILURE)

# The checks of types run beside the tests, which wait for their processes more than they compute.
test: $(DEVELOPMENT) $(EMULATOR) $(LOAD_TEST) $(NODE) $(TABULAR) $(PYTORCH) check-style  ## Run the checks and all tests
	@$(MAKE) --no-print-directory --jobs 2 --output-sync=line run-tests $(if $(wildcard $(TYPED)),,$(TYPED))

run-tests:
	@CDK_VALIDATION=false python -m pytest --numprocesses 5 --dist loadfile --no-loadscope-reorder

check: check-style check-types check-types-emulator check-types-containers check-types-load-test  ## Format, lint and types

check-style: $(DEVELOPMENT)
	@ruff format --check --quiet . || (echo "Run: ruff format ." && exit 1)
	@ruff check --quiet .

$(TYPED): check-types check-types-emulator check-types-containers check-types-load-test
	@rm -f .venv/.typed-* && touch $@

check-types: $(DEVELOPMENT) $(NODE)
	@pyright

check-types-emulator: $(DEVELOPMENT) $(EMULATOR) $(NODE)
	@pyright --project emulator

check-types-containers: $(DEVELOPMENT) $(NODE) $(TABULAR) $(PYTORCH)
	@pyright --project containers --pythonpath $(TABULAR)
	@pyright --project containers/pytorch --pythonpath $(PYTORCH)

check-types-load-test: $(DEVELOPMENT) $(NODE) $(LOAD_TEST)
	@pyright --project tools/load_test

synth: $(PROVISIONED) $(NODE)  ## Write the templates of ENV (default dev) to cdk.out
	@$(CDK) synth --quiet

diff: $(PROVISIONED) $(NODE)  ## Compare ENV with what is deployed
	@$(CDK) diff '**'

deploy: $(PROVISIONED) $(NODE)  ## Deploy ENV into the AWS account of your credentials
	@$(CDK) deploy '**'

destroy: $(PROVISIONED) $(NODE)  ## Delete the stacks of ENV; data is retained
	@$(CDK) destroy '**'

emulator: $(EMULATOR) $(NODE)  ## Start the embedded AWS with the state that `make demo` left
	@.venv-emulator/bin/python -m emulator start --state .emulator/demo

emulator-stop: $(EMULATOR)  ## Stop it; its state stays
	@.venv-emulator/bin/python -m emulator stop --state .emulator/demo

load-test: $(LOAD_TEST)  ## Find what one instance of ENDPOINT takes: BODY=file, see docs/load-test.md
	@.venv-load-test/bin/python -m tools.load_test --endpoint "$(ENDPOINT)" $(LOAD_TEST_OPTIONS)

bench: $(TABULAR)  ## Compare our serving process with its peers; see benchmarks/README.md
	@cd benchmarks && python3 -m bench --python $(abspath $(TABULAR)) $(BENCH)

images: $(IMAGE_TOOLS)  ## Build the images without a Docker engine and prove them; see containers/README.md
	@.venv-images/bin/python -m tools.images $(IMAGES)

snapshots: $(DEVELOPMENT) $(NODE)  ## Rewrite the committed templates after a change that is meant
	@CDK_VALIDATION=false UPDATE_SNAPSHOTS=1 python -m pytest tests/snapshot

schema: $(PROVISIONED)  ## Rewrite config/schema.json and docs/configuration.md
	@python -m stacks.configuration

clean:  ## Delete everything that the commands have made
	rm -rf .venv .venv-emulator .venv-load-test .venv-images node_modules .emulator cdk.out load-test-results image-results benchmarks/.environments

$(PROVISIONED): requirements.txt constraints.txt pyproject.toml
	@echo "Setting up .venv (once, about half a minute)"
	@test -x .venv/bin/python || $(PYTHON) -m venv .venv
	@.venv/bin/python $(PIP_INSTALL) -r requirements.txt
	@touch $@

$(DEVELOPMENT): requirements-dev.txt $(PROVISIONED)
	@echo "Setting up the test tools in .venv (once)"
	@.venv/bin/python $(PIP_INSTALL) -r requirements-dev.txt
	@touch $@

$(EMULATOR): emulator/requirements.txt
	@echo "Setting up .venv-emulator (once)"
	@test -x .venv-emulator/bin/python || $(PYTHON) -m venv .venv-emulator
	@.venv-emulator/bin/python $(PIP_INSTALL) --require-hashes -r emulator/requirements.txt
	@touch $@

$(LOAD_TEST): tools/load_test/requirements.txt
	@echo "Setting up .venv-load-test (once)"
	@test -x .venv-load-test/bin/python || $(PYTHON) -m venv .venv-load-test
	@.venv-load-test/bin/python $(PIP_INSTALL) --require-hashes -r tools/load_test/requirements.txt
	@touch $@

$(IMAGE_TOOLS): tools/images/requirements.txt
	@echo "Setting up .venv-images (once)"
	@test -x .venv-images/bin/python || $(PYTHON) -m venv .venv-images
	@.venv-images/bin/python $(PIP_INSTALL) --require-hashes -r tools/images/requirements.txt
	@touch $@

$(TABULAR) $(PYTORCH): .emulator/environments/%/bin/python:
	@echo "Setting up the environment of containers/$(firstword $(subst -, ,$*)) (once)"
	@emulator/bin/docker build --build-context serving=containers/serving --build-context jobs=containers/jobs --tag $(firstword $(subst -, ,$*)) containers/$(firstword $(subst -, ,$*)) > /dev/null

$(NODE): package-lock.json
	@echo "Setting up node_modules (once)"
	@npm ci --silent --no-fund --no-audit
	@touch $@
