"""The import shim: pyflink's names are headrace's modules."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import headrace.pyflink


@pytest.fixture
def shim():
    headrace.pyflink.install()
    yield
    headrace.pyflink.uninstall()


@pytest.mark.usefixtures("shim")
def test_modules_are_the_same_objects() -> None:
    import pyflink.common.typeinfo

    import headrace.common.typeinfo

    assert pyflink.common.typeinfo is headrace.common.typeinfo
    assert headrace.common.typeinfo.__spec__ is not None
    assert headrace.common.typeinfo.__spec__.name == "headrace.common.typeinfo"
    assert headrace.common.typeinfo.__name__ == "headrace.common.typeinfo"


@pytest.mark.usefixtures("shim")
def test_missing_module_names_both() -> None:
    with pytest.raises(ModuleNotFoundError, match=r"headrace\.gelly.*pyflink\.gelly"):
        __import__("pyflink.gelly")


@pytest.mark.usefixtures("shim")
@pytest.mark.parametrize(
    ("module", "names"),
    [
        ("datastream.connectors", ["FileSource", "KafkaSource", "NumberSequenceSource", "RMQSink"]),
        ("common", ["JsonRowDeserializationSchema", "AvroRowSerializationSchema"]),
        ("datastream.functions", ["ValueStateDescriptor", "MetricGroup", "TimeDomain"]),
    ],
)
def test_names_are_found_where_old_programs_import_them(module: str, names: list[str]) -> None:
    found = importlib.import_module(f"pyflink.{module}")
    assert [getattr(found, name).__name__ for name in names] == names
    with pytest.raises(AttributeError, match="has no attribute 'Nothing'"):
        found.Nothing  # noqa: B018


def test_classes_are_generic_where_pyflinks_are() -> None:
    from headrace.datastream import ProcessAllWindowFunction, ProcessWindowFunction
    from headrace.table import Expression

    for generic in (ProcessWindowFunction.Context, ProcessAllWindowFunction.Context, Expression):
        assert generic[int].__args__ == (int,)


def test_uninstall_takes_it_back() -> None:
    headrace.pyflink.install()
    __import__("pyflink.common")
    headrace.pyflink.uninstall()
    assert not [n for n in sys.modules if n.startswith("pyflink")]
    assert not [f for f in sys.meta_path if type(f).__module__ == "headrace.pyflink"]


def test_an_exception_is_shown_from_the_script_on(tmp_path: Path) -> None:
    script = tmp_path / "job.py"
    script.write_text("import pyflink.table\ndef f():\n    raise KeyError('x')\nf()\n")
    command = [sys.executable, "-m", "headrace.pyflink", str(script)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 1
    lines = [line for line in done.stderr.splitlines() if line.startswith("  File")]
    assert [str(script) in line for line in lines] == [True, True]
    assert done.stderr.endswith("KeyError: 'x'\n")
