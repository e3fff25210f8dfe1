#!/bin/sh
# Long runs of what make test runs briefly: kills of real processes, random settings, recorded cases
# in worker processes, seeds. What fails prints the seed that replays it.
set -eu
python=${HEADRACE_PYTHON:?run it with make stress}
EO_KILLS=${EO_KILLS:-150} "$python" -m pytest -q tests/exactlyonce
"$python" -c 'import confluent_kafka' 2>/dev/null || "$python" -m pip install -q confluent-kafka
EO_KAFKA_KILLS=${EO_KAFKA_KILLS:-50} EO_KAFKA_BROKER_KILLS=${EO_KAFKA_BROKER_KILLS:-10} \
  "$python" -m pytest -q tests/connectors
"$python" -c 'import pulsar' 2>/dev/null || "$python" -m pip install -q pulsar-client
"$python" -m pytest -q tests/stress/pulsar
go test -tags services ./core/connector/pulsar -run Server
"$python" -m pytest -q tests/connectors/stress_kinesis.py
MATRIX=all "$python" -m pytest -q tests/python/engine/test_matrix.py
PYFLINK_SEEDS=${PYFLINK_SEEDS:-20} "$python" -m pytest -q -rs tests/pyflink
RANDOM_SQL_QUERIES=${RANDOM_SQL_QUERIES:-2000} RESTORE_PROGRAMS=${RESTORE_PROGRAMS:-2000} \
  RESTORE_SEED=${RESTORE_SEED:-$(date +%s)} "$python" -m pytest -q tests/randomsql
META_RUNS=${META_RUNS:-60} "$python" -m pytest -q tests/metamorphic
"$python" tests/conformance/run.py --process
go test ./core/session -run Mangled -mangled 100000 -mangled-seed "$(date +%s)" -timeout 30m
go test -tags invariants ./tests/sim -run Crashes -seeds "${SIM_SEEDS:-20000}" -timeout 60m
go test -tags 'invariants stress' ./core/connector/cassandra -timeout 20m
