"""The Elasticsearch sinks of the DataStream API, and the table connector, against a server."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from headrace.common import Row, Types
from headrace.datastream import StreamExecutionEnvironment
from headrace.datastream.connectors.elasticsearch import (
    Elasticsearch6SinkBuilder,
    Elasticsearch7SinkBuilder,
    ElasticsearchEmitter,
    FlushBackoffType,
)
from headrace.table import StreamTableEnvironment


class Bulk(BaseHTTPRequestHandler):
    """Takes bulk requests of updates; the first request is refused for now."""

    server: Any

    def do_POST(self) -> None:
        lines = self.rfile.read(int(self.headers["Content-Length"])).decode().split("\n")
        assert lines.pop() == "", "a bulk request ends with the end of a line"
        if not self.server.refused:
            self.server.refused = True
            self.send_error(503)
            return
        items = []
        for head, source in zip(lines[::2], lines[1::2], strict=True):
            ((verb, at),) = json.loads(head).items()
            body = json.loads(source)
            assert verb == "update"
            assert body["doc_as_upsert"]
            place = (at["_index"], at.get("_type"), at["_id"])
            self.server.documents.setdefault(place, {}).update(body["doc"])
            items.append({verb: {"status": 200}})
        answer = json.dumps({"errors": False, "items": items}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Any]:
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), Bulk)
    server.documents, server.refused = {}, False
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_maps_become_documents(server: Any) -> None:
    env = StreamExecutionEnvironment.get_execution_environment()
    sink = (
        Elasticsearch7SinkBuilder()
        .set_hosts([f"127.0.0.1:{server.server_port}"])
        .set_emitter(ElasticsearchEmitter.dynamic_index("kind", "id"))
        .set_bulk_flush_max_actions(2)
        .set_bulk_flush_max_size_mb(-1)
        .set_bulk_flush_interval(-1)
        .set_bulk_flush_backoff_strategy(FlushBackoffType.EXPONENTIAL, 5, 1)
        .build()
    )
    values = [{"id": str(i % 3), "kind": "k", "at": str(i)} for i in range(5)]
    env.set_parallelism(1)
    env.from_collection(values, Types.MAP(Types.STRING(), Types.STRING())).sink_to(sink)
    env.execute()
    assert server.documents == {
        ("k", None, str(i)): {"id": str(i), "kind": "k", "at": at}
        for i, at in enumerate(["3", "4", "2"])
    }


def test_rows_become_documents_of_a_type(server: Any) -> None:
    env = StreamExecutionEnvironment.get_execution_environment()
    sink = (
        Elasticsearch6SinkBuilder()
        .set_hosts(f"http://127.0.0.1:{server.server_port}")
        .set_emitter(ElasticsearchEmitter.static_index("things", "id", "thing"))
        .set_bulk_flush_backoff_strategy(FlushBackoffType.CONSTANT, 3, 1)
        .build()
    )
    row_type = Types.ROW_NAMED(["id", "price"], [Types.LONG(), Types.DOUBLE()])
    env.from_collection([Row(1, 2.5), Row(2, None)], row_type).sink_to(sink)
    env.execute()
    assert server.documents == {
        ("things", "thing", "1"): {"id": 1, "price": 2.5},
        ("things", "thing", "2"): {"id": 2, "price": None},
    }


def test_a_table_takes_the_last_version_of_each_key(server: Any) -> None:
    server.refused = True
    env = StreamTableEnvironment.create(StreamExecutionEnvironment.get_execution_environment())
    env.execute_sql(
        "CREATE TABLE t (k STRING, n BIGINT, PRIMARY KEY (k) NOT ENFORCED) WITH ("
        f"'connector' = 'elasticsearch-7', 'hosts' = 'http://127.0.0.1:{server.server_port}', "
        "'index' = 'counts-{k}')"
    )
    env.execute_sql(
        "INSERT INTO t SELECT k, COUNT(*) FROM (VALUES ('a'), ('b'), ('a')) AS x(k) GROUP BY k"
    ).wait()
    assert server.documents == {
        ("counts-a", None, "a"): {"k": "a", "n": 2},
        ("counts-b", None, "b"): {"k": "b", "n": 1},
    }
