"""A job is cancelled while a Python call blocks: it is left behind, and the program goes on."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

# What a call waits in: a sleep and a lock let the GIL go; the loop holds it, and is interrupted.
BLOCKED = {
    "sleep": "time.sleep(3600)",
    "lock": "threading.Event().wait()",
    "loop": "while True: pass",
}


@pytest.mark.parametrize("call", BLOCKED)
def test_cancel_does_not_wait_for_a_blocked_call(call: str, tmp_path: Path) -> None:
    script = tmp_path / "job.py"
    script.write_text(
        textwrap.dedent(
            f"""
            import threading, time
            from headrace.datastream import StreamExecutionEnvironment

            entered = threading.Event()

            def block(value):
                entered.set()
                {BLOCKED[call]}
                return value

            import __main__
            env = StreamExecutionEnvironment.get_execution_environment()
            env.set_parallelism(1)
            env.from_collection([1, 2, 3]).map(lambda v: __main__.block(v)).print()
            client = env.execute_async()
            assert entered.wait(120)
            client.cancel().result()
            end = time.monotonic() + 120
            while not client.get_job_status().result().is_terminal_state():
                assert time.monotonic() < end
                time.sleep(0.01)
            print(client.get_job_status().result().name)
            # Another job runs beside what was left behind.
            print(sorted(env.from_collection([1, 2]).map(lambda v: v + 1).execute_and_collect()))
            """
        )
    )
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["CANCELED", "[2, 3]"], done.stderr


PENDING = """
import asyncio, sys, time
from headrace.common import Time, Types, WatermarkStrategy
from headrace.datastream import AsyncDataStream, StreamExecutionEnvironment
from headrace.datastream.connectors.number_seq import NumberSequenceSource
from headrace.datastream.functions import AsyncFunction

class Patient(AsyncFunction):
    async def async_invoke(self, value):
        sys.stdout.write("called\\n"); sys.stdout.flush()
        await asyncio.sleep(3600)
        return [value]

env = StreamExecutionEnvironment.get_execution_environment()
env.set_parallelism(2)
numbers = env.from_source(
    NumberSequenceSource(0, 1 << 50), WatermarkStrategy.no_watermarks(), "numbers")
AsyncDataStream.unordered_wait(numbers, Patient(), Time.hours(2), 100, Types.LONG()).print()
job = env.execute_async("patient")
sys.stdin.readline()
job.cancel().result()
print("cancelled", job.get_job_status().result().name)
"""


def test_open_asynchronous_calls_end_without_a_word() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PENDING], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True,
    ) as program:
        assert program.stdout is not None
        assert program.stdout.readline().startswith("called")
        out, errors = program.communicate("\n", timeout=120)
        assert program.returncode == 0
    assert out.splitlines()[-1] == "cancelled CANCELED"
    assert errors == ""
