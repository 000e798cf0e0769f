# What people and CI run. `make demo` and `make test` are all that a newcomer needs.

PYTHON ?= python3
CARGO ?= cargo
# One profile for all of these: the dependencies are built once.
RAGSTONE = $(CARGO) run --quiet --package ragstone --
DEMO_DATA = .ragstone/demo
QUESTION ?= What happens if the power fails during an ingest?

# The tests' runner if it is there, else cargo's own.
TEST = $(shell $(CARGO) nextest --version >/dev/null 2>&1 && echo "nextest run" || echo "test")

.PHONY: help setup build demo test check fix bench clean-demo

help:
	@echo "make demo    build, ingest docs/, ask a question (QUESTION=\"…\" for your own)"
	@echo "make test    run all tests"
	@echo "make check   format, lints, tests, documentation: what a change must pass"
	@echo "make bench   measure; see docs/benchmarks.md"
	@echo "make setup   only fetch ONNX Runtime and the embedding model"

setup:
	@$(PYTHON) config/setup.py

build: setup
	@$(CARGO) build --package ragstone

demo: build
	@$(RAGSTONE) --data-dir $(DEMO_DATA) ingest docs --prune
	@echo
	@echo "> $(QUESTION)"
	@echo
	@$(RAGSTONE) --data-dir $(DEMO_DATA) ask "$(QUESTION)"

test: setup
	$(CARGO) $(TEST) --workspace
	$(CARGO) test --workspace --doc --quiet

check: setup
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets -- --deny warnings
	RUSTDOCFLAGS="--deny warnings" $(CARGO) doc --workspace --no-deps --quiet
	$(MAKE) test

fix:
	$(CARGO) fmt --all
	$(CARGO) clippy --workspace --all-targets --fix --allow-dirty --allow-staged

bench: setup
	$(PYTHON) tests/bench/run.py

clean-demo:
	rm -rf $(DEMO_DATA)
