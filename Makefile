# What people and CI run. `make demo` and `make test` are all that a newcomer needs.

PYTHON ?= python3
CARGO ?= cargo
# One profile for all of these: the dependencies are built once.
RAGSTONE = $(CARGO) run --quiet --package ragstone --
DEMO_DATA = .ragstone/demo
QUESTION ?= What happens if the power fails during an ingest?

# The tests' runner if it is there, else cargo's own.
TEST = $(shell $(CARGO) nextest --version >/dev/null 2>&1 && echo "nextest run" || echo "test")

# Document libraries are the worker's alone: it is built by itself, so that nothing else waits for them.
WORKER = --package ragstone-extract
REST = --workspace --exclude ragstone-extract

.PHONY: help setup build worker demo test check fix bench clean-demo

help:
	@echo "make demo    build, ingest docs/, ask a question (QUESTION=\"…\" for your own)"
	@echo "make test    run all tests"
	@echo "make check   format, lints, tests, documentation: what a change must pass"
	@echo "make bench   measure; see docs/benchmarks.md"
	@echo "make worker  build ragstone-extract, which reads PDF, office documents, e-mail and archives"
	@echo "make setup   only fetch ONNX Runtime, PDFium and the embedding model"

setup:
	@$(PYTHON) config/setup.py

build: setup
	@$(CARGO) build --package ragstone

worker: setup
	@$(CARGO) build $(WORKER)

demo: build
	@$(RAGSTONE) --data-dir $(DEMO_DATA) ingest docs --prune
	@echo
	@echo "> $(QUESTION)"
	@echo
	@$(RAGSTONE) --data-dir $(DEMO_DATA) ask "$(QUESTION)"

test: worker
	$(CARGO) $(TEST) $(WORKER)
	$(CARGO) $(TEST) $(REST)
	$(CARGO) test $(REST) --doc --quiet

check: setup
	$(CARGO) fmt --all --check
	$(CARGO) clippy $(WORKER) --all-targets -- --deny warnings
	$(CARGO) clippy $(REST) --all-targets -- --deny warnings
	RUSTDOCFLAGS="--deny warnings" $(CARGO) doc $(WORKER) --no-deps --quiet
	RUSTDOCFLAGS="--deny warnings" $(CARGO) doc $(REST) --no-deps --quiet
	$(MAKE) test

fix:
	$(CARGO) fmt --all
	$(CARGO) clippy $(WORKER) --all-targets --fix --allow-dirty --allow-staged
	$(CARGO) clippy $(REST) --all-targets --fix --allow-dirty --allow-staged

bench: worker
	$(PYTHON) tests/bench/run.py

clean-demo:
	rm -rf $(DEMO_DATA)
