#!/usr/bin/env python3
"""Run the recorded Flink cases and fail when a case fails that is not listed as known.

usage: run.py [datastream|sql …] [--process] [--sample]

--process has Python functions run in worker processes; --sample runs a few cases of every kind
that have any.

known_failures.txt lists, a line each, `suite mode/case  reason`; a listed case that passes is an
error too, so that the list only shrinks."""

from __future__ import annotations

import fnmatch
import re
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent

SAMPLE = {
    "datastream": "async_ordered,basic_open_close,batch_key_by_key,broadcast_state_rules,"
    "connect_keyed_comap_state,err_map_lambda,keyed_reduce_class,part_key_affinity,"
    "recovery_timers_survive,side_output_process,sink_print_formats,state_value_list_map,"
    "table_roundtrip_map,timer_registers_timer,types_basic,win_session_aggregate",
    "sql": "*ud*f_*",
}


def run(suite: str, out: Path, process: bool, cases: str) -> set[str]:
    """Runs a suite and returns the failed cases as "mode/case"."""
    folder = HERE / suite
    runner = [sys.executable, "runner.py", "--engine", "headrace", "--out", str(out)]
    runner += ["--case", cases]
    if process:
        runner += ["--conf", "python.execution-mode=process"]
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
    return {case for case in failures(suite, compare.stdout) if chosen(case, cases)}


def chosen(case: str, cases: str) -> bool:
    """Whether the patterns choose a case "mode/case"."""
    return any(fnmatch.fnmatch(case.partition("/")[2], c) for c in cases.split(","))


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
            cases = SAMPLE[suite] if "--sample" in sys.argv else "*"
            failed = run(suite, Path(tmp), "--process" in sys.argv, cases)
            listed = {case for case in known(suite) if chosen(case, cases)}
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
