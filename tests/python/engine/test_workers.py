"""Functions in worker processes: what must not differ from threads, and what only they can do."""

from __future__ import annotations

import glob
import logging
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from headrace.common import Types, WatermarkStrategy
from headrace.datastream import KeyedProcessFunction, StreamExecutionEnvironment
from headrace.datastream.connectors.number_seq import NumberSequenceSource
from headrace.datastream.state import ListStateDescriptor, ValueStateDescriptor
from headrace.table import (
    AggregateFunction,
    DataTypes,
    EnvironmentSettings,
    TableEnvironment,
    TableFunction,
)
from headrace.table.udf import udaf, udf, udtf
from headrace.util.exceptions import JobFailedError

MakeEnv = Callable[..., StreamExecutionEnvironment]

RETENTION = "execution.checkpointing.externalized-checkpoint-retention"
BATCHES = {"headrace.batch.rows": "40"}  # so that barriers come between
PROCESS = {"python.execution-mode": "process"}


class Strange(Exception):
    """Its constructor does not take what it keeps as args."""

    def __init__(self, code: int, where: str) -> None:
        super().__init__(f"{code} at {where}")
        self.code = code


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "it never came to be"
        time.sleep(0.01)


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_one_worker_a_subtask(make_env: MakeEnv, parallelism: int) -> None:
    env = make_env(parallelism, **PROCESS)
    here = os.getpid()
    stream = env.from_collection(list(range(300))).rebalance().map(lambda v: (v, os.getpid()))
    with stream.execute_and_collect() as results:
        found = list(results)
    assert sorted(v for v, _ in found) == list(range(300))
    pids = {pid for _, pid in found}
    assert here not in pids
    assert len(pids) == parallelism
    wait_for(lambda: not any(alive(pid) for pid in pids))


def test_prints_and_logs_arrive(
    make_env: MakeEnv, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    def talk(value: int) -> int:
        print("printed", value)
        print("to stderr", value, file=sys.stderr)
        log = logging.getLogger("a.logger")
        log.info("logged %s", value)
        log.debug("not shown")
        if value == 2:
            print("no end of line", end="")
        return value

    caplog.set_level(logging.INFO, "a.logger")
    list(make_env(1, **PROCESS).from_collection([1, 2]).map(talk).execute_and_collect())
    out = capsys.readouterr()
    assert out.out == "printed 1\nprinted 2\nno end of line"
    assert out.err == "to stderr 1\nto stderr 2\n"
    assert [(r.name, r.levelname, r.getMessage()) for r in caplog.records] == [
        ("a.logger", "INFO", "logged 1"),
        ("a.logger", "INFO", "logged 2"),
    ]


def test_an_exception_arrives_as_itself(make_env: MakeEnv) -> None:
    def fail(value: int) -> int:
        try:
            return 1 // (value - 3)
        except ZeroDivisionError as e:
            raise Strange(value, "the sea") from e

    env = make_env(1, **PROCESS, **{"restart-strategy.type": "none"})
    with pytest.raises(Strange, match="3 at the sea") as caught:
        list(env.from_collection([1, 2, 3]).map(fail).execute_and_collect())
    assert caught.value.code == 3
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    frames = [(os.path.basename(f.path), f.name) for f in caught.traceback]
    assert (os.path.basename(__file__), "fail") in frames
    note = " ".join(map(str, getattr(caught.value, "__notes__", caught.value.args)))
    assert "operator 'Map' failed while processing 3" in note


def test_what_cannot_be_pickled_is_named(make_env: MakeEnv) -> None:
    import threading

    env = make_env(1, **PROCESS, **{"restart-strategy.type": "none"})
    with pytest.raises(TypeError, match=r"cannot pickle '_thread\.lock' object"):
        list(env.from_collection([1]).map(lambda _: threading.Lock()).execute_and_collect())


class Numbered(KeyedProcessFunction):
    """The number of an element among those of its key, and what came before it."""

    def open(self, runtime_context: Any) -> None:
        self.n = runtime_context.get_state(ValueStateDescriptor("n", Types.LONG()))
        self.all = runtime_context.get_list_state(ListStateDescriptor("all", Types.LONG()))

    def process_element(self, value: int, ctx: Any) -> Iterator[tuple[int, int]]:
        self.n.update((self.n.value() or 0) + 1)
        self.all.add(value)
        assert len(list(self.all.get())) == self.n.value()
        yield ctx.get_current_key(), self.n.value()


def end_once(mark: Path, at: int, how: Callable[[], None]) -> Callable[[int], int]:
    """Ends the worker at an element, in one attempt only."""

    def check(value: int) -> int:
        time.sleep(0.001)
        if value == at and not mark.exists():
            mark.touch()
            how()
        return value

    return check


def kill_me() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def segfault() -> None:
    import ctypes

    ctypes.string_at(0)


@pytest.mark.parametrize(
    ("parallelism", "how", "backend"), [(1, kill_me, "rocksdb"), (2, segfault, "hashmap")]
)
def test_a_worker_that_dies_is_started_again(
    make_env: MakeEnv, parallelism: int, tmp_path: Path, how: Callable[[], None], backend: str
) -> None:
    env = make_env(parallelism, **PROCESS, **BATCHES, **{"state.backend.type": backend})
    count, keys = 1200, 7
    stream = env.from_source(
        NumberSequenceSource(0, count - 1), WatermarkStrategy.no_watermarks(), "n", Types.LONG()
    )
    stream = stream.map(end_once(tmp_path / "ended", 800, how), Types.LONG())
    found = stream.key_by(lambda v: v % keys, Types.LONG()).process(Numbered())
    with found.execute_and_collect() as results:
        got = Counter(results)
    assert (tmp_path / "ended").exists()
    sizes = Counter(v % keys for v in range(count))
    assert got == Counter((k, n + 1) for k in range(keys) for n in range(sizes[k]))


def test_without_restarts_a_dead_worker_fails_the_job(make_env: MakeEnv) -> None:
    env = make_env(1, **PROCESS, **{"restart-strategy.type": "none"})
    with pytest.raises(JobFailedError, match=r"worker process .* killed by signal 9"):
        list(env.from_collection([1]).map(lambda _: kill_me()).execute_and_collect())


def checkpoints(folder: Path) -> dict[int, str]:
    """The complete checkpoints below a folder, by number."""
    found = glob.glob(f"{folder}/checkpoints/*/chk-*/_metadata")
    return {int(os.path.dirname(p).rpartition("-")[2]): os.path.dirname(p) for p in found}


@pytest.mark.parametrize(
    ("first", "second", "before", "after"),
    [("thread", "process", 1, 2), ("process", "thread", 3, 2), ("process", "process", 2, 1)],
)
def test_state_moves_between_the_modes(
    make_env: MakeEnv, tmp_path: Path, first: str, second: str, before: int, after: int
) -> None:
    count, keys = 900, 11

    def run(mode: str, parallelism: int, stop: bool, **more: str) -> list[tuple[int, int]]:
        env = make_env(
            parallelism,
            **{"python.execution-mode": mode, "restart-strategy.type": "none"},
            **{"execution.checkpointing.dir": f"file://{tmp_path}/checkpoints"},
            **{RETENTION: "RETAIN_ON_CANCELLATION", **BATCHES},
            **more,
        )

        first = -1

        def check(value: int) -> int:
            nonlocal first
            if stop:  # as soon as three checkpoints have come since the first element
                time.sleep(0.02)
                newest = max(checkpoints(tmp_path), default=0)
                if first < 0:
                    first = newest
                elif newest >= first + 3:
                    raise Strange(value, "half of it")
            return value

        stream = env.from_source(
            NumberSequenceSource(0, count - 1), WatermarkStrategy.no_watermarks(), "n", Types.LONG()
        ).uid("numbers")
        stream = stream.map(check, Types.LONG()).uid("check")
        keyed = stream.key_by(lambda v: v % keys, Types.LONG())
        with keyed.process(Numbered()).uid("count").execute_and_collect() as results:
            return list(results)

    with pytest.raises(Strange):
        run(first, before, stop=True)
    found = checkpoints(tmp_path)
    path = found[max(found)]
    got = run(second, after, stop=False, **{"execution.state-recovery.path": path})
    sizes = Counter(v % keys for v in range(count))
    assert {k: max(n for key, n in got if key == k) for k in sizes} == dict(sizes)
    assert max(Counter(got).values()) == 1
    assert len(got) < count, "it started from the checkpoint"


def test_cancel_ends_a_worker_that_blocks(make_env: MakeEnv, tmp_path: Path) -> None:
    def block(value: int) -> int:
        (tmp_path / "pid").write_text(f"{os.getpid()}\n")
        time.sleep(3600)
        return value

    env = make_env(1, **PROCESS)
    env.from_collection([1]).map(block).print()
    client = env.execute_async()
    wait_for(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text() != "")
    pid = int((tmp_path / "pid").read_text())
    client.cancel().result()
    assert client.get_job_status().result().name == "CANCELED"
    wait_for(lambda: not alive(pid))


def test_workers_end_with_a_killed_job(tmp_path: Path) -> None:
    script = tmp_path / "job.py"
    script.write_text(
        textwrap.dedent(
            """
            import os, time
            from headrace.common import Configuration
            from headrace.datastream import StreamExecutionEnvironment

            def block(value):
                with open(f"pid-{value}.part", "w") as f:
                    f.write(str(os.getpid()))
                os.rename(f"pid-{value}.part", f"pid-{value}")
                time.sleep(3600)

            conf = Configuration()
            conf.set_string("python.execution-mode", "process")
            env = StreamExecutionEnvironment.get_execution_environment(conf)
            env.set_parallelism(2)
            env.from_collection([1, 2]).rebalance().map(block).print()
            env.execute()
            """
        )
    )
    job = subprocess.Popen([sys.executable, script], cwd=tmp_path)
    try:
        wait_for(lambda: all((tmp_path / f"pid-{n}").exists() for n in (1, 2)))
    finally:
        job.kill()
        job.wait()
    for n in (1, 2):
        pid = int((tmp_path / f"pid-{n}").read_text())
        assert pid != job.pid
        wait_for(lambda pid=pid: not alive(pid))  # type: ignore[misc]


def test_classes_of_the_program_are_found(tmp_path: Path) -> None:
    script = tmp_path / "job.py"
    script.write_text(
        textwrap.dedent(
            """
            import enum
            from dataclasses import dataclass
            from headrace.common import Configuration
            from headrace.datastream import StreamExecutionEnvironment

            class Colour(enum.Enum):
                RED = 1
                BLUE = 2

            @dataclass
            class Car:
                colour: Colour
                wheels: int = 4

            print("the program runs")
            conf = Configuration()
            conf.set_string("python.execution-mode", "process")
            env = StreamExecutionEnvironment.get_execution_environment(conf)
            env.set_parallelism(2)
            cars = env.from_collection([Car(Colour.RED), Car(Colour.BLUE, 3), Car(Colour.RED, 5)])
            found = cars.filter(lambda c: True).key_by(lambda c: c.colour).reduce(
                lambda a, b: Car(a.colour, a.wheels + b.wheels)
            ).execute_and_collect()
            print(sorted((c.colour.name, c.wheels) for c in found if type(c) is Car))
            """
        )
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=120)
    assert done.stdout == "the program runs\n[('BLUE', 3), ('RED', 4), ('RED', 9)]\n", done.stderr


class Total(AggregateFunction[int, list[int]]):
    def create_accumulator(self) -> list[int]:
        return [0, 0]

    def accumulate(self, accumulator: list[int], *args: Any) -> None:
        accumulator[0] += args[0]
        accumulator[1] = os.getpid()

    def get_value(self, accumulator: list[int]) -> int:
        return accumulator[0] if accumulator[1] != 0 else -1


class Letters(TableFunction):
    def eval(self, text: str) -> Iterator[tuple[str, int]]:
        for letter in text:
            yield letter, os.getpid()


def test_functions_of_sql() -> None:
    tables = TableEnvironment.create(EnvironmentSettings.in_streaming_mode())
    tables.get_config().set("python.execution-mode", "process")
    tables.get_config().set("parallelism.default", "2")

    async def later(value: int) -> int:
        return value + os.getpid()

    big = DataTypes.BIGINT()
    tables.create_temporary_function("pid", udf(lambda v: os.getpid(), result_type=big))
    tables.create_temporary_function("later", udf(later, result_type=big))
    tables.create_temporary_function(
        "halve", udf(lambda v: v / 2.0, result_type=DataTypes.DOUBLE(), func_type="pandas")
    )
    tables.create_temporary_function("total", udaf(Total(), result_type=big))
    tables.create_temporary_function(
        "mean_of",
        udaf(lambda v: v.mean(), result_type=DataTypes.DOUBLE(), func_type="pandas"),
    )
    tables.create_temporary_function(
        "letters", udtf(Letters(), result_types=[DataTypes.STRING(), big])
    )
    source = "(VALUES (1, 'ab'), (2, 'b'), (3, 'ab')) AS t(n, s)"

    def rows(query: str) -> list[tuple[Any, ...]]:
        with tables.execute_sql(query).collect() as found:
            return sorted(tuple(r) for r in found)

    here = os.getpid()
    assert all(pid != here for (pid,) in rows(f"SELECT pid(n) FROM {source}"))
    found = rows(f"SELECT n, later(n) - n, halve(n) FROM {source}")
    assert [(n, h) for n, _, h in found] == [(1, 0.5), (2, 1.0), (3, 1.5)]
    assert all(pid != here for _, pid, _ in found)
    found = rows(f"SELECT n, l, p FROM {source}, LATERAL TABLE(letters(s)) AS x(l, p)")
    assert [(n, letter) for n, letter, _ in found] == [
        (1, "a"),
        (1, "b"),
        (2, "b"),
        (3, "a"),
        (3, "b"),
    ]
    assert all(pid != here for _, _, pid in found)
    grouped = f"SELECT s, total(n), mean_of(n) FROM {source} GROUP BY s"
    assert rows(grouped.replace(", mean_of(n)", ""))[-1] == ("b", 2)
    tables.get_config().set("execution.runtime-mode", "BATCH")
    assert rows(grouped) == [("ab", 4, 2.0), ("b", 2, 2.0)]
    explained = tables.explain_sql(grouped)
    assert "== Python Functions ==" in explained
    assert explained.rstrip().endswith(": process")
