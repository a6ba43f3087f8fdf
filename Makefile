# ps-stream's commands. Everything is built in one profile into ./target, so wasmtime and librdkafka are compiled once.

export CARGO_TARGET_DIR := $(CURDIR)/target
KAFKA := target/kafka/libs/.complete
# What makes modules of other languages, for the tests: pinned beside the example of each.
PYTHON := target/languages/python/.complete
JAVASCRIPT := target/languages/javascript/.complete
GO := target/languages/go/.complete

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo test faults bench broken build docs lint deny setup setup-lint setup-test kafka languages

help: ## Lists these commands.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: build ## Runs all of ps-stream in one process on sample messages; ARGS=--once ends after them.
	@target/release/ps-stream demo $(ARGS)

test: setup-test $(KAFKA) languages ## Runs every test, against an Apache Kafka it starts; ARGS are passed to cargo test.
	RUST_TEST_THREADS=$${RUST_TEST_THREADS:-6} cargo test --release --workspace $(ARGS)

faults: setup-test $(KAFKA) broken ## Kills collectors, parsers and brokers for minutes and judges what is left (docs/faults.md).
	PSSTREAM_FUZZ_SECONDS=$${PSSTREAM_FUZZ_SECONDS:-60} cargo test --release -p ps-stream-sdk --test properties
	PSSTREAM_FUZZ_SECONDS=$${PSSTREAM_FUZZ_SECONDS:-60} cargo test --release -p ps-stream --test proof -- unruly
	PSSTREAM_FAULTS_SECONDS=$${PSSTREAM_FAULTS_SECONDS:-180} cargo test --release -p ps-stream --test faults -- --include-ignored --nocapture --test-threads=1 $(ARGS)

bench: setup-test $(KAFKA) languages broken ## Measures what the README claims of speed, side by side (docs/speed.md).
	cargo test --release -p ps-stream --test bench -- $(ARGS)

# The program with its promises switched off one by one: to show that they are missed, and what they cost.
broken: setup
	cargo build --release -p ps-stream --features break-promises
	cp target/release/ps-stream target/release/ps-stream-broken

build: setup ## Leaves the binary in target/release/ps-stream.
	cargo build --release -p ps-stream

docs: build ## Writes what is generated of the program's own words: docs/options.md, the schema of its configuration file.
	target/release/ps-stream options > docs/options.md
	target/release/ps-stream config schema > docs/operating/ps-stream.schema.json

lint: setup-lint ## Checks formatting, and clippy without a single warning.
	cargo fmt --all --check
	cargo clippy --release --workspace --all-targets -- -D warnings

deny: ## Checks licences and advisories of all dependencies with cargo-deny, which takes minutes to install.
	@cargo deny --version >/dev/null 2>&1 || cargo install --locked cargo-deny
	cargo deny check

setup: ## Installs what is missing to build, the compiler for WebAssembly included.
	@.ci/setup build

setup-lint:
	@.ci/setup lint

setup-test:
	@.ci/setup test

kafka: setup-test $(KAFKA) ## Brings the Apache Kafka of the tests to target/kafka/libs.

$(KAFKA): tests/kafka/pom.xml | setup-test
	@echo "bringing Apache Kafka to target/kafka/libs"
	@rm -rf target/kafka/libs
	@mvn -B -q -Dstyle.color=never -f tests/kafka/pom.xml dependency:copy-dependencies
	@touch $@

languages: $(PYTHON) $(JAVASCRIPT) $(GO) ## Brings the tools of the examples in other languages to target/languages.

$(PYTHON): transforms/examples/project-in-python/requirements.txt | setup-test
	@echo "bringing componentize-py to target/languages/python"
	@rm -rf target/languages/python
	@python3 -m venv target/languages/python
	@target/languages/python/bin/pip install -q --disable-pip-version-check -r $<
	@touch $@

$(JAVASCRIPT): transforms/examples/project-in-javascript/package-lock.json | setup-test
	@echo "bringing componentize-qjs to target/languages/javascript"
	@rm -rf target/languages/javascript
	@mkdir -p target/languages/javascript
	@cp $(dir $<)package.json $< target/languages/javascript/
	@npm ci --prefix target/languages/javascript --silent --no-audit --no-fund
	@touch $@

# Go itself is on the machine; this is what the bindings need.
$(GO): transforms/examples/project-in-go/go.sum | setup-test
	@echo "bringing what modules in Go need to Go's own cache"
	@cd $(dir $<) && go mod download
	@mkdir -p $(dir $@)
	@touch $@
