"""Functions run in the program's own Python: what works in a program works in them."""

from __future__ import annotations

import logging
import signal
import subprocess
import sys
import threading
import time
from typing import Any

import pytest

from headrace.datastream import StreamExecutionEnvironment


@pytest.fixture
def env() -> StreamExecutionEnvironment:
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    return env


def collected(stream: Any) -> list[Any]:
    with stream.execute_and_collect() as results:
        return list(results)


def _numpy(x: int) -> Any:
    import numpy as np

    return float(np.linalg.norm(np.array([3.0 * x, 4.0 * x])))


def _pandas(x: int) -> Any:
    import pandas as pd

    return int(pd.DataFrame({"k": [1, 1, 2], "v": [x, x, x]}).groupby("k").v.sum().max())


def _sklearn(x: int) -> Any:
    from sklearn.linear_model import LinearRegression

    return round(float(LinearRegression().fit([[0], [1]], [0, x]).predict([[2]])[0]))


def _torch(x: int) -> Any:
    import torch

    return int((torch.ones(2, 2) @ torch.ones(2, 2) * x).sum())


@pytest.mark.parametrize(
    ("function", "want"),
    [(_numpy, [5.0, 10.0]), (_pandas, [2, 4]), (_sklearn, [2, 4]), (_torch, [8, 16])],
)
def test_libraries(env: StreamExecutionEnvironment, function: Any, want: list[Any]) -> None:
    pytest.importorskip(function.__name__.removeprefix("_"))
    assert collected(env.from_collection([1, 2]).map(function)) == want


def test_sys_exit_ends_the_job_as_itself(env: StreamExecutionEnvironment) -> None:
    with pytest.raises(SystemExit) as error:
        collected(env.from_collection([1]).map(lambda x: sys.exit(x + 2)))
    assert error.value.code == 3


def test_breakpoints_stop_in_the_function(
    env: StreamExecutionEnvironment, monkeypatch: pytest.MonkeyPatch
) -> None:
    stops: list[tuple[str, Any]] = []

    def hook() -> None:
        frame = sys._getframe(1)
        stops.append((frame.f_code.co_name, frame.f_locals["x"]))

    def looked_at(x: int) -> int:
        breakpoint()
        return x

    monkeypatch.setattr(sys, "breakpointhook", hook)
    assert collected(env.from_collection([1, 2]).map(looked_at)) == [1, 2]
    assert stops == [("looked_at", 1), ("looked_at", 2)]


def test_logging_reaches_the_programs_handlers(
    env: StreamExecutionEnvironment, caplog: pytest.LogCaptureFixture
) -> None:
    def tell(x: int) -> int:
        logging.getLogger("a.function").warning("saw %d", x)
        return x

    collected(env.from_collection([7]).map(tell))
    told = [(r.name, r.getMessage(), r.funcName) for r in caplog.records if r.name == "a.function"]
    assert told == [("a.function", "saw 7", "tell")]


def test_threads_of_a_function(env: StreamExecutionEnvironment) -> None:
    def threaded(x: int) -> list[int]:
        out: list[int] = []
        threads = [threading.Thread(target=out.append, args=(i * x,)) for i in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return sorted(out)

    assert collected(env.from_collection([1, 2]).map(threaded)) == [[0, 1, 2, 3], [0, 2, 4, 6]]


_ran_in: list[threading.Thread] = []


def _until_the_signal(x: int) -> int:
    deadline = time.monotonic() + 120
    while not _ran_in and time.monotonic() < deadline:
        time.sleep(0.01)
    return len(_ran_in)


def test_signal_handlers_run_in_the_main_thread(env: StreamExecutionEnvironment) -> None:
    _ran_in.clear()
    old = signal.signal(signal.SIGALRM, lambda *_: _ran_in.append(threading.current_thread()))
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        # a function of a module goes by its name: it sees this very list
        assert collected(env.from_collection([1]).map(_until_the_signal)) == [1]
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)
    assert _ran_in == [threading.main_thread()]


def test_the_end_of_the_program_finds_what_functions_left() -> None:
    """Cycles, threads and finalizers that functions made are no trouble at the end."""
    script = """
import threading
from headrace.datastream import StreamExecutionEnvironment
class Node:
    def __init__(self): self.itself = self
    def __del__(self): print("finalized")
kept = []
def leave(x):
    kept.append(Node())
    threading.Thread(target=threading.Event().wait, daemon=True).start()
    return x
env = StreamExecutionEnvironment.get_execution_environment()
with env.from_collection([1]).map(leave).execute_and_collect() as results:
    print(list(results))
"""
    command = [sys.executable, "-X", "dev", "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split() == ["[1]", "finalized"]
