#!/usr/bin/env bash
# Writes generated code and reference pages anew; with --check, fails when that changes anything.
set -euo pipefail
cd "$(dirname "$0")/../.."
mkdir -p build/bin
if [ ! -x build/bin/protoc-gen-go ]; then
  GOBIN="$PWD/build/bin" GOFLAGS= go install google.golang.org/protobuf/cmd/protoc-gen-go@v1.36.12
fi
build/venv/bin/python -c 'import grpc_tools' 2>/dev/null ||
  build/venv/bin/pip install -q grpcio-tools==1.76.0
for proto in core/plan/planpb/plan.proto core/connector/pulsar/pulsarpb/pulsar.proto; do
  PATH="$PWD/build/bin:$PATH" build/venv/bin/python -m grpc_tools.protoc -I "${proto%/*}" \
    --go_out="${proto%/*}" --go_opt=paths=source_relative "${proto##*/}"
done
go generate ./core/...
if [ "${1:-}" = --check ]; then
  git diff --exit-code -- core docs/reference
fi
