# make demo: the stories on bundled examples.  make test: everything that must hold.
# Both set up what they need (tools/setup).
BIN := .venv/bin
REAL_AWS ?= ../shared/real-aws

.PHONY: demo test lint types floors pytest bench bench-dns bench-relay differential real-aws run dev clean

demo: run
	@$(BIN)/tabiji demo

test: lint types floors pytest

lint: dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: dev
	$(BIN)/mypy

floors: dev
	$(BIN)/lint-imports

pytest: dev
	$(BIN)/python -m pytest --cov --cov-report=term

bench: dev
	@for script in $(wildcard bench/journey.py bench/load.py); do \
	  $(BIN)/python $$script || exit 1; done

bench-relay: dev
	@$(BIN)/python bench/relay.py

bench-lab: dev
	@$(BIN)/python bench/lab.py

bench-dns: dev
	@$(BIN)/python bench/dns.py

# The lab's kernel as judge: 500 networks, then every wrong variant of the fabric.
differential: dev
	@$(BIN)/python bench/differential.py

real-aws: dev
	@if [ -d "$(REAL_AWS)" ]; then $(BIN)/python bench/real_aws.py; \
	  else echo "no recorded AWS networks at $(REAL_AWS)"; fi

run:
	@tools/setup run

dev:
	@tools/setup dev

clean:
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis .coverage
