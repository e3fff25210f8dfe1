"""The Kinesis consumer and sinks of the DataStream API against a server."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice
from typing import Any

import pytest

from headrace.common import SimpleStringSchema, Types
from headrace.common.watermark_strategy import (
    AssignerWithPeriodicWatermarksWrapper,
    TimestampAssigner,
)
from headrace.datastream import ProcessFunction, StreamExecutionEnvironment
from headrace.datastream.connectors.kinesis import (
    FlinkKinesisConsumer,
    KinesisFirehoseSink,
    KinesisShardAssigner,
    KinesisStreamsSink,
    PartitionKeyGenerator,
    WatermarkTracker,
)


class Aws(BaseHTTPRequestHandler):
    """A stream of three shards; the first request of each kind is refused for now."""

    protocol_version = "HTTP/1.1"
    server: Any

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        operation = self.headers["X-Amz-Target"].split(".")[1]
        with self.server.lock:
            first = operation not in self.server.seen
            self.server.seen.add(operation)
            answer = None if first else getattr(self, operation)(asked)
        body = json.dumps(
            answer or {"__type": "LimitExceededException", "message": "later"}
        ).encode()
        self.send_response(200 if answer else 400)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def ListShards(self, asked: Any) -> Any:
        assert asked["StreamName"] == "in"
        half = 1 << 127
        shards = []
        for i, start in enumerate([0, half, 0]):  # the last is what became of the first
            keys = {"StartingHashKey": str(start), "EndingHashKey": str(start + half - 1)}
            numbers = {"StartingSequenceNumber": "0"}
            shard = {"ShardId": f"shard-{i}", "HashKeyRange": keys, "SequenceNumberRange": numbers}
            if i == 0:
                numbers["EndingSequenceNumber"] = "2"
            if i == 2:
                shard["ParentShardId"] = "shard-0"
            shards.append(shard)
        return {"Shards": shards}

    def GetShardIterator(self, asked: Any) -> Any:
        assert asked["ShardIteratorType"] == "TRIM_HORIZON"
        return {"ShardIterator": f"{asked['ShardId']}|0"}

    def GetRecords(self, asked: Any) -> Any:
        shard, at = asked["ShardIterator"].split("|")
        values = self.server.streams["in"][shard][int(at) :]
        return {
            "Records": [
                {
                    "SequenceNumber": str(int(at) + i),
                    "PartitionKey": "k",
                    "Data": base64.b64encode(v.encode()).decode(),
                    "ApproximateArrivalTimestamp": time.time(),
                }
                for i, v in enumerate(values)
            ],
            **(
                {}
                if shard == "shard-0"
                else {"NextShardIterator": f"{shard}|{int(at) + len(values)}"}
            ),
            "MillisBehindLatest": 0,
        }

    def PutRecords(self, asked: Any) -> Any:
        records = asked["Records"]
        self.server.keys |= {r["PartitionKey"] for r in records}
        self._keep(asked["StreamName"], records)
        return {"FailedRecordCount": 0, "Records": [{"SequenceNumber": "1"} for _ in records]}

    def PutRecordBatch(self, asked: Any) -> Any:
        self._keep(asked["DeliveryStreamName"], asked["Records"])
        return {
            "FailedPutCount": 0,
            "RequestResponses": [{"RecordId": "1"} for _ in asked["Records"]],
        }

    def _keep(self, stream: str, records: Any) -> None:
        kept = self.server.streams.setdefault(stream, [])
        kept += [base64.b64decode(r["Data"]).decode() for r in records]

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Any]:
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), Aws)
    server.lock, server.seen, server.keys = threading.Lock(), set(), set()
    server.streams = {
        "in": {"shard-0": ["a 1000"], "shard-1": ["c 1500", "d 2500"], "shard-2": ["b 2000"]}
    }
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def account(server: Any) -> dict[str, str]:
    return {
        "aws.region": "eu-central-1",
        "aws.endpoint": f"http://127.0.0.1:{server.server_port}",
        "aws.credentials.provider.basic.accesskeyid": "key",
        "aws.credentials.provider.basic.secretkey": "secret",
    }


class Seconds(TimestampAssigner):
    def extract_timestamp(self, value: str, record_timestamp: int) -> int:
        assert record_timestamp > 1_600_000_000_000, "records have the time of their arrival"
        return int(value.split()[1])


class WithTime(ProcessFunction):
    def process_element(self, value: str, ctx: ProcessFunction.Context) -> Iterator[str]:
        yield f"{value} {ctx.timestamp()}"


def consumer(server: Any, **properties: str) -> FlinkKinesisConsumer:
    named = {f"flink.{name.replace('_', '.')}": value for name, value in properties.items()}
    return FlinkKinesisConsumer("in", SimpleStringSchema(), account(server) | named)


def test_consumer(server: Any) -> None:
    source = consumer(
        server,
        stream_initpos="TRIM_HORIZON",
        shard_getrecords_intervalmillis="10",
        shard_idle_interval="200",
    )
    source.set_shard_assigner(KinesisShardAssigner.uniform_shard_assigner())
    source.set_periodic_watermark_assigner(AssignerWithPeriodicWatermarksWrapper(Seconds()))
    source.set_watermark_tracker(WatermarkTracker.job_manager_watermark_tracker("all"))
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(2)
    stream = env.add_source(source).process(WithTime(), Types.STRING())
    with stream.execute_and_collect() as results:
        got = sorted(islice(results, 4))
        assert got == ["a 1000 1000", "b 2000 2000", "c 1500 1500", "d 2500 2500"]
        with server.lock:
            server.streams["in"]["shard-2"].append("e 3000")
        assert next(results) == "e 3000 3000"


def test_sinks(server: Any) -> None:
    streams = (
        KinesisStreamsSink.builder()
        .set_kinesis_client_properties(account(server))
        .set_stream_name("out")
        .set_serialization_schema(SimpleStringSchema())
        .set_partition_key_generator(PartitionKeyGenerator.fixed())
        .set_fail_on_error(False)
        .set_max_batch_size(3)
        .set_max_in_flight_requests(2)
        .set_max_buffered_requests(100)
        .set_max_batch_size_in_bytes(1024 * 1024)
        .set_max_time_in_buffer_ms(5000)
        .set_max_record_size_in_bytes(1024)
        .build()
    )
    firehose = (
        KinesisFirehoseSink.builder()
        .set_firehose_client_properties(account(server))
        .set_delivery_stream_name("delivery")
        .set_serialization_schema(SimpleStringSchema())
        .set_fail_on_error(False)
        .set_max_batch_size(3)
        .set_max_in_flight_requests(2)
        .set_max_buffered_requests(100)
        .set_max_batch_size_in_bytes(1024 * 1024)
        .set_max_time_in_buffer_ms(5000)
        .set_max_record_size_in_bytes(1024)
        .build()
    )
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    values = [f"v{i}" for i in range(10)]
    elements = env.from_collection(values, Types.STRING())
    elements.sink_to(streams)
    elements.sink_to(firehose)
    env.execute()
    assert sorted(server.streams["out"]) == values
    assert sorted(server.streams["delivery"]) == values
    assert server.keys == {"0"}


@pytest.mark.parametrize(
    ("properties", "says"),
    [
        ({"stream_initpo": "LATEST"}, "did you mean 'flink.stream.initpos'"),
        ({"stream_initpos": "FIRST"}, "is not one of LATEST"),
        ({"stream_recordpublisher": "EFO"}, "enhanced fan-out is not built in"),
    ],
)
def test_wrong_properties(server: Any, properties: dict[str, str], says: str) -> None:
    env = StreamExecutionEnvironment.get_execution_environment()
    env.add_source(consumer(server, **properties)).print()
    with pytest.raises(Exception, match=says):
        env.execute()
