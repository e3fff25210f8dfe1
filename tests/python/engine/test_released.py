"""What a job held is given back when it is over, however it ends."""

from __future__ import annotations

import gc
import os
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from headrace import _core
from headrace.common.job_status import JobStatus
from headrace.datastream import StreamExecutionEnvironment

ELEMENTS = 500


class Thing:
    """An element of the user's."""

    def __init__(self, number: int) -> None:
        self.number = number


def things() -> int:
    """How many there are; a call of the engine works off what Go has released."""
    _core.counters()
    gc.collect()
    return sum(isinstance(found, Thing) for found in gc.get_objects())


def files() -> int:
    return len(os.listdir("/proc/self/fd"))


def settles(value: Callable[[], int], most: int) -> None:
    end = time.monotonic() + 120
    while (now := value()) > most:
        assert time.monotonic() < end, now
        time.sleep(0.01)


def finishes(env: StreamExecutionEnvironment) -> None:
    stream = env.from_collection([Thing(n) for n in range(ELEMENTS)])
    counted = stream.key_by(lambda thing: thing.number % 7).reduce(lambda a, b: b)
    assert len(list(counted.execute_and_collect())) in (7, ELEMENTS)


def fails(env: StreamExecutionEnvironment) -> None:
    stream = env.from_collection([Thing(n) for n in range(ELEMENTS)])
    kept = stream.rebalance().map(lambda thing: (thing, 1 // (ELEMENTS - 1 - thing.number)))
    with pytest.raises(ZeroDivisionError):
        list(kept.execute_and_collect())


def is_cancelled(env: StreamExecutionEnvironment) -> None:
    entered = threading.Event()
    _ENTERED.append(entered)
    stream = env.from_collection([Thing(n) for n in range(ELEMENTS)])
    stream.rebalance().map(_wait_on_the_last).print()
    client = env.execute_async()
    assert entered.wait(120)
    client.cancel().result()
    end = time.monotonic() + 120
    while client.get_job_status().result() is not JobStatus.CANCELED:
        assert time.monotonic() < end
        time.sleep(0.01)


_ENTERED: list[threading.Event] = []


def _wait_on_the_last(thing: Any) -> Any:
    if thing.number == ELEMENTS - 1:
        _ENTERED[-1].set()
        while True:
            time.sleep(0.001)
    return thing.number


def is_read_in_part(env: StreamExecutionEnvironment) -> None:
    stream = env.from_collection([Thing(n) for n in range(ELEMENTS)])
    with stream.execute_and_collect() as results:
        next(results)


def is_refused(env: StreamExecutionEnvironment) -> None:
    env.from_collection([Thing(n) for n in range(ELEMENTS)]).print()
    env._conf.set_string("rest.port", "no port")
    with pytest.raises(Exception, match=r"rest\.port"):
        env.execute()


@pytest.mark.parametrize("mode", ["STREAMING", "BATCH"])
@pytest.mark.parametrize("ends", [finishes, fails, is_cancelled, is_read_in_part, is_refused])
def test_a_job_leaves_nothing_behind(
    ends: Callable[[StreamExecutionEnvironment], None],
    mode: str,
    make_env: Callable[..., StreamExecutionEnvironment],
) -> None:
    def run() -> None:
        env = make_env(2, mode, **{"restart-strategy.type": "none"})
        ends(env)

    run()  # what is made once has been made
    settles(things, 0)
    open_files, threads = files(), threading.active_count()
    for _ in range(3):
        run()
    settles(things, 0)
    settles(files, open_files)
    settles(threading.active_count, threads + 2)


def test_an_environment_that_is_gone_has_closed_its_session(
    make_env: Callable[..., StreamExecutionEnvironment],
) -> None:
    opened = make_env(1)._session()
    number = opened._id
    assert number is not None
    del opened
    gc.collect()
    end = time.monotonic() + 120
    while _is_open(number):
        assert time.monotonic() < end


def _is_open(session: int) -> bool:
    try:
        _core._native.session_call(session, b"{}")
    except RuntimeError:  # the session is closed
        return False
    return True


def test_a_job_goes_on_when_its_environment_is_gone(
    make_env: Callable[..., StreamExecutionEnvironment], tmp_path: Any
) -> None:
    def start() -> threading.Event:
        go = threading.Event()
        _ENTERED.append(go)
        env = make_env(1)
        env.from_collection([1]).map(_wait_to_go).map(
            lambda v: (tmp_path / "done").write_text(str(v))
        ).print()
        env.execute_async()
        return go

    go = start()
    gc.collect()
    go.set()
    end = time.monotonic() + 120
    while not (tmp_path / "done").exists():
        assert time.monotonic() < end
        time.sleep(0.01)


def _wait_to_go(value: int) -> int:
    assert _ENTERED[-1].wait(120)
    return value


def test_a_failure_that_is_asked_for_again_is_the_same(
    make_env: Callable[..., StreamExecutionEnvironment],
) -> None:
    env = make_env(1, **{"restart-strategy.type": "none"})
    env.from_collection([0]).map(lambda v: 1 // v).print()
    client = env.execute_async()
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            client.get_job_execution_result().result()
