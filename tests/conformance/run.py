#!/usr/bin/env python3
"""Run the recorded Flink cases and fail when a case fails that is not listed as known.

usage: run.py [datastream|sql …] [--jobs N]

known_failures.txt lists, a line each, `suite mode/case  reason`; a listed case that passes is an
error too, so that the list only shrinks."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent


def run(suite: str, out: Path) -> set[str]:
    """Runs a suite and returns the failed cases as "mode/case"."""
    folder = HERE / suite
    runner = [sys.executable, "runner.py", "--engine", "headrace", "--out", str(out)]
    if suite == "sql":
        runner.append("--messages")
    done = subprocess.run(runner, cwd=folder, capture_output=True, text=True, timeout=1500)
    compare = subprocess.run(
        [sys.executable, "compare.py", "expected", str(out)],
        cwd=folder, capture_output=True, text=True, timeout=300,
    )
    print(compare.stdout[-6000:])
    totals = re.findall(r"(\d+) passed, (\d+) failed", compare.stdout)
    if not totals:
        print(done.stdout[-3000:], done.stderr[-3000:], compare.stderr[-3000:])
        raise SystemExit(f"{suite}: the comparer gave no totals")
    return failures(suite, compare.stdout)


def failures(suite: str, text: str) -> set[str]:
    found = set()
    for line in text.splitlines():
        m = re.match(r"FAIL (\w+)/(\w+)", line) or re.match(r"FAIL\s+(\w+)\.(\w+)", line)
        if m:
            a, b = m.groups()
            found.add(f"{a}/{b}" if a in ("streaming", "batch") else f"{b}/{a}")
    return found


def known(suite: str) -> set[str]:
    out = set()
    for line in (HERE / "known_failures.txt").read_text().splitlines():
        words = line.split("#")[0].split()
        if len(words) >= 2 and words[0] == suite:
            out.add(words[1])
    return out


def main() -> None:
    suites = [a for a in sys.argv[1:] if a in ("datastream", "sql")] or ["datastream", "sql"]
    bad = 0
    for suite in suites:
        with tempfile.TemporaryDirectory(prefix="headrace-conformance-") as tmp:
            failed, listed = run(suite, Path(tmp)), known(suite)
        for case in sorted(failed - listed):
            print(f"{suite} {case}: failed, and is not in known_failures.txt")
        for case in sorted(listed - failed):
            print(f"{suite} {case}: passes now: take it out of known_failures.txt")
        bad += len(failed - listed) + len(listed - failed)
    print(f"conformance: {bad} surprises")
    if bad:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
