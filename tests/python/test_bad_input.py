"""Bad input: the message names the place and the remedy, the process lives, commands fail."""

from __future__ import annotations

import importlib.metadata
import os
import re
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import headrace
from headrace import _core
from headrace.common import Types, WatermarkStrategy
from headrace.datastream import StreamExecutionEnvironment
from headrace.datastream.connectors.file_system import FileSource, StreamFormat
from headrace.table import DataTypes, EnvironmentSettings, TableEnvironment
from headrace.table.expressions import col
from headrace.table.udf import udf
from headrace.util.exceptions import (
    HeadraceError,
    JobFailedError,
    SqlParserException,
    ValidationException,
)

HERE = re.escape(__file__)


class Mine(Exception):
    """An exception of the user's own."""


def notes(error: BaseException) -> str:
    """What was added to an exception: notes, before Python 3.11 arguments."""
    return "\n".join(map(str, getattr(error, "__notes__", error.args)))


def frames(error: BaseException) -> list[str]:
    return [frame.name for frame in traceback.extract_tb(error.__traceback__)]


# --- SQL and the Table API


@pytest.fixture
def t_env() -> Iterator[TableEnvironment]:
    """An environment that must still answer after the test's error."""
    env = TableEnvironment.create(EnvironmentSettings.in_batch_mode())
    yield env
    assert rows(env, "SELECT 40 + 2") == [(42,)]


def rows(env: TableEnvironment, sql: str) -> list[tuple[object, ...]]:
    with env.execute_sql(sql).collect() as result:
        return [tuple(row) for row in result]


def csv_table(env: TableEnvironment, path: Path | str, columns: str = "a INT, b STRING") -> None:
    env.execute_sql(
        f"CREATE TABLE t ({columns}) WITH "
        f"('connector' = 'filesystem', 'format' = 'csv', 'path' = '{path}')"
    )


def test_missing_file(t_env: TableEnvironment, tmp_path: Path) -> None:
    path = tmp_path / "none.csv"
    csv_table(t_env, path)
    with pytest.raises(ValidationException) as caught:
        rows(t_env, "SELECT * FROM t")
    assert f"t': path '{path}' does not exist (check the option 'path')" in str(caught.value)
    path.write_text("7,x\n")
    assert rows(t_env, "SELECT * FROM t") == [(7, "x")]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("1,x\nabc,y\n", ", line 2: malformed csv record, field 'a': 'abc' cannot be read as INT"),
        ("1,x\n2,y\n3\n", ", line 3: malformed csv record '3': 2 fields expected but there are 1"),
    ],
)
def test_malformed_csv(t_env: TableEnvironment, tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(content)
    csv_table(t_env, path)
    with pytest.raises(JobFailedError) as caught:
        rows(t_env, "SELECT * FROM t")
    text = str(caught.value)
    assert f"{path}{message}" in text
    assert "(set 'csv.ignore-parse-errors' = 'true' to skip such data)" in text


PLACED = [
    ("SELECT carier FROM (VALUES (1)) AS q(carrier)", "line 1, column 8: column 'carier'",
     "did you mean 'carrier'?", "carier"),
    ("SELECT\n  uper('x')", "line 2, column 3: no function 'uper'",
     "did you mean 'UPPER'?", "uper('x')"),
    ("SELECT UPPER('x', 'y')", "line 1, column 8: cannot apply 'UPPER'",
     "supported: UPPER(string)", "UPPER('x', 'y')"),
    ("SELECT * FROM kown", "line 1, column 15: table or view 'default_catalog",
     "did you mean 'known'?", "kown"),
]  # fmt: skip


@pytest.mark.parametrize(("sql", "place", "remedy", "marked"), PLACED)
def test_wrong_name_in_sql(
    t_env: TableEnvironment, sql: str, place: str, remedy: str, marked: str
) -> None:
    t_env.create_temporary_view("known", t_env.sql_query("SELECT 1 AS a"))
    with pytest.raises(ValidationException) as caught:
        t_env.execute_sql(sql)
    text = str(caught.value)
    assert text.startswith(place)
    assert remedy in text
    shown, carets = text.splitlines()[-2:]
    assert shown[carets.index("^") : carets.rindex("^") + 1] == marked


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("'connector' = 'datgen'", "there is no connector 'datgen' (did you mean 'datagen'?)"),
        (
            "'connector' = 'datagen', 'rows-per-secnd' = '1'",
            "connector 'datagen' has no option 'rows-per-secnd' (did you mean 'rows-per-second'?)",
        ),
        (
            "'connector' = 'datagen', 'rows-per-second' = 'x'",
            "option 'rows-per-second' = 'x' is not a number",
        ),
        (
            "'connector' = 'filesystem', 'path' = 'x', 'format' = 'cvs'",
            "there is no format 'cvs' (did you mean 'csv'?)",
        ),
        ("'connector' = 'filesystem', 'format' = 'csv'", "'filesystem' needs the option 'path'"),
    ],
)
def test_wrong_connector_or_option(t_env: TableEnvironment, options: str, message: str) -> None:
    t_env.execute_sql(f"CREATE TABLE g (a INT) WITH ({options})")
    with pytest.raises(ValidationException) as caught:
        rows(t_env, "SELECT * FROM g")
    assert str(caught.value).startswith("line 1, column 15: table 'default_catalog")
    assert message in str(caught.value)


def test_missing_column_in_the_table_api(t_env: TableEnvironment) -> None:
    table = t_env.from_elements([(1, "x")], ["carrier", "n"])
    place = rf"{HERE}:\d+: column 'carier' not found.*did you mean 'carrier'\?"
    with pytest.raises(ValidationException, match=place):
        table.select(col("carier")).execute()


def test_syntax_error_has_a_caret(t_env: TableEnvironment) -> None:
    with pytest.raises(SqlParserException) as caught:
        t_env.execute_sql("SELECT 1,\n  2 FROM FROM t")
    text = str(caught.value)
    assert 'line 2, column 10: unexpected "FROM"; expected ' in text
    assert text.endswith("  2 FROM FROM t\n" + " " * 11 + "^^^^")


def test_wrong_result_of_a_row_function(t_env: TableEnvironment) -> None:
    t_env.create_temporary_function("f", udf(lambda x: "text", result_type=DataTypes.BIGINT()))
    with pytest.raises(TypeError, match=r"expected BIGINT \(int\), got str: 'text'") as caught:
        rows(t_env, "SELECT f(a) FROM (VALUES (5)) AS q(a)")
    assert re.search(rf"{HERE}:\d+: the result of function 'f' is wrong .*5", notes(caught.value))


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda x: x.astype(str) + "q", "the result of 'f' does not fit int64: .*'5q'"),
        (lambda x: x[:0], "the result of 'f' has 0 values for 1 rows"),
    ],
)
def test_wrong_result_of_a_vectorised_function(
    t_env: TableEnvironment, function: Callable[..., object], message: str
) -> None:
    pytest.importorskip("pandas")
    f = udf(function, result_type=DataTypes.BIGINT(), func_type="pandas")
    t_env.create_temporary_function("f", f)
    with pytest.raises((TypeError, ValueError), match=message) as caught:
        rows(t_env, "SELECT f(a) FROM (VALUES (5)) AS q(a)")
    assert re.search(rf"{HERE}:\d+: function 'f' failed", notes(caught.value))


@pytest.mark.parametrize("func_type", ["general", "pandas"])
def test_exception_in_a_sql_function(t_env: TableEnvironment, func_type: str) -> None:
    pytest.importorskip("pandas")

    def boom(x: object) -> object:
        raise Mine("on purpose")

    f = udf(boom, result_type=DataTypes.BIGINT(), func_type=func_type)
    t_env.create_temporary_function("f", f)
    with pytest.raises(Exception, match="on purpose") as caught:
        rows(t_env, "SELECT f(a) FROM (VALUES (5)) AS q(a)")
    assert type(caught.value).__name__ == "Mine"
    assert frames(caught.value)[-1] == "boom"
    assert re.search(rf"{HERE}:\d+: function 'f' failed", notes(caught.value))
    assert func_type == "pandas" or "while processing (5)" in notes(caught.value)
    assert isinstance(caught.value.__cause__, JobFailedError)


# --- the DataStream API


@pytest.fixture
def env() -> Iterator[StreamExecutionEnvironment]:
    """An environment; a job must still run after the test's error."""
    yield StreamExecutionEnvironment.get_execution_environment().set_parallelism(1)
    after = StreamExecutionEnvironment.get_execution_environment()
    stream = after.from_collection([1, 2]).map(lambda x: x + 1)
    assert sorted(stream.execute_and_collect()) == [2, 3]


def test_exception_in_a_stream_function(env: StreamExecutionEnvironment) -> None:
    def boom(x: str) -> str:
        if x == "third":
            raise Mine("on purpose")
        return x

    stream = env.from_collection(["first", "second", "third"]).map(boom)
    with pytest.raises(Exception, match="on purpose") as caught:
        list(stream.execute_and_collect())
    assert type(caught.value).__name__ == "Mine"
    assert frames(caught.value)[-1] == "boom"
    note = rf"{HERE}:\d+: operator 'Map' failed while processing 'third'"
    assert re.search(note, notes(caught.value))


def test_wrong_result_of_a_stream_function(env: StreamExecutionEnvironment) -> None:
    stream = env.from_collection([8]).map(lambda x: "text", output_type=Types.INT())
    with pytest.raises(TypeError, match=r"expected INT \(int\), got str: 'text'") as caught:
        list(stream.execute_and_collect())
    assert re.search(rf"{HERE}:\d+: operator 'Map' failed", notes(caught.value))


def test_wrong_element(env: StreamExecutionEnvironment) -> None:
    with pytest.raises(TypeError, match="'a' is no int, which Integer takes"):
        env.from_collection(["a"], type_info=Types.INT())


def test_missing_file_of_a_stream(env: StreamExecutionEnvironment, tmp_path: Path) -> None:
    path = str(tmp_path / "none.txt")
    source = FileSource.for_record_stream_format(StreamFormat.text_line_format(), path).build()
    stream = env.from_source(source, WatermarkStrategy.no_watermarks(), "lines")
    with pytest.raises(ValidationException) as caught:
        list(stream.execute_and_collect())
    assert f"'lines': path '{path}' does not exist" in str(caught.value)


def test_job_without_operators() -> None:
    with pytest.raises(HeadraceError, match=r"add a sink, as in ds\.print\(\)"):
        StreamExecutionEnvironment.get_execution_environment().execute()


# --- the command


def command(*args: str, python: str = sys.executable, **env: str) -> tuple[int, str]:
    """Runs python with arguments: the exit code, and what it wrote to stderr."""
    done = subprocess.run(
        [python, *args], capture_output=True, text=True, timeout=60, env={**os.environ, **env}
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["sql", "-e", "SELECT uper('x')"], "line 1, column 8: no function 'uper' (did you mean"),
        (["sql", "-e", "SELEC 1"], "SELEC 1\n  ^^^^^"),
        (["sql", "-f", "none.sql"], "cannot read the script: open none.sql"),
        (["run", "none.py"], "there is no script none.py"),
        (["run"], "requires at least 1 arg"),
        (["rum"], 'unknown command "rum"'),
    ],
)
def test_command_fails_with_the_message(args: list[str], message: str) -> None:
    code, errors = command("-m", "headrace", *args)
    assert code > 0
    assert errors.startswith("headrace: ")
    assert message in errors
    assert "Traceback" not in errors


def test_job_script_that_raises(tmp_path: Path) -> None:
    job = tmp_path / "job.py"
    job.write_text("def f():\n    raise LookupError('on purpose')\n\nf()\n")
    code, errors = command("-m", "headrace", "run", str(job))
    assert code == 1
    assert errors.startswith("Traceback (most recent call last):\n")
    assert f'File "{job}", line 2, in f\n' in errors
    assert errors.endswith("LookupError: on purpose\n")


def test_job_script_keeps_its_exit_code(tmp_path: Path) -> None:
    job = tmp_path / "job.py"
    job.write_text("import sys\nsys.exit(5)\n")
    assert command("-m", "headrace", "run", str(job)) == (5, "")


def test_function_that_raises_in_a_job_script(tmp_path: Path) -> None:
    job = tmp_path / "job.py"
    job.write_text("""
from headrace.datastream import StreamExecutionEnvironment
env = StreamExecutionEnvironment.get_execution_environment()
env.from_collection([7]).map(lambda x: x / 0).print()
env.execute()
""")
    code, errors = command("-m", "headrace", "run", str(job))
    assert code == 1
    assert f'File "{job}", line 4, in <lambda>\n' in errors
    assert re.search(r"^ZeroDivisionError: .*division by zero", errors, re.MULTILINE)
    assert f"{job}:4: operator 'Map' failed while processing 7" in errors


# --- the Python that headrace is imported into


@pytest.fixture(scope="module")
def bare_python(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A virtual environment with headrace and without the packages that it needs."""
    root = tmp_path_factory.mktemp("bare")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", root / "venv"], check=True)
    (site,) = (root / "venv/lib").glob("python3*/site-packages")
    (site / "headrace").symlink_to(Path(headrace.__file__).parent)
    return str(root / "venv/bin/python")


@pytest.mark.parametrize("module", ["table", "datastream", "common", "table.udf"])
def test_python_without_pyarrow(bare_python: str, module: str) -> None:
    script = f"""
try: import headrace.{module}
except ImportError as e: print(e.name, e)
import headrace._core
assert headrace._core.engine_version() == headrace.__version__
"""
    done = subprocess.run([bare_python, "-c", script], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        "pyarrow headrace needs pyarrow and cloudpickle, not installed in this Python "
        f"({bare_python} -m pip install pyarrow cloudpickle)\n"
    )


def test_job_in_a_python_without_pyarrow(bare_python: str, tmp_path: Path) -> None:
    job = tmp_path / "job.py"
    job.write_text("import headrace.table\n")
    code, errors = command("-m", "headrace", "run", str(job), python=bare_python)
    assert code == 1
    assert f'File "{job}", line 1' in errors
    assert "-m pip install pyarrow cloudpickle)" in errors


def test_doctor_in_a_python_without_pyarrow(bare_python: str) -> None:
    done = subprocess.run(
        [bare_python, "-m", "headrace", "doctor"], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 1
    for name in ("pyarrow", "cloudpickle"):
        assert re.search(rf"BAD  {name} .*\n +→ .* -m pip install --upgrade {name}\n", done.stdout)


def test_python_too_old() -> None:
    script = "import sys; sys.version_info = (3, 9, 18); import headrace"
    code, errors = command("-c", script)
    assert code == 1
    assert (
        f"ImportError: headrace needs Python 3.10 or newer, but {sys.executable} is Python 3.9.18 "
        "(make a virtual environment with a newer Python and install headrace there)"
    ) in errors


def test_pip_refuses_a_python_too_old() -> None:
    assert importlib.metadata.metadata("headrace")["Requires-Python"] == ">=3.10"


# --- a panic of the engine


def test_panic_fails_what_runs_and_the_script(tmp_path: Path) -> None:
    """What a panic does to the library: see host/test_library.py. Here, to a job and a script."""
    job = tmp_path / "job.py"
    job.write_text("""
from headrace import _core
from headrace.table import EnvironmentSettings, TableEnvironment
env = TableEnvironment.create(EnvironmentSettings.in_batch_mode())
result = env.execute_sql("SELECT 1")
try: _core._native.debug_panic("on purpose")
except RuntimeError as e: assert "on purpose" in str(e)
try: env.execute_sql("SELECT 2")
except RuntimeError as e: print(e)
_core._native.debug_panic("again")
""")
    done = subprocess.run([sys.executable, job], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "panicked earlier" in done.stdout
    assert f'File "{job}", line 10, in <module>' in done.stderr
    assert done.stderr.splitlines()[-1].startswith("RuntimeError: headrace")


def test_engine_still_works() -> None:
    with _core.Session({"execution.runtime-mode": "batch"}) as session:
        answer = session.call({"executeSql": {"text": "SELECT 1 AS a"}})
        got = session.fetch(answer["handle"])
        assert got is not None
        assert len(got) == 1
