"""The progress line: on a terminal, and nowhere else."""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys
import time
from pathlib import Path

import pytest

from headrace.datastream._progress import Progress, progress

JOB = """
import sys
from headrace.common import Configuration, WatermarkStrategy
from headrace.datastream import StreamExecutionEnvironment, _progress
from headrace.datastream.connectors.number_seq import NumberSequenceSource

_progress._FIRST_SECONDS = 0.0
_progress.Progress.__init__.__defaults__ = (0.0,)
env = StreamExecutionEnvironment.get_execution_environment()
env.set_parallelism(1)
numbers = env.from_source(
    NumberSequenceSource(1, 300_000), WatermarkStrategy.no_watermarks(), "numbers")
numbers.map(lambda v: v).filter(lambda v: v == 299_999).print()
env.execute("count")
"""


def test_a_line_has_records_rate_and_watermark_of_each_source() -> None:
    line = Progress(dict, ["orders", "rates"], io.StringIO())
    line._started = 0.0
    metrics = {
        "orders.0.numRecordsOut": 1500,
        "orders.1.numRecordsOut": 500,
        "orders.0.currentOutputWatermark": 1_700_000_000_123,
        "orders.1.currentOutputWatermark": 1_700_000_000_124,
        "orders -> Map.0.numRecordsOut": 7,
        "rates#2.0.numRecordsOut": 3,
        "rates#2.0.currentOutputWatermark": -(1 << 63),
    }
    assert line.line(metrics, 4.0) == (
        "orders: 2,000 records, 500/s, watermark 2023-11-14 22:13:20.123 | "
        "rates: 3 records, 1/s | 4 s"
    )
    metrics["orders.0.numRecordsOut"] = 2500
    assert line.line(metrics, 5.0).startswith("orders: 3,000 records, 1,000/s")


def test_a_setting_that_is_no_setting_is_refused() -> None:
    with pytest.raises(ValueError, match="auto, true or false, not 'maybe'"):
        progress("maybe", dict, [])


def test_there_is_no_line_in_a_pipe(tmp_path: Path) -> None:
    script = tmp_path / "job.py"
    script.write_text(JOB)
    done = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, check=True, timeout=120
    )
    assert (done.stdout, done.stderr) == ("299999\n", "")


def test_there_is_one_on_a_terminal_and_it_goes_away(tmp_path: Path) -> None:
    script = tmp_path / "job.py"
    script.write_text(JOB)
    ours, theirs = pty.openpty()
    process = subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, stderr=theirs)
    os.close(theirs)
    seen = b""
    while True:
        try:
            some = os.read(ours, 65536)
        except OSError:  # the terminal has no writer any more
            break
        if not some:
            break
        seen += some
    os.close(ours)
    assert process.communicate(timeout=60)[0] == b"299999\n"
    assert process.returncode == 0
    assert b"numbers: " in seen
    assert seen.endswith(b"\r\x1b[2K\r")


class Terminal(io.StringIO):
    """A stream that says that it is one."""

    def isatty(self) -> bool:
        return True


def test_what_is_printed_wipes_the_line_out_first(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    with Progress(lambda: {"numbers.0.numRecordsOut": 60}, ["numbers"], terminal, 0.0) as line:
        deadline = time.monotonic() + 120
        while not line._shown:
            assert time.monotonic() < deadline
            time.sleep(0.001)
        print("printed")
    assert sys.stdout is terminal
    text = terminal.getvalue()
    before, _, after = text.partition("printed\n")
    assert before.startswith("\r\x1b[2Knumbers: 60 records")
    assert before.endswith("\r\x1b[2K\r")
    assert "numbers" not in after or after.endswith("\r\x1b[2K\r")
