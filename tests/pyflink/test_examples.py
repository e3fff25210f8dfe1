"""PyFlink's own examples, as its package has them, run unchanged on headrace.

The bounded ones that need no server. A few are run on PyFlink too and write the same lines
(PYFLINK_EXAMPLES=all: all of them); which subtask printed a line is not compared.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path

import pytest
from conftest import ENVIRONMENTS, Run, program_output

# Examples whose rows are random.
RANDOM = {
    "table/mixing_use_of_datastream_and_table.py",
    "table/pandas/conversion_from_dataframe.py",
    "table/async/async_scalar_function.py",
}
EXAMPLES = [
    "datastream/process_json_data.py",
    "datastream/windowing/session_with_dynamic_gap_window.py",
    "datastream/windowing/session_with_gap_window.py",
    "datastream/windowing/sliding_time_window.py",
    "datastream/windowing/tumbling_count_window.py",
    "datastream/windowing/tumbling_time_window.py",
    "datastream/basic_operations.py",
    "datastream/event_time_timer.py",
    "datastream/state_access.py",
    "datastream/word_count.py",
    "table/mixing_use_of_datastream_and_table.py",
    "table/multi_sink.py",
    "table/pandas/conversion_from_dataframe.py",
    "table/pandas/pandas_udaf.py",
    "table/process_json_data.py",
    "table/process_json_data_with_udf.py",
    "table/windowing/over_window.py",
    "table/windowing/session_window.py",
    "table/windowing/sliding_window.py",
    "table/windowing/tumble_window.py",
    "table/word_count.py",
    "table/async/async_scalar_function.py",
]
COMPARED = {"datastream/windowing/sliding_time_window.py", "table/windowing/over_window.py"}


@pytest.fixture(scope="session")
def examples() -> Path:
    """The folder of PyFlink's examples."""
    for made in ENVIRONMENTS:
        for folder in made.glob("lib/python3*/site-packages/pyflink/examples"):
            return folder
    why = "could not install apache-flink" if shutil.which("java") else "needs Java"
    pytest.skip(f"PyFlink's examples are not here: `make pyflink` {why}")


def lines(text: str) -> list[str]:
    """What a job printed, sorted, without what PyFlink's own libraries say at their import."""
    text = re.sub(r"^(Using Any|No module named|PYFLINK_CYTHON).*\n", "", text, flags=re.MULTILINE)
    return sorted(re.sub(r"^\d+> ", "", line) for line in text.splitlines())


@pytest.mark.parametrize("name", EXAMPLES)
def test_example(name: str, examples: Path, pyflink: Run, tmp_path: Path) -> None:
    script = examples / name
    headrace = Path(sys.executable).parent / "headrace"
    ours = program_output([str(headrace), "run", "--pyflink", str(script)], TMPDIR=str(tmp_path))
    assert ours.strip()
    compared = name in COMPARED or os.environ.get("PYFLINK_EXAMPLES") == "all"
    if compared and name not in RANDOM:
        assert lines(ours) == lines(pyflink(str(script)))
