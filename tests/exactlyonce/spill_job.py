"""One operator that spills, in a job of its own. Its result goes into files that are committed
once: the sorted numbers, of the others how many rows there are and what they sum up to."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from headrace.common import Configuration, Types, WatermarkStrategy
from headrace.datastream import KeyedProcessFunction, RuntimeContext, StreamExecutionEnvironment
from headrace.datastream.connectors.number_seq import NumberSequenceSource
from headrace.datastream.state import ValueStateDescriptor
from headrace.table import EnvironmentSettings, StreamTableEnvironment, TableEnvironment

ROWS = 60_000
JOIN = "SELECT /*+ {hint}(b) */ a.n, b.n - a.n + 1 AS c FROM numbers a JOIN numbers b ON a.n = b.n"
COUNTS = "SELECT n, COUNT(*) AS c FROM numbers GROUP BY n"
QUERIES = {
    "aggregate": COUNTS,
    "hash join": JOIN.format(hint="SHUFFLE_HASH"),
    "merge join": JOIN.format(hint="SHUFFLE_MERGE"),
    "sort": f"SELECT n, 1 AS c FROM numbers ORDER BY MOD(n * 7919, {ROWS})",
    "exchange": COUNTS,
}


class Count(KeyedProcessFunction):
    """Gives the key and how many rows it has had."""

    def open(self, runtime_context: RuntimeContext) -> None:
        self.count = runtime_context.get_state(ValueStateDescriptor("count", Types.LONG()))

    def process_element(
        self, value: int, ctx: KeyedProcessFunction.Context
    ) -> Iterator[tuple[int, int]]:
        count = (self.count.value() or 0) + 1
        self.count.update(count)
        yield value, count


def settings(work: str, what: str) -> dict[str, str]:
    """Next to no memory for the operator that is meant, enough for the others."""
    exchange = what == "exchange"
    table = what in QUERIES and not exchange
    return {
        "parallelism.default": "2" if exchange else "1",
        "taskmanager.memory.managed.size": "64 kb" if table else "1 gb",
        "headrace.batch-shuffle.memory": "64 kb" if exchange else "1 gb",
        "table.optimizer.agg-phase-strategy": "ONE_PHASE",
        "execution.runtime-mode": "BATCH",
        "execution.sorted-inputs.memory": "64 kb",
        "execution.sort-partition.memory": "64 kb",
        "io.tmp.dirs": f"{work}/tmp",
    }


def sink(work: str) -> str:
    """The table that the rows go to."""
    return (
        "CREATE TABLE files (n BIGINT, c BIGINT) WITH ('connector' = 'filesystem', "
        f"'path' = '{work}/out', 'format' = 'csv')"
    )


def of_stream(work: str, what: str) -> None:
    """A keyed process function, or a sort of a whole partition."""
    config = Configuration()
    for key, value in settings(work, what).items():
        config.set_string(key, value)
    env = StreamExecutionEnvironment.get_execution_environment(config)
    everything = WatermarkStrategy.no_watermarks()
    numbers = env.from_source(NumberSequenceSource(0, ROWS - 1), everything, "numbers")
    kinds = Types.ROW([Types.LONG(), Types.LONG()])
    if what == "keyed":
        rows = numbers.key_by(lambda n: n, Types.LONG()).process(Count(), kinds)
    else:
        rows = numbers.map(lambda n: (n, 1), kinds)
        rows = rows.full_window_partition().sort_partition(lambda row: -row[0], "ASCENDING")
    tables = StreamTableEnvironment.create(env)
    tables.execute_sql(sink(work))
    print("started", flush=True)
    tables.create_temporary_view("results", rows)
    tables.execute_sql("INSERT INTO files SELECT COUNT(*), SUM(f1) FROM results").wait()


def of_table(work: str, what: str) -> None:
    """A query."""
    env = TableEnvironment.create(EnvironmentSettings.in_batch_mode())
    for key, value in settings(work, what).items():
        env.get_config().set(key, value)
    env.execute_sql(
        "CREATE TABLE numbers (n BIGINT) WITH ('connector' = 'datagen', "
        "'rows-per-second' = '100000000', 'fields.n.kind' = 'sequence', "
        f"'fields.n.start' = '0', 'fields.n.end' = '{ROWS - 1}')"
    )
    env.execute_sql(sink(work))
    print("started", flush=True)
    query = QUERIES[what]
    if what != "sort":
        query = f"SELECT COUNT(*), SUM(c) FROM ({query})"
    env.execute_sql(f"INSERT INTO files {query}").wait()


if __name__ == "__main__":
    if sys.argv[2] in QUERIES:
        of_table(sys.argv[1], sys.argv[2])
    else:
        of_stream(sys.argv[1], sys.argv[2])
