# Two commands: `make hub` and `make test`. The rest is for those who work on the code.
#
# PYTHON=/path/to/python3.12 chooses the interpreter, ARGS="..." goes to pytest (ARGS="-n0 --pdb" to look into a test).
.DEFAULT_GOAL := help
.PHONY: help hub test quick lint format fuzz clean distclean environment-hub environment-test environment-quick

PYTHON ?=
ARGS ?=
BIN := .venv/bin
bootstrap := PYTHON='$(PYTHON)' sh tools/python.sh tools/bootstrap.py

help: ## list these commands
	@sed -n 's/^\([a-z][a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-18s %s\n", $$1, $$2 }'

hub: environment-hub ## set up, check the registry, verify and run its models, build the site into build/site
	@$(BIN)/mindhub hub

test: environment-test ## set up, lint, and run all tests (browser and MindSpore included)
	@$(MAKE) --no-print-directory lint-only
	@$(BIN)/python -m pytest $(ARGS)

quick: environment-quick ## the inner loop: tests without MindSpore and browser, under a minute
	@$(BIN)/python -m pytest -q -n auto --maxprocesses 4 --dist worksteal --slowest-files 5 \
		-m "not mindspore and not browser and not slow" $(ARGS)

lint: environment-quick ## ruff and mypy, without changing a file
	@$(MAKE) --no-print-directory lint-only

format: environment-quick ## let ruff fix and format the code
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

fuzz: environment-quick ## feed the readers of cards and files a million inputs each (an hour; RUNS=10000 for a taste)
	@$(BIN)/python -m pip install --quiet atheris
	@$(BIN)/python tests/fuzz/reader.py -runs=$(or $(RUNS),1000000) -max_len=4096 -timeout=10
	@$(BIN)/python tests/fuzz/formats.py -runs=$(or $(RUNS),1000000) -max_len=1024 -timeout=10 -rss_limit_mb=1024

clean: ## remove what was built and all caches; the environment stays
	@rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage .coverage.*
	@find . -path ./.git -prune -o -path ./.venv -prune -o -type d -name __pycache__ -exec rm -rf {} +

distclean: clean ## remove the environment too
	@rm -rf .venv

environment-hub:
	@$(bootstrap) run site

environment-test:
	@$(bootstrap) run site dev browser quality

environment-quick:
	@$(bootstrap) dev

.PHONY: lint-only
lint-only:
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet . || { echo "run 'make format'"; exit 1; }
	@$(BIN)/mypy --no-error-summary
	@MYPYPATH=tools $(BIN)/mypy --no-error-summary tools/bootstrap.py
	@echo "lint: ruff and mypy are clean"
