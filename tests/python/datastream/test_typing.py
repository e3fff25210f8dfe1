"""Types of user programs: what mypy sees of them, and what annotations say at run time."""

from __future__ import annotations

import os
import re
import runpy
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from headrace.common import Configuration, Types
from headrace.datastream import DataStream, MapFunction, StreamExecutionEnvironment

PROGRAM = Path(__file__).with_name("typed_program.py")


def test_mypy_strict_takes_a_typed_program(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", PROGRAM]
    done = subprocess.run(
        [*command, f"--cache-dir={tmp_path}"],
        capture_output=True,
        text=True,
        timeout=300,
        cwd=tmp_path,
        env={**os.environ, "MYPYPATH": ""},
    )
    found = re.findall(r"typed_program\.py:(\d+): error: .*\[(.*)\]", done.stdout)
    lines = enumerate(PROGRAM.read_text().splitlines(), 1)
    expected = [(str(n), m.group(1)) for n, s in lines if (m := re.search(r"# error: (\S+)", s))]
    assert found == expected, done.stdout + done.stderr


def test_the_program_builds(engine: Any) -> None:
    source = PROGRAM.read_text()
    assert "execute_and_collect" in source
    runpy.run_path(str(PROGRAM))


def typed(**conf: str) -> DataStream[Any]:
    config = Configuration()
    for key, value in {"python.infer-types": "true", **conf}.items():
        config.set_string(key, value)
    return StreamExecutionEnvironment.get_execution_environment(config).from_collection([1])


def number(value: object) -> int:
    return 1


def pairs(value: object) -> Iterable[tuple[str, list[float]]]:
    yield "", []


class Text(MapFunction):
    def map(self, value: Any) -> str | None:
        return None


class Own:
    pass


def unknown(value: object) -> Own:
    return Own()


def test_output_types_come_from_annotations_where_that_is_asked_for() -> None:
    stream = typed()
    assert stream.map(number).get_type() == Types.LONG()
    pair = Types.TUPLE([Types.STRING(), Types.LIST(Types.DOUBLE())])
    assert stream.flat_map(pairs).get_type() == pair
    assert stream.map(Text()).get_type() == Types.STRING()
    assert stream.key_by(number).map(Text()).get_type() == Types.STRING()
    for function in (unknown, lambda v: v, len):
        assert stream.map(function).get_type() == Types.PICKLED_BYTE_ARRAY()
    assert stream.map(number, Types.INT()).get_type() == Types.INT()


def test_annotations_say_nothing_as_a_rule() -> None:
    untyped = typed(**{"python.infer-types": "false"})
    assert untyped.map(number).get_type() == Types.PICKLED_BYTE_ARRAY()
