"""The cases that headrace and PyFlink run from one text: `base` is "headrace" or "pyflink"."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import common

DATAGEN = """
CREATE TABLE t (x BIGINT, name AS 'name-' || CAST(MOD(x, 1000) AS STRING)) WITH (
    'connector' = 'datagen', 'rows-per-second' = '1000000000', 'fields.x.kind' = 'sequence',
    'fields.x.start' = '0', 'fields.x.end' = '{last}', 'number-of-rows' = '{rows}')"""


def environment(base: str) -> Any:
    """A Table environment in streaming mode with one subtask."""
    table = importlib.import_module(base + ".table")
    env = table.TableEnvironment.create(table.EnvironmentSettings.in_streaming_mode())
    common.settings(env.get_config())
    return env


def stream_environment(base: str, options: dict[str, str] | None = None) -> Any:
    """A DataStream environment with one subtask, and further options."""
    datastream = importlib.import_module(base + ".datastream")
    common_module = importlib.import_module(base + ".common")
    strings = common.settings(_Strings(common_module.Configuration()))
    for key, value in (options or {}).items():
        strings.set(key, value)
    config = strings.config
    env = datastream.StreamExecutionEnvironment.get_execution_environment(config)
    env.set_parallelism(1)
    return env


class _Strings:
    """A Configuration with set() for a text."""

    def __init__(self, config: Any) -> None:
        self.config = config

    def set(self, key: str, value: str) -> None:
        self.config.set_string(key, value)


def into_blackhole(env: Any, query: str, type_: str) -> None:
    """Runs a query of one column for nothing but its time."""
    env.execute_sql("CREATE TEMPORARY TABLE IF NOT EXISTS nowhere "
                    f"(y {type_}) WITH ('connector' = 'blackhole')")
    env.execute_sql(f"INSERT INTO nowhere {query}").wait()


def collected(stream: Any) -> int:
    """How many elements a stream gives: into a list, as the plain loops put theirs."""
    with stream.execute_and_collect() as elements:
        return len(list(elements))


def of_columns(base: str, build: Callable[[Any], Any], rows: int) -> None:
    """Times a DataStream program from a sequence of the engine to a table that drops its rows."""

    def run(n: int) -> int:
        env = stream_environment(base)
        tables = importlib.import_module(base + ".table").StreamTableEnvironment.create(env)
        tables.execute_sql("CREATE TEMPORARY TABLE nowhere (y BIGINT) "
                           "WITH ('connector' = 'blackhole')")
        sequence = importlib.import_module(base + ".datastream.connectors.number_seq")
        watermarks = importlib.import_module(base + ".common").WatermarkStrategy.no_watermarks()
        source = sequence.NumberSequenceSource(0, n - 1)
        stream = build(env.from_source(source, watermarks, "numbers"))
        tables.from_data_stream(stream).execute_insert("nowhere").wait()
        return n

    common.timed(run, common.size(rows))


def of_stream(base: str, build: Callable[[Any], Any], rows: int,
              options: dict[str, str] | None = None, type_info: Any = None) -> None:
    """Times a DataStream program from Python values to Python values."""
    data = list(range(common.size(rows)))

    def run(n: int) -> int:
        env = stream_environment(base, options)
        return collected(build(env.from_collection(data[:n], type_info)))

    common.timed(run, len(data))
