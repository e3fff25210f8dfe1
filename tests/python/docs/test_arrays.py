"""Arrow arrays made without pyarrow.array are the same, and spare a program pandas."""

from __future__ import annotations

import subprocess
import sys

import pyarrow as pa
import pytest

from headrace.common._arrow import to_array

COLUMNS = [
    ([1, None, -3], pa.int64()),
    ([127, -128], pa.int8()),
    ([True, None, False] * 5, pa.bool_()),
    ([1.5, 2, None, float("inf")], pa.float64()),
    (["a", None, "", "ä😀"], pa.string()),
    ([], pa.string()),
    ([], pa.bool_()),
    ([None, None], pa.int32()),
    ([b"x", None], pa.binary()),
    ([[1], None, []], pa.list_(pa.int32())),
    ([True, 2], pa.int64()),
]


@pytest.mark.parametrize(("values", "column"), COLUMNS)
def test_same_as_pyarrow(values: list[object], column: pa.DataType) -> None:
    try:
        want = pa.array(values, column)
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        with pytest.raises(type(error)):
            to_array(values, column)
        return
    got = to_array(values, column)
    got.validate(full=True)
    assert got.equals(want)
    assert got.null_count == want.null_count


@pytest.mark.parametrize(("values", "column"), [([300], pa.int8()), (["\ud800"], pa.string())])
def test_fails_as_pyarrow(values: list[object], column: pa.DataType) -> None:
    with pytest.raises(Exception) as want:  # noqa: PT011
        pa.array(values, column)
    with pytest.raises(want.type):
        to_array(values, column)


def test_pandas_is_not_imported() -> None:
    program = (
        "import sys\n"
        "from headrace.table import DataTypes, EnvironmentSettings, TableEnvironment\n"
        "from headrace.table.udf import udf\n"
        "env = TableEnvironment.create(EnvironmentSettings.in_streaming_mode())\n"
        "env.create_temporary_function('f', udf(lambda x: x + 1, result_type='BIGINT'))\n"
        "env.create_temporary_view('t', env.from_elements([(1, 'a')], ['x', 's']))\n"
        "with env.execute_sql('SELECT f(x), s FROM t').collect() as rows:\n"
        "    print([tuple(r) for r in rows], 'pandas' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "[(2, 'a')] False\n", done.stderr
