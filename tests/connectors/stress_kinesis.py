"""Kinesis and Firehose as moto has them, against Amazon's own client. For make stress."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, Service, _run

from headrace.common import SimpleStringSchema, Types
from headrace.datastream import StreamExecutionEnvironment
from headrace.datastream.connectors.kinesis import (
    FlinkKinesisConsumer,
    KinesisFirehoseSink,
    KinesisStreamsSink,
    PartitionKeyGenerator,
)
from headrace.table import EnvironmentSettings, TableEnvironment

PATIENCE = 120.0


@pytest.fixture
def kinesis() -> Iterator[Service]:
    """moto's server."""
    yield from _run("kinesis")


def aws(kinesis: Service, command: str, *arguments: object) -> Any:
    """Runs Amazon's client; what it prints is JSON."""
    python = ROOT / "build/services/moto/bin/python"
    script = Path(__file__).with_name("aws_client.py")
    words = [str(a) for a in arguments]
    done = subprocess.run(
        [python, script, f"http://{kinesis.address}", command, *words],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout) if done.stdout else None


def account(kinesis: Service) -> dict[str, str]:
    return {
        "aws.region": "eu-central-1",
        "aws.endpoint": f"http://{kinesis.address}",
        "aws.credentials.provider.basic.accesskeyid": "key",
        "aws.credentials.provider.basic.secretkey": "secret",
    }


def test_a_stream_is_read_over_reshardings(kinesis: Service) -> None:
    aws(kinesis, "create", "in", 2)
    aws(kinesis, "put", "in", 0, 1000)
    settings = {
        "flink.stream.initpos": "TRIM_HORIZON",
        "flink.shard.discovery.intervalmillis": "100",
        "flink.shard.getrecords.intervalmillis": "20",
    }
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(2)
    source = FlinkKinesisConsumer("in", SimpleStringSchema(), account(kinesis) | settings)
    with env.add_source(source).map(int, Types.LONG()).execute_and_collect() as results:
        for step, change in enumerate(("split", "merge", "split", "")):
            start = 1000 * step
            assert sorted(islice(results, 1000)) == list(range(start, start + 1000))
            if change:
                aws(kinesis, change, "in")
                aws(kinesis, "put", "in", start + 1000, start + 2000)


def test_streams_are_written(kinesis: Service) -> None:
    aws(kinesis, "create", "out", 3)
    aws(kinesis, "delivery", "delivery")
    streams = (
        KinesisStreamsSink.builder()
        .set_kinesis_client_properties(account(kinesis))
        .set_stream_name("out")
        .set_serialization_schema(SimpleStringSchema())
        .set_partition_key_generator(PartitionKeyGenerator.random())
        .set_max_in_flight_requests(1)  # moto loses records of requests that come at a time
        .build()
    )
    firehose = (
        KinesisFirehoseSink.builder()
        .set_firehose_client_properties(account(kinesis))
        .set_delivery_stream_name("delivery")
        .set_max_in_flight_requests(1)
        .set_serialization_schema(SimpleStringSchema())
        .build()
    )
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    values = [f"<{n}>" for n in range(3000)]
    elements = env.from_collection(values, Types.STRING())
    elements.sink_to(streams)
    elements.sink_to(firehose)
    env.execute()
    assert sorted(aws(kinesis, "read", "out")) == sorted(values)
    delivered = aws(kinesis, "bucket").replace("><", ">,<").split(",")
    assert sorted(delivered) == sorted(values)


def test_sql_tables(kinesis: Service) -> None:
    aws(kinesis, "create", "in", 2)
    aws(kinesis, "create", "out", 2)
    aws(kinesis, "put", "in", 0, 500)
    tables = TableEnvironment.create(EnvironmentSettings.in_streaming_mode())
    keys = "'aws.region' = 'eu-central-1', 'aws.credentials.basic.accesskeyid' = 'key', "
    keys += "'aws.credentials.basic.secretkey' = 'secret', "
    keys += f"'aws.endpoint' = 'http://{kinesis.address}'"
    tables.execute_sql(
        "CREATE TABLE numbers (n STRING, shard STRING METADATA FROM 'shard-id' VIRTUAL) WITH ("
        f"'connector' = 'kinesis', 'stream' = 'in', {keys}, 'format' = 'raw', "
        "'scan.stream.initpos' = 'TRIM_HORIZON')"
    )
    tables.execute_sql(
        "CREATE TABLE written (n STRING, shard STRING) PARTITIONED BY (shard) WITH ("
        f"'connector' = 'kinesis', 'stream' = 'out', {keys}, 'format' = 'json')"
    )
    job = tables.execute_sql("INSERT INTO written SELECT * FROM numbers")
    rows: list[Any] = []
    while len(rows) < 500:  # the command fails when it takes too long
        rows = aws(kinesis, "read", "out")
    job.get_job_client().cancel().result()
    assert sorted(int(json.loads(r)["n"]) for r in rows) == list(range(500))
