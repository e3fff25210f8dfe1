#!/usr/bin/env python3
"""Compare headrace with the floor and with its peers, on the same work, in one run.

usage: run.py [--case GLOB] [--engine NAME,…] [--rounds N] [--no-install]

Each engine lives in a virtual environment of its own below build/bench. A case is a file
cases/CASE.ENGINE.py that does the work once and prints one JSON line {"rows": n, "seconds": s} (start-up
and warming up excluded, unless the case measures them). Rounds alternate between the engines; the
table shows medians and the ratio to the case's floor. Results are kept as JSON in tests/bench/results."""

from __future__ import annotations

import argparse
import fnmatch
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
ENVS = ROOT / "build" / "bench"
PEERS = {
    "pyflink": ["apache-flink==2.3.0", "setuptools<81"],
    "pyspark": ["pyspark==4.0.1", "pandas", "pyarrow"],
    "bytewax": ["bytewax"],
    "duckdb": ["duckdb", "pyarrow", "numpy"],
    "polars": ["polars", "numpy", "pyarrow"],
}
# Those that work in processes of their own, whose CPU time a case does not see.
PEERS_PROCESSES = {"pyflink", "pyflink-thread", "pyspark"}
SECONDS_MAX = 300  # of one run
LONG = {"tpch_sql": 1800}  # of cases that are many jobs
# Engines that run in another engine's environment.
SHARED = {"pyflink-thread": "pyflink", "numpy": "headrace", "loop": "headrace",
          "headrace-one": "headrace", "headrace-thread": "headrace", "streaming": "headrace",
          "batch": "headrace"}


def python_of(engine: str, install: bool) -> str | None:
    """The interpreter of an engine's environment, made on first use; None when it cannot be."""
    engine = SHARED.get(engine, engine)
    if engine == "headrace":
        return os.environ.get("HEADRACE_PYTHON", sys.executable)
    env = ENVS / engine
    python = env / "bin" / "python"
    if (env / "ready").exists():
        return str(python)
    if not install:
        return None
    subprocess.run([sys.executable, "-m", "venv", str(env)], check=True)
    done = subprocess.run([str(python), "-m", "pip", "install", "-q", *PEERS[engine]])
    if done.returncode:
        print(f"{engine}: could not be installed, left out", file=sys.stderr)
        return None
    (env / "ready").touch()
    return str(python)


def floor_binary() -> str:
    """The C program that measures bare vectorcalls, built for the interpreter that runs headrace."""
    out = ENVS / "floor.so"
    source = HERE / "floor.c"
    if not out.exists() or out.stat().st_mtime < source.stat().st_mtime:
        import sysconfig

        out.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            ["cc", "-O2", "-shared", "-fPIC", "-I", sysconfig.get_paths()["include"],
             str(source), "-o", str(out)],
            check=True,
        )
    return str(out)


def measure(script: Path, python: str, engine: str) -> dict[str, float]:
    env = dict(os.environ, BENCH_ENGINE=engine, BENCH_ROOT=str(ROOT), TZ="UTC")
    env["PATH"] = str(Path(python).parent) + os.pathsep + env.get("PATH", "")
    if engine == "loop":
        env["BENCH_FLOOR"] = floor_binary()
    start = time.perf_counter()
    done = subprocess.run(
        [python, str(script)], env=env, capture_output=True, text=True,
        timeout=LONG.get(script.name.split(".")[0], SECONDS_MAX)
    )
    wall = time.perf_counter() - start
    if done.returncode:
        raise RuntimeError(f"{script.name} failed:\n{done.stderr[-2000:]}")
    result: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    result["wall"] = wall
    result.setdefault("seconds", wall)
    return result


def run_case(name: str, engines: list[str], rounds: int, install: bool) -> list[dict[str, object]]:
    scripts = {e: HERE / "cases" / f"{name}.{e}.py" for e in engines}
    runs: dict[str, list[dict[str, float]]] = {}
    failures: dict[str, str] = {}
    for i in range(rounds):
        for engine, script in list(scripts.items()):
            if engine == "pyflink-thread":  # the same script, other settings
                script = HERE / "cases" / f"{name}.pyflink.py"
            python = python_of(engine, install) if script.exists() else None
            if python is None or (i and engine not in runs):
                continue
            try:
                runs.setdefault(engine, []).append(measure(script, python, engine))
            except (RuntimeError, subprocess.TimeoutExpired) as e:
                print(f"{name} {engine}: could not be run: {e}", file=sys.stderr)
                failures[engine] = str(e).strip().splitlines()[-1][:300]
                del scripts[engine]
                runs.pop(engine, None)
    rows = report(name, runs)
    return rows + [{"case": name, "engine": e, "failed": why} for e, why in failures.items()]


def report(name: str, runs: dict[str, list[dict[str, float]]]) -> list[dict[str, object]]:
    rows = []
    per_row, cpu = ({e: median(rs, of) for e, rs in runs.items()} for of in ("seconds", "cpu"))
    base = per_row.get("headrace")
    for engine, ns in sorted(per_row.items(), key=lambda kv: kv[1]):
        row: dict[str, object] = {
            "case": name, "engine": engine, "ns_per_row": round(ns, 2),
            "rows_per_second": round(1e9 / ns), "cpu_ns_per_row": round(cpu[engine], 2),
            "headrace_over_this": None,
            "rss_mb": max((r.get("rss_mb", 0) for r in runs[engine]), default=0),
            "rounds": len(runs[engine]),
        }
        if base:
            row["headrace_over_this"] = round(base / ns, 3)
            if cpu[engine] and cpu["headrace"] and PEERS_PROCESSES.isdisjoint({engine}):
                row["headrace_cpu_over_this"] = round(cpu["headrace"] / cpu[engine], 3)
        rows.append(row)
        ratio = f"{base / ns:8.3f}" if base else "       -"
        of_cpu = row.get("headrace_cpu_over_this")
        print(f"{name:16} {engine:14} {ns:12.1f} ns/row {1e9 / ns:13,.0f} rows/s "
              f"{row['rss_mb']:6.0f} MB  headrace takes {ratio} x this"
              + (f", {of_cpu:.3f} x its CPU" if of_cpu else ""), flush=True)
    return rows


def median(runs: list[dict[str, float]], of: str) -> float:
    """Nanoseconds a row; 0 where a case does not tell (CPU of the processes that it starts)."""
    return statistics.median(r.get(of, 0) / r["rows"] for r in runs) * 1e9


def main() -> None:
    p = argparse.ArgumentParser()
    p.add_argument("--case", default="*")
    p.add_argument("--engine", default="loop,numpy,headrace,headrace-one,headrace-thread,batch,streaming,duckdb,polars,"
                                       "bytewax,pyspark,pyflink-thread,pyflink")
    p.add_argument("--rounds", type=int, default=3)
    p.add_argument("--no-install", action="store_true")
    a = p.parse_args()
    names = sorted({f.name.split(".")[0] for f in (HERE / "cases").glob("*.*.py")})
    rows = []
    for name in names:
        if any(fnmatch.fnmatch(name, g) for g in a.case.split(",")):
            rows += run_case(name, a.engine.split(","), a.rounds, not a.no_install)
    results = HERE / "results"
    results.mkdir(exist_ok=True)
    out = results / time.strftime("%Y%m%d-%H%M%S.json")
    out.write_text(json.dumps({"machine": platform.platform(), "cores": os.cpu_count(),
                               "python": platform.python_version(), "results": rows}, indent=1))
    print(f"kept in {out.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
