"""A streaming program from its start to its end: undisturbed, or interrupted in the middle."""

from __future__ import annotations

import itertools
import random
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import engines
import feeds
import functions
from feeds import RUNS, Change, Run

from headrace.common import Configuration
from headrace.table import EnvironmentSettings, TableEnvironment

SECONDS_MAX = 120
NUMBERS = itertools.count()
KINDS = {**engines.SQL, feeds.TIME: "TIMESTAMP(3)"}


@dataclass
class Program:
    """An INSERT: the query, how its columns are declared and, of an upsert sink, its key."""

    query: str
    columns: list[str]  # types
    key: list[int] | None = None
    mode: str = "all"
    duck: str | None = None
    settings: dict[str, str] = field(default_factory=dict)

    def answer(self, run: Run) -> engines.Answer:
        key = self.key if self.mode == "upsert" else None
        changes = [(kind, engines.plain(plain(row))) for kind, row in run.changes()]
        return feeds.fold(changes, key)


def plain(row: tuple[object, ...]) -> tuple[object, ...]:
    """Maps and lists as tuples."""
    return tuple(
        tuple(sorted(v.items(), key=repr)) if isinstance(v, dict)
        else tuple(v) if isinstance(v, list) else v
        for v in row
    )  # fmt: skip


def environment(name: str, program: Program, settings: dict[str, str]) -> TableEnvironment:
    config = Configuration()
    for key, value in {**program.settings, **settings}.items():
        config.set_string(key, value)
    builder = EnvironmentSettings.new_instance().with_configuration(config)
    t_env = TableEnvironment.create(builder.in_streaming_mode().build())
    functions.register(t_env)
    for table, columns in feeds.COLUMNS.items():
        fields = [f"{c} {KINDS[k]}" for c, k in columns]
        if table in feeds.DELAY:
            fields.append(f"WATERMARK FOR ts AS ts - INTERVAL '{feeds.DELAY[table]}' SECOND")
        if table in feeds.KEYS:
            fields.append(f"PRIMARY KEY ({feeds.KEYS[table]}) NOT ENFORCED")
        t_env.execute_sql(
            f"CREATE TABLE {table} ({', '.join(fields)}) WITH ('connector' = 'python', "
            f"'python.class' = 'feeds:Feed', 'python.args.run' = '{name}', "
            f"'python.args.table' = '{table}', "
            f"'python.changelog-mode' = '{feeds.MODES.get(table, 'insert')}')"
        )
    fields = [f"c{i} {kind}" for i, kind in enumerate(program.columns)]
    if program.key is not None:
        fields.append(f"PRIMARY KEY ({', '.join(f'c{i}' for i in program.key)}) NOT ENFORCED")
    t_env.execute_sql(
        f"CREATE TABLE answers ({', '.join(fields)}) WITH ('connector' = 'python', "
        f"'python.class' = 'feeds:Changes', 'python.args.run' = '{name}', "
        f"'python.changelog-mode' = '{program.mode}')"
    )
    return t_env


def undisturbed(
    program: Program, data: dict[str, list[Change]], settings: dict[str, str]
) -> engines.Answer:
    """What the program gives when nothing happens."""
    name = f"run{next(NUMBERS)}"
    run = RUNS[name] = Run(data)
    t_env = environment(name, program, settings)
    try:
        _insert(t_env, program).wait()
        return program.answer(run)
    finally:
        t_env.close()
        del RUNS[name]


def _insert(t_env: TableEnvironment, program: Program, plan: Path | None = None) -> Any:
    """Starts the program, by its plan file if it has one, which the first to come writes."""
    insert = f"INSERT INTO answers {program.query}"
    if plan is None:
        return t_env.execute_sql(insert)
    t_env.execute_sql(f"COMPILE PLAN '{plan}' IF NOT EXISTS FOR {insert}")
    return t_env.execute_sql(f"EXECUTE PLAN '{plan}'")


def restored(
    program: Program, data: dict[str, list[Change]], gates: dict[str, int], folder: Path,
    before: dict[str, str], after: dict[str, str], slow: bool = False, planned: bool = False,
) -> engines.Answer:  # fmt: skip
    """Stopped with a savepoint at the gates, and restored with other settings; planned: both are
    started by the same plan file."""
    folder.mkdir(parents=True, exist_ok=True)
    plan = folder / "program.plan" if planned else None
    name = f"run{next(NUMBERS)}"
    run = RUNS[name] = Run(data, slow=slow, gates=gates)
    try:
        # Subtasks without a split have finished: with checkpoints on they take part.
        t_env = environment(
            name,
            program,
            {
                **before,
                "execution.checkpointing.interval": "1 h",
                "execution.checkpointing.dir": str(folder),
            },
        )
        result = _insert(t_env, program, plan)
        client = result.get_job_client()
        if not _until(run.stands, client):
            return program.answer(run)
        time.sleep(0.005)  # rows on their way may come through, or be part of the savepoint
        path = client.stop_with_savepoint(False, str(folder)).result()
        t_env.close()
        run.gates = {}
        t_env = environment(name, program, {**after, "execution.state-recovery.path": path})
        _insert(t_env, program, plan).wait()
        t_env.close()
        shutil.rmtree(folder, ignore_errors=True)
        return program.answer(run)
    finally:
        del RUNS[name]


def _until(condition: Callable[[], bool], client: Any) -> bool:
    """Waits; False when the job has ended, as one does that reads nothing."""
    deadline = time.monotonic() + SECONDS_MAX
    while not condition():
        if client.get_job_status().result().is_terminal_state():
            client.get_job_execution_result().result()
            return False
        assert time.monotonic() < deadline, "the sources did not come to their gates"
        time.sleep(0.001)
    return True


def failed(
    program: Program, data: dict[str, list[Change]], gates: dict[str, int], folder: Path,
    before: dict[str, str], after: dict[str, str] | None, slow: bool = False,
) -> engines.Answer:  # fmt: skip
    """A source fails behind a checkpoint: the job starts again by itself (after is None), or
    ends and is started with other settings from its newest checkpoint."""
    name = f"run{next(NUMBERS)}"
    run = RUNS[name] = Run(data, str(folder), fails=True, slow=slow, gates=gates)
    keeps = "execution.checkpointing.externalized-checkpoint-retention"
    settings = {
        **before,
        "execution.checkpointing.interval": "5 ms",
        "execution.checkpointing.dir": str(folder),
        keeps: "RETAIN_ON_CANCELLATION",
        "restart-strategy.type": "none" if after is not None else "fixed-delay",
    }
    if after is None:
        settings |= {
            "restart-strategy.fixed-delay.attempts": "1",
            "restart-strategy.fixed-delay.delay": "1 ms",
        }
    try:
        t_env = environment(name, program, settings)
        result = _insert(t_env, program)
        if after is None:
            result.wait()
        elif _ends_by_itself(result):
            assert not run.at_gate, "the failure was not reached"
        else:
            t_env.close()
            path = feeds.newest_path(str(folder))
            t_env = environment(name, program, {**after, "execution.state-recovery.path": path})
            _insert(t_env, program).wait()
        t_env.close()
        assert not (run.gates and run.at_gate), "the failure was not reached"
        shutil.rmtree(folder, ignore_errors=True)
        return program.answer(run)
    finally:
        del RUNS[name]


def _ends_by_itself(result: Any) -> bool:
    try:
        result.wait()
    except Exception as error:
        if "fails once" not in str(error):
            raise
        return False
    return True


def random_settings(rng: random.Random) -> dict[str, str]:
    """What may differ on the two sides of a restore."""
    return {
        "parallelism.default": str(rng.choice((1, 2, 3, 3))),
        "headrace.batch.rows": str(rng.choice((1, 7, 100, 1024))),
        "state.backend.type": rng.choice(("hashmap", "rocksdb")),
        "state.changelog.enabled": rng.choice(("false", "false", "true")),
        "execution.checkpointing.unaligned.enabled": rng.choice(("false", "true")),
        "execution.checkpointing.incremental": rng.choice(("false", "true")),
    }


def random_plan_settings(rng: random.Random) -> dict[str, str]:
    """What the plan depends on, so that it stays as it is over a restore."""
    settings = {"pipeline.max-parallelism": str(rng.choice((3, 128)))}
    if rng.random() < 0.5:
        settings |= {
            "table.exec.mini-batch.enabled": "true",
            "table.exec.mini-batch.allow-latency": rng.choice(("10 ms", "10 s")),
            "table.exec.mini-batch.size": str(rng.choice((2, 7, 100))),
            "table.optimizer.agg-phase-strategy": rng.choice(("TWO_PHASE", "ONE_PHASE", "AUTO")),
            "table.optimizer.distinct-agg.split.enabled": rng.choice(("true", "false")),
        }
    return settings


def random_gates(rng: random.Random, data: dict[str, list[Change]]) -> dict[str, int]:
    """Where each table stands still."""
    return {table: rng.randint(0, len(changes)) for table, changes in data.items()}
