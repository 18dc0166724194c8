# The two commands that a newcomer needs are `make demo` and `make test`. Both set everything up themselves.

PYTHON ?= python3
ENV ?= dev

# Looked for before PATH begins with the environment that it makes; the answer is a version, or what is missing.
OWN_PYTHON := $(or $(shell command -v $(PYTHON)),$(PYTHON))
MACHINE := $(shell "$(OWN_PYTHON)" -m tools.machine 2> /dev/null || echo Python 3.11.4 or later is required: $(PYTHON) is none)
MACHINE := $(if $(filter output-sync,$(.FEATURES)),$(MACHINE),GNU make 4 or later is required: make is $(MAKE_VERSION))
ifneq ($(filter-out help clean emulator-stop,$(or $(MAKECMDGOALS),help)),)
$(if $(word 2,$(MACHINE)),$(error $(MACHINE)))
endif

# Every process of the demo and the tests would compile the project's files anew without their byte code.
export PYTHONDONTWRITEBYTECODE :=
export JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION ?= 20
export PATH := $(CURDIR)/.venv/bin:$(CURDIR)/node_modules/.bin:$(PATH)
CDK := cdk -c environment=$(ENV) --no-notices
PYTEST := CDK_VALIDATION=false python -m pytest

# What each command needs; set up at the end of this file. Another Python has other stamps, and is set up anew.
PROVISIONED := .venv/.provisioned-$(firstword $(MACHINE))
DEVELOPMENT := .venv/.development-$(firstword $(MACHINE))
EMULATOR := .venv-emulator/.provisioned-$(firstword $(MACHINE))
SDK := .venv-sdk/.provisioned-$(firstword $(MACHINE))
SDK_2 := .venv-sdk-2/.provisioned-$(firstword $(MACHINE))
LOAD_TEST := .venv-load-test/.provisioned-$(firstword $(MACHINE))
SPARK := .venv-spark/.provisioned-$(firstword $(MACHINE))
MLFLOW := .venv-mlflow/.provisioned-$(firstword $(MACHINE))
LABEL_STUDIO := .venv-label-studio/.provisioned-$(firstword $(MACHINE))
SITE := .venv-site/.provisioned-$(firstword $(MACHINE))
JUPYTER := .venv-jupyter/.provisioned-$(firstword $(MACHINE))
IMAGE_TOOLS := .venv-images/.provisioned-$(firstword $(MACHINE))
NODE := node_modules/.provisioned
# The shells of one make have it as their parent: two demos at the same time have two files.
DEMO_FAILURE = .emulator/demo-failure-$$PPID
STATED_REQUESTS = $(or $(REQUESTS),config/requests/$(ENV).json)
offline = env -i HOME=/nonexistent unshare --map-root-user --net "$(CURDIR)/.venv$(1)/bin/python"
stop = $(if $(1),$(error $(1)))

.PHONY: help demo run-demo demo-data run-demo-data test run-tests check-what-changed test-fast check \
	check-style check-types set-up-demo set-up-demo-data set-up-test image-environments synth diff plan doctor deploy destroy emulator emulator-stop load-test bench \
	bench-automl bench-commands bench-idle bench-monitor bench-synth cost docs jupyter mlflow spark graph policy report images smoke snapshots schema sdk-definitions workflows clean

help:  ## Show the commands
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 16

# In two parts, so that the last line of a demo that failed is its reason and not make's "Error 1".
demo: run-demo  ## Deploy, train, serve and invoke a model, without an AWS account
	$(call stop,$(shell cat $(DEMO_FAILURE) 2> /dev/null && rm $(DEMO_FAILURE)))

run-demo: set-up-demo
	@mkdir -p .emulator && rm -f $(DEMO_FAILURE)
	@python -m demo --environment $(ENV) $(if $(TRANSCRIPT),--transcript $(TRANSCRIPT)) --failure $(DEMO_FAILURE) || test -s $(DEMO_FAILURE)

demo-data: run-demo-data  ## Label a hundred digits in a browser and at Ground Truth, and train on the labels
	$(call stop,$(shell cat $(DEMO_FAILURE) 2> /dev/null && rm $(DEMO_FAILURE)))

run-demo-data: set-up-demo-data
	@mkdir -p .emulator && rm -f $(DEMO_FAILURE)
	@python -m demo.people --failure $(DEMO_FAILURE) || test -s $(DEMO_FAILURE)

# The checks of types run beside the tests, which wait for their processes more than they compute.
test: set-up-test  ## Run the checks and all tests
	@$(MAKE) --no-print-directory --jobs 3 --output-sync=line run-tests check-what-changed mlflow spark

# Without what make hands to its own: tests call make themselves.
run-tests:
	@env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL $(PYTEST) --numprocesses 5 --dist loadfile --no-loadscope-reorder

check-what-changed:
	@python -m tools.check_types --changed

test-fast: $(DEVELOPMENT) $(NODE) check-style  ## The inner loop: lint, unit, snapshot and policy tests, in under 90 s
	@$(PYTEST) --numprocesses 2 --dist loadfile --no-loadscope-reorder -m "not whole" tests/unit tests/snapshot tests/policy

check: check-style check-types  ## Format, lint and types

check-style: $(DEVELOPMENT)
	@ruff format --check --quiet . || (echo "Run: ruff format ." && exit 1)
	@ruff check --quiet .

check-types: $(DEVELOPMENT) $(EMULATOR) $(LOAD_TEST) $(LABEL_STUDIO) $(NODE)
	@python -m tools.check_types

synth: $(PROVISIONED) $(NODE)  ## Write the templates of ENV (default dev) to cdk.out
	@$(CDK) synth --quiet

diff: $(PROVISIONED) $(NODE)  ## Compare ENV with what is deployed, property by property
	@$(CDK) diff '**'

plan: $(PROVISIONED) $(NODE)  ## Say what deploying ENV replaces, risks, rolls, widens and costs; AGAINST=folder FAIL_ON=limits FORMAT=text|markdown|json
	@$(CDK) synth --quiet && python -m sagemaker_constructs.plan cdk.out $(AGAINST:%=--against %) $(FAIL_ON:%=--fail-on %) $(FORMAT:%=--format %) $(OUTPUT:%=--output %)

deploy: $(PROVISIONED) $(NODE)  ## Deploy ENV into the AWS account of your credentials; YES=1 does not ask
	@$(CDK) synth --quiet && python -m sagemaker_constructs.plan cdk.out --fail-on refused
	@cdk --app cdk.out --no-notices deploy '**' $(if $(YES),--require-approval never)

destroy: $(PROVISIONED) $(NODE)  ## Delete the stacks of ENV, data is retained; YES=1 does not ask
	@$(CDK) destroy '**' $(if $(YES),--force)

emulator: $(EMULATOR) $(NODE)  ## Start the embedded AWS with the state that `make demo` left
	@.venv-emulator/bin/python -m emulator start --state .emulator/demo

emulator-stop: $(EMULATOR)  ## Stop it; its state stays
	@.venv-emulator/bin/python -m emulator stop --state .emulator/demo

mlflow: $(MLFLOW)  ## Set up the MLflow that the embedded AWS runs behind the ARNs of apps and tracking servers

spark: $(SPARK)  ## Set up the Spark, with a Java, that the embedded AWS runs jobs of Glue on

jupyter: $(JUPYTER)  ## Set up the Jupyter that the embedded AWS runs on notebook instances

load-test: $(LOAD_TEST) $(if $(ENDPOINT),,$(PROVISIONED) $(NODE))  ## Find what one instance of ENDPOINT takes: BODY=file; or whether ENV takes what is stated
	@$(if $(ENDPOINT),,$(CDK) synth --quiet && REQUESTS=$(STATED_REQUESTS)) PYTHONPATH=constructs .venv-load-test/bin/python -m tools.load_test

smoke: $(PROVISIONED) $(NODE)  ## Ask every endpoint of ENV the request that is stated for it; REQUESTS=file WATCH=minutes of its alarms
	@$(CDK) synth --quiet && python -m sagemaker_constructs.delivery smoke cdk.out --requests $(STATED_REQUESTS) $(WATCH:%=--watch-minutes %)

workflows: $(PROVISIONED)  ## Rewrite the ready workflows after a change of the steps of a delivery
	@for kind in github gitlab; do python -m sagemaker_constructs.delivery workflow $$kind --make > examples/workflows/$$kind.yml || exit 1; done

bench:  ## Compare our serving process with its peers; see benchmarks/README.md
	@image=$$("$(OWN_PYTHON)" -m tools.image_environment tabular) && cd benchmarks && python3 -m bench --python $$image $(BENCH)

bench-automl:  ## Compare AutoTabular with FLAML over five data sets, by seconds of CPU
	@image=$$("$(OWN_PYTHON)" -m tools.image_environment tabular) && cd benchmarks && python3 -m automl --python $$image $(BENCH)

bench-commands:  ## Measure how long demo and tests take in a fresh clone
	@PYTHONPATH=benchmarks "$(OWN_PYTHON)" -m commands

bench-idle: $(DEVELOPMENT) $(JUPYTER)  ## Compare the program that stops idle notebooks with AWS's sample: SAMPLE=autostop.py
	@PYTHONPATH=benchmarks python -m idle "$(SAMPLE)"

bench-monitor:  ## Measure what the monitor finds and costs, beside the defaults of its peers
	@image=$$("$(OWN_PYTHON)" -m tools.image_environment monitor) && export PYTHONPATH=benchmarks:containers/monitor \
		&& $$image -m drift.detection && $$image -m drift.looks && $$image -m drift.cost $(BENCH)

bench-synth: $(PROVISIONED) $(NODE)  ## Compare what synthesis costs with generic resources and the alpha L2
	@cd benchmarks && python -m synth $(BENCH)

graph: $(PROVISIONED) $(NODE)  ## Draw the stacks and pipelines of ENV to graphs/ as SVG
	@$(CDK) synth --quiet && python -m tools.graph cdk.out graphs

report: $(PROVISIONED) $(NODE)  ## Write pages about all monitors, what watches ENDPOINT, executions of PIPELINE, or versions in the table APPROVALS
	@python -m tools.report $(if $(or $(ENDPOINT),$(if $(PIPELINE)$(APPROVALS),,all)),monitor,pipeline)-report $(ENDPOINT:%=--endpoint %) $(PIPELINE:%=--pipeline %) $(APPROVALS:%=--approvals %)

cost: $(PROVISIONED) $(NODE)  ## Estimate what ENV costs in a month; USE=file LIMIT=USD PRICES=file, see constructs/sagemaker_constructs/cost
	@$(CDK) synth --quiet && python -m tools.cost $(ENV) --html cost-report.html $(USE:%=--use %) $(LIMIT:%=--limit %) $(PRICES:%=--prices %)

doctor: $(PROVISIONED) $(NODE)  ## Say what stands between ENV and its deployment into your account; OFFLINE=1 CHANGE_SETS=1 STRICT=1 FORMAT=text|json OUTPUT=file
	@$(CDK) synth --quiet && python -m sagemaker_constructs.doctor cdk.out $(if $(OFFLINE),--offline) $(if $(CHANGE_SETS),--change-sets) $(if $(STRICT),--strict) $(FORMAT:%=--format %) $(OUTPUT:%=--output %)

policy: $(PROVISIONED) $(NODE)  ## Judge ENV by the rules of the policy pack, as prod or as dev; LEVEL=prod|dev FORMAT=table|json|sarif OUTPUT=file
	@$(CDK) synth --quiet && python -m sagemaker_constructs.policy cdk.out --level $(or $(LEVEL),$(if $(filter prod,$(ENV)),prod,dev)) $(FORMAT:%=--format %) $(OUTPUT:%=--output %)

images: $(IMAGE_TOOLS)  ## Build the images without a Docker engine and prove them; see containers/README.md
	@.venv-images/bin/python -m tools.images $(IMAGES)

docs: $(PROVISIONED) $(SITE) $(NODE)  ## Make the documentation site, site/index.html, which opens without a server
	@python -m tools.site site

snapshots: $(DEVELOPMENT) $(NODE)  ## Rewrite the committed templates after a change that is meant
	@UPDATE_SNAPSHOTS=1 $(PYTEST) tests/snapshot tests/policy/test_public_api.py && python -m tools.cost.monthly_quantities && python -m tools.cost.first_account && python -m tools.cost.configuration_pages

sdk-definitions: $(SDK) $(SDK_2)  ## Rewrite what both versions of the SageMaker Python SDK define, without a network
	@cd tests/sdk && $(call offline,-sdk) definitions.py > definitions.json
	@cd tests/sdk && $(call offline,-sdk-2) definitions_of_version_2.py > definitions_of_version_2.json

schema: $(PROVISIONED)  ## Rewrite config/schema.json and the pages that are generated
	@python -m stacks.configuration
	@python -m tools.aws_rules && python -m tools.policy_rules && python -m tools.create_only && python -m tools.service_model && python -m tools.step_results && python -m tools.graph.room_graph

clean:  ## Delete everything that the commands have made
	rm -rf .venv .venv-* node_modules .emulator cdk.out graphs site pipeline-report monitor-report load-test-results image-results benchmarks/.environments

# Set-up, two at a time: pip and npm compute on one core, or wait.
SET_UP := $(MAKE) --no-print-directory --jobs 2 --output-sync=line

set-up-demo:
	@$(SET_UP) $(PROVISIONED) $(EMULATOR) $(JUPYTER) $(NODE)

set-up-demo-data:
	@$(SET_UP) $(PROVISIONED) $(EMULATOR) $(JUPYTER) $(LABEL_STUDIO) $(NODE)

set-up-test:
	@$(SET_UP) check-style image-environments $(EMULATOR) $(SDK) $(LOAD_TEST) $(JUPYTER) $(LABEL_STUDIO) $(SITE) $(NODE)

image-environments: $(DEVELOPMENT)
	@python -m tools.image_environment > /dev/null

# Each environment is its lock, installed once.
$(PROVISIONED): requirements.txt constraints.txt pyproject.toml
$(DEVELOPMENT): requirements-dev.txt $(PROVISIONED)
$(EMULATOR): emulator/requirements.txt
$(LOAD_TEST): tools/load_test/requirements.txt
$(IMAGE_TOOLS): tools/images/requirements.txt
$(JUPYTER): tools/jupyter/requirements.txt
$(LABEL_STUDIO): containers/label_studio/requirements.txt
$(SDK): tools/sdk/requirements.txt
$(SDK_2): tools/sdk/requirements-2.txt
$(MLFLOW): tools/mlflow/requirements.txt
$(SPARK): tools/spark/requirements.txt
$(SITE): tools/site/requirements.txt

$(PROVISIONED) $(DEVELOPMENT) $(EMULATOR) $(LOAD_TEST) $(JUPYTER) $(LABEL_STUDIO) $(IMAGE_TOOLS) $(SDK) $(SDK_2) $(MLFLOW) $(SITE) $(SPARK):
	@"$(OWN_PYTHON)" -m tools.set_up $@ $<

$(NODE): package-lock.json
	@echo "Setting up node_modules (once)"
	@npm ci --loglevel=error --no-fund --no-audit
	@touch $@
