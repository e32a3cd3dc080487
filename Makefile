# The one entry for people, hooks and CI; `make` alone lists the targets.
# GNU make 3.81 and a POSIX shell are enough. What is passed on:
#   make demo ARGS="--no-serve --json"    make test ARGS="-k refund"    make test DIR=chaos
#   make test PG=15                       make bench ONLY=renewals

SHELL = /bin/sh
VENV = .venv
BIN = $(VENV)/bin
PYTHONS = python3.14 python3.13 python3.12 python3.11 python3
CODE = $(wildcard src tests bench)

# A lock that is installed has a stamp of its name: then nothing is installed again.
STAMP := $(VENV)/installed-$(shell cksum < uv.lock | tr ' ' '-')

# Rules of squawk that do not apply here, with the reason:
#   prefer-bigint-over-smallint, prefer-bigint-over-int   buckets, counts and versions are bounded;
#                                                         money is bigint by a law of the schema
#   require-lock-timeout, require-statement-timeout       the runner sets both for every file
#   prefer-robust-stmts                                   a file is one transaction and runs once
SQUAWK_EXCLUDED = prefer-bigint-over-smallint,prefer-bigint-over-int,require-lock-timeout,require-statement-timeout,prefer-robust-stmts

.PHONY: help demo demo-reset test check fix bench chaos schedules corpus screenshots retry-plans verapdf stripe-mock spark clean
.DEFAULT_GOAL = help

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1@\2/p' Makefile | awk -F@ '{ printf "%-19s%s\n", $$1, $$2 }'

demo: $(STAMP) ## start everything on this machine and print where it is (ARGS=...)
	@$(BIN)/ledgerline demo $(ARGS)

demo-reset: $(STAMP) ## the same, after deleting what earlier demos left
	@$(BIN)/ledgerline demo --reset $(ARGS)

test: $(if $(DIR),$(STAMP),check stripe-mock) ## check, then every test in its short form (DIR=folder: its long form)
	$(BIN)/pytest $(if $(DIR),--long --timeout 0 tests/$(DIR),-n 3 --dist loadfile --no-loadscope-reorder) $(ARGS)

check: $(STAMP) ## what a merge needs, short of the tests: no network, no database
	$(BIN)/ruff format --check --quiet $(CODE)
	$(BIN)/ruff check --quiet $(CODE)
	$(BIN)/mypy $(CODE)
	$(BIN)/pyrefly check --summary=none
	$(BIN)/lint-imports --no-logo
	$(BIN)/deptry src
	$(BIN)/squawk --pg-version=15.0 --assume-in-transaction --exclude=$(SQUAWK_EXCLUDED) migrations/*.sql
	$(BIN)/uv lock --check --offline --quiet

fix: $(STAMP) ## format, and mend what can be mended without a thought
	$(BIN)/ruff check --fix $(CODE)
	$(BIN)/ruff format $(CODE)

bench: $(STAMP) ## measure ratios against the limits (ONLY=name)
	@$(BIN)/python -m bench $(ONLY) $(ARGS)

chaos: $(STAMP) ## the long run with crashes
	$(BIN)/pytest --long --timeout 0 tests/chaos $(ARGS)

schedules: $(STAMP) ## two flows at one payment, their statements in every order
	$(BIN)/pytest --long --timeout 0 tests/concurrency/test_schedules.py $(ARGS)

verapdf: $(STAMP) ## validate documents of every kind by veraPDF (needs java and mvn)
	mvn --quiet --batch-mode --file tests/verapdf/pom.xml dependency:copy-dependencies -DoutputDirectory=jars
	$(BIN)/pytest tests/verapdf $(ARGS)

stripe-mock: $(STAMP) ## install Stripe's own test server into build/, where Go is
	@$(BIN)/python -m tests.stripe_mock.server

spark: $(STAMP) ## install PySpark (half a gigabyte, needs Java) and compare what it builds with DuckDB
	@command -v java >/dev/null || { echo "PySpark needs Java 17: there is none here" >&2; exit 1; }
	UV_PROJECT_ENVIRONMENT=$(VENV) $(BIN)/uv sync --frozen --all-extras --quiet
	$(BIN)/pytest --timeout 0 tests/datasets/test_engines.py $(ARGS)

corpus: $(STAMP) ## every e-invoice of a generated corpus against the published rules
	$(BIN)/pytest --long --timeout 0 tests/unit/documents/einvoice/test_corpus.py $(ARGS)

screenshots: $(STAMP) ## take the pictures of docs/pictures from a demo of their own (needs chromium)
	$(BIN)/python -m tests.browser.pictures

retry-plans: $(STAMP) ## a million retry plans against the laws that none may break
	$(BIN)/pytest --long --timeout 0 tests/properties/test_retry_plans.py $(ARGS)

clean: ## delete the environment and all caches; the demo's data stays
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage*
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +

$(STAMP): requirements-uv.txt | $(BIN)/python
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.txt
	@UV_PROJECT_ENVIRONMENT=$(VENV) $(BIN)/uv sync --frozen --all-extras --no-extra spark --quiet
	@rm -f $(VENV)/installed-* && touch $@

$(BIN)/python:
	@for python in $(PYTHONS); do \
	  if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then found=$$python; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
	  echo "Python 3.11 or newer is needed; found: $$(python3 --version 2>/dev/null || echo none)" >&2; exit 1; \
	fi; \
	$$found -m venv $(VENV) || uv venv --clear --seed --quiet --python $$found $(VENV) || { rm -rf $(VENV); \
	  echo "$$found cannot make a virtual environment: install its venv module (Debian: python3-venv), or uv" >&2; exit 1; }
