"""What is imported with the first task: tasks that start side by side all wait for it."""

from __future__ import annotations

import subprocess
import sys
import textwrap

PROGRAM = """
import sys, time
from headrace.common import WatermarkStrategy
from headrace.datastream import StreamExecutionEnvironment
from headrace.datastream.connectors.base import Source, SourceReader

class Slow:  # lets the other tasks run within the import
    def find_spec(self, name, path=None, target=None):
        if name == "headrace._runtime.start":
            time.sleep(0.5)

sys.meta_path.insert(0, Slow())

class Numbers(Source):
    def splits(self):
        return [0, 1, 2, 3]
    def create_reader(self, context):
        return Reader()

class Reader(SourceReader):
    def read(self, split, position):
        for n in range(position or 0, 10):
            yield split * 10 + n, n + 1

env = StreamExecutionEnvironment.get_execution_environment()
env.set_parallelism(4)
assert "headrace._runtime.start" not in sys.modules
numbers = env.from_source(Numbers(), WatermarkStrategy.no_watermarks(), "numbers")
with numbers.execute_and_collect() as rows:
    assert sorted(rows) == list(range(40))
"""


def test_tasks_that_start_while_the_first_imports() -> None:
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(PROGRAM)], capture_output=True, timeout=120
    )
    assert done.returncode == 0, done.stderr.decode()[:4000]
