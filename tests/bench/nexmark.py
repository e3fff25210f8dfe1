#!/usr/bin/env python3
"""Nexmark: headrace against Flink, query by query, both reading the same files.

usage: nexmark.py [--events N] [--queries q0,q1,…] [--engines headrace,pyflink] [--parallelism N]

The events are generated once into build/bench/nexmark-N. Each engine runs the queries one after
the other in one process, into a blackhole, at its best settings (mini-batch; object reuse in
Flink); a query's time is from its submission to its end, after a first query that warms the engine
up. The table shows seconds, the ratio, and the geometric mean of the ratios. Left out: q6, which
Flink refuses; q10, which is q0 into files; q12, whose windows are of processing time; q13 (Flink
has no lookup in files)."""

from __future__ import annotations

import argparse
import importlib
import json
import math
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(HERE.parent / "nexmark"))

import nexmark  # noqa: E402

LEFT_OUT = {"q6", "q10", "q12", "q13"}
RATE = 10_000
SETTINGS = {
    "table.local-time-zone": "UTC",
    "table.exec.mini-batch.enabled": "true",
    "table.exec.mini-batch.allow-latency": "2 s",
    "table.exec.mini-batch.size": "50000",
    "table.optimizer.distinct-agg.split.enabled": "false",
    "pipeline.object-reuse": "true",
    "python.fn-execution.bundle.size": "100000",
}


def environment(base: str, parallelism: int) -> Any:
    table = importlib.import_module(base + ".table")
    udf = importlib.import_module(base + ".table.udf").udf
    env = table.TableEnvironment.create(table.EnvironmentSettings.in_streaming_mode())
    for key, value in SETTINGS.items():
        if base == "pyflink" or key.startswith("table."):
            env.get_config().set(key, value)
    env.get_config().set("parallelism.default", str(parallelism))
    count_char = udf(nexmark.count_char, result_type=table.DataTypes.BIGINT())
    env.create_temporary_function("count_char", count_char)
    return env


def work(base: str, directory: Path, queries: list[str], parallelism: int) -> None:
    """Runs the queries in this process; prints a JSON line for each."""
    env = environment(base, parallelism)
    nexmark.tables(env, directory)
    for i, name in enumerate(["q2", *queries]):
        start = time.perf_counter()
        env.execute_sql(f"CREATE TABLE sink_{i} WITH ('connector' = 'blackhole') AS "
                        f"{nexmark.query(name)}").wait()
        if i > 0:
            print(json.dumps({"query": name, "seconds": time.perf_counter() - start}), flush=True)


def measure(engine: str, python: str, directory: Path, a: argparse.Namespace) -> dict[str, float]:
    """Seconds by query."""
    env = dict(os.environ, TZ="UTC")
    env["PATH"] = str(Path(python).parent) + os.pathsep + env.get("PATH", "")
    done = subprocess.run(
        [python, __file__, "--work", engine, "--directory", str(directory), "--queries", a.queries,
         "--parallelism", str(a.parallelism)],
        env=env, stdout=subprocess.PIPE, text=True,
    )
    if done.returncode:
        print(f"{engine} ended with {done.returncode}", file=sys.stderr)
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    return {line["query"]: line["seconds"] for line in lines}


def events(n: int) -> Path:
    """The directory with the files of n events, made on first use."""
    directory = ROOT / "build" / "bench" / f"nexmark-{n}"
    if not (directory / "side_input.csv").exists():
        directory.mkdir(parents=True, exist_ok=True)
        nexmark.generate(environment("headrace", 1), directory, n, RATE)
    return directory


def report(seconds: dict[str, dict[str, float]], events: int) -> None:
    ours, theirs = seconds.get("headrace", {}), seconds.get("pyflink", {})
    ratios = []
    print(f"{'query':8} {'headrace s':>12} {'flink s':>12} {'ratio':>8} {'events/s':>14}")
    for name in ours:
        line = f"{name:8} {ours[name]:12.2f}"
        if name in theirs:
            ratios.append(theirs[name] / ours[name])
            line += f" {theirs[name]:12.2f} {ratios[-1]:8.1f}"
        else:
            line += f" {'-':>12} {'-':>8}"
        print(f"{line} {events / ours[name]:14,.0f}")
    if ratios:
        mean = math.exp(sum(map(math.log, ratios)) / len(ratios))
        print(f"geometric mean {mean:.1f}, least {min(ratios):.1f}")


def main() -> None:
    p = argparse.ArgumentParser()
    p.add_argument("--events", type=int, default=1_000_000)
    p.add_argument("--queries", default=",".join(q for q in nexmark.QUERIES if q not in LEFT_OUT))
    p.add_argument("--engines", default="headrace,pyflink")
    p.add_argument("--parallelism", type=int, default=1)
    p.add_argument("--work", help="(for itself)")
    p.add_argument("--directory", type=Path, help="(for itself)")
    a = p.parse_args()
    if a.work:
        work(a.work, a.directory, a.queries.split(","), a.parallelism)
        return
    directory = events(a.events)
    peer = ROOT / "build" / "bench" / "pyflink"
    pythons = {"headrace": sys.executable, "pyflink": str(peer / "bin" / "python")}
    seconds = {}
    for engine in a.engines.split(","):
        if engine == "pyflink" and not (peer / "ready").exists():
            print("pyflink is not installed (run.py --case scalar_int does it): left out")
            continue
        seconds[engine] = measure(engine, pythons[engine], directory, a)
    report(seconds, a.events)


if __name__ == "__main__":
    main()
