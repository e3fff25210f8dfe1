"""Formats against readers and writers that are not ours: fastavro, Google's protobuf."""

from __future__ import annotations

import datetime
import io
import json
import threading
from collections.abc import Iterator
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import fastavro
import pytest
from conftest import rows
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

from headrace.table import TableEnvironment

UTC = datetime.timezone.utc


class Web:
    """A server with pages to be read, a place to post to, and a schema registry."""

    def __init__(self) -> None:
        self.pages: list[bytes] = []
        self.posted: list[bytes] = []
        self.schemas: list[str] = []
        web = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                kind, _, number = self.path.rpartition("/")
                if kind.startswith("/schemas/ids"):
                    self.answer(json.dumps({"schema": web.schemas[int(number) - 1]}).encode())
                elif int(number) < len(web.pages):
                    self.answer(web.pages[int(number)], f'</pages/{int(number) + 1}>; rel="next"')
                else:
                    self.answer(b"")

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.path.startswith("/subjects/"):
                    web.schemas.append(json.loads(body)["schema"])
                    self.answer(json.dumps({"id": len(web.schemas)}).encode())
                    return
                web.posted.append(body)
                self.answer(b"")

            def answer(self, body: bytes, link: str = "") -> None:
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                if link and int(link[8 : link.index(">")]) < len(web.pages):
                    self.send_header("Link", link)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def web() -> Iterator[Web]:
    server = Web()
    yield server
    server.close()


def create(t_env: TableEnvironment, name: str, columns: str, **options: str) -> None:
    listed = ", ".join(f"'{k}' = '{v}'" for k, v in options.items())
    t_env.execute_sql(f"CREATE TABLE {name} ({columns}) WITH ({listed})")


SHOP = {
    "name": "shop.proto", "package": "shop", "syntax": "proto3",
    "messageType": [{
        "name": "Order",
        "field": [
            {"name": "id", "number": 1, "type": "TYPE_SINT64", "label": "LABEL_OPTIONAL"},
            {"name": "name", "number": 2, "type": "TYPE_STRING", "label": "LABEL_OPTIONAL",
             "proto3Optional": True, "oneofIndex": 0},
            {"name": "weights", "number": 3, "type": "TYPE_DOUBLE", "label": "LABEL_REPEATED"},
            {"name": "line", "number": 4, "type": "TYPE_MESSAGE", "label": "LABEL_OPTIONAL",
             "typeName": ".shop.Order.Line"},
            {"name": "lines", "number": 5, "type": "TYPE_MESSAGE", "label": "LABEL_REPEATED",
             "typeName": ".shop.Order.Line"},
            {"name": "color", "number": 6, "type": "TYPE_ENUM", "label": "LABEL_OPTIONAL",
             "typeName": ".shop.Color"},
            {"name": "raw", "number": 7, "type": "TYPE_BYTES", "label": "LABEL_OPTIONAL"},
            {"name": "flag", "number": 300, "type": "TYPE_BOOL", "label": "LABEL_OPTIONAL"},
        ],
        "oneofDecl": [{"name": "_name"}],
        "nestedType": [{"name": "Line", "field": [
            {"name": "sku", "number": 1, "type": "TYPE_STRING", "label": "LABEL_OPTIONAL"},
            {"name": "count", "number": 2, "type": "TYPE_FIXED32", "label": "LABEL_OPTIONAL"}]}],
    }],
    "enumType": [{"name": "Color", "value": [
        {"name": "RED", "number": 0}, {"name": "BLUE", "number": 5}]}],
}
ORDER = ("id BIGINT, name STRING, weights ARRAY<DOUBLE>, line ROW<sku STRING, `count` INT>, "
         "lines ARRAY<ROW<sku STRING, `count` INT>>, color STRING, `raw` BYTES, flag BOOLEAN")


def test_protobuf(streaming: TableEnvironment, web: Web, tmp_path: Path) -> None:
    from google.protobuf import json_format

    file = json_format.ParseDict(SHOP, descriptor_pb2.FileDescriptorProto())
    (tmp_path / "shop.desc").write_bytes(
        descriptor_pb2.FileDescriptorSet(file=[file]).SerializeToString())
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    order: Any = message_factory.GetMessageClass(pool.FindMessageTypeByName("shop.Order"))
    messages = [
        order(id=-5, name="", weights=[0.5, -1], line={"sku": "a"}, color=5, raw=b"\0\xff",
              lines=[{"sku": "b", "count": 2**31 - 1}, {}], flag=True),
        order(),
        order(id=2**63 - 1, name="größer"),
    ]
    options = {"format": "protobuf", "protobuf.descriptor-file": str(tmp_path / "shop.desc"),
               "protobuf.message-class-name": "shop.Order"}
    web.pages = [m.SerializeToString() for m in messages]
    create(streaming, "source", ORDER, connector="http", url=web.address + "/pages/0",
           paging="link", **options)
    query = "SELECT id, name, weights, line.sku, color, `raw` FROM source"
    found = rows(streaming.sql_query(query))
    assert found == sorted([
        (-5, "", [0.5, -1.0], "a", "BLUE", b"\0\xff"), (0, None, None, None, "RED", b""),
        (2**63 - 1, "größer", None, None, "RED", b"")], key=repr)
    create(streaming, "sink", ORDER, connector="http", url=web.address + "/in", **options)
    streaming.execute_sql("INSERT INTO sink SELECT * FROM source").wait()
    got = sorted((order.FromString(body) for body in web.posted), key=lambda m: m.id)
    assert got == sorted(messages, key=lambda m: m.id)


def unframed(schema: Any, message: bytes) -> Any:
    assert message[:5] == b"\0\0\0\0\1"
    return fastavro.schemaless_reader(io.BytesIO(message[5:]), schema, None)


def test_debezium_avro(streaming: TableEnvironment, web: Web) -> None:
    options = {"connector": "http", "format": "debezium-avro-confluent",
               "debezium-avro-confluent.url": web.address}
    columns = "id BIGINT, price DECIMAL(8, 2), `day` DATE"
    create(streaming, "sink", columns, url=web.address + "/in",
           **{"debezium-avro-confluent.subject": "s", **options})
    streaming.execute_sql(
        "INSERT INTO sink SELECT id, CAST(SUM(price) AS DECIMAL(8, 2)), MAX(DATE '2024-02-03') "
        "FROM (VALUES (CAST(1 AS BIGINT), CAST(2.5 AS DECIMAL(8, 2))), (1, 3)) AS t (id, price) "
        "GROUP BY id").wait()
    schema = fastavro.parse_schema(json.loads(web.schemas[0]))
    day = datetime.date(2024, 2, 3)
    row = {"id": 1, "price": Decimal("2.50"), "day": day}
    new = {**row, "price": Decimal("5.50")}
    assert [unframed(schema, m) for m in web.posted] == [
        {"before": None, "after": row, "op": "c"}, {"before": row, "after": None, "op": "d"},
        {"before": None, "after": new, "op": "c"}]

    web.pages = []
    for change in ({"before": None, "after": row, "op": "r"},
                   {"before": row, "after": new, "op": "u"},
                   {"before": new, "after": None, "op": "d"}):
        with io.BytesIO(b"\0\0\0\0\1") as out:
            out.seek(5)
            fastavro.schemaless_writer(out, schema, change)
            web.pages.append(out.getvalue())
    create(streaming, "source", columns, url=web.address + "/pages/0", paging="link", **options)
    with streaming.sql_query("SELECT * FROM source").execute().collect() as found:
        got = [(str(r.get_row_kind()), *r) for r in found]
    assert got == [("+I", 1, Decimal("2.50"), day), ("-U", 1, Decimal("2.50"), day),
                   ("+U", 1, Decimal("5.50"), day), ("-D", 1, Decimal("5.50"), day)]


EVERY = ("b BOOLEAN, i INT, l BIGINT, f FLOAT, d DOUBLE, s STRING, y BYTES, m DECIMAL(20, 3), "
         "`day` DATE, ts TIMESTAMP(6), a ARRAY<INT>, h MAP<STRING, BIGINT>, r ROW<x INT, z STRING>")
RECORD = {"b": True, "i": -(2**31), "l": 2**63 - 1, "f": 0.5, "d": -0.1, "s": "häß", "y": b"\0\xff",
          "m": Decimal("-12345.678"), "day": datetime.date(1969, 12, 31),
          "ts": datetime.datetime(2024, 1, 2, 3, 4, 5, 678901), "a": [1, None], "h": {"k": -1},
          "r": {"x": 1, "z": None}}


@pytest.mark.parametrize("codec", ["null", "deflate"])
def test_avro_files(batch: TableEnvironment, tmp_path: Path, codec: str) -> None:
    create(batch, "t", EVERY, connector="filesystem", path=str(tmp_path / "t"), format="avro",
           **{"avro.codec": codec})
    batch.execute_sql(
        "INSERT INTO t VALUES (TRUE, -2147483648, 9223372036854775807, 0.5, -0.1, 'häß', x'00ff', "
        "-12345.678, DATE '1969-12-31', TIMESTAMP '2024-01-02 03:04:05.678901', ARRAY[1, NULL], "
        "MAP['k', -1], CAST(ROW(1, NULL) AS ROW<x INT, z STRING>))").wait()
    (file,) = (p for p in (tmp_path / "t").iterdir() if not p.name.startswith("."))
    with file.open("rb") as opened:
        reader = fastavro.reader(opened)
        schema = reader.writer_schema
        assert reader.codec == codec
        found = list(reader)
    assert found == [{**RECORD, "ts": RECORD["ts"].replace(tzinfo=UTC)}]

    empty = dict.fromkeys(RECORD)
    written = [RECORD, empty] * 5000  # several blocks, which several readers share
    (tmp_path / "u").mkdir()
    with (tmp_path / "u" / "part").open("wb") as out:
        fastavro.writer(out, schema, [
            {**r, "ts": r["ts"] and r["ts"].replace(tzinfo=UTC)} for r in written], codec=codec)
    create(batch, "u", EVERY, connector="filesystem", path=str(tmp_path / "u"), format="avro")
    counts = "SELECT COUNT(*), COUNT(s), SUM(CAST(l AS DECIMAL(30, 0))) FROM u"
    assert rows(batch.sql_query(counts)) == [(10000, 5000, Decimal(5000 * (2**63 - 1)))]
    with batch.sql_query("SELECT * FROM u WHERE b LIMIT 1").execute().collect() as some:
        (row,) = some
    values = dict(zip(RECORD, row, strict=True))
    assert {**values, "r": {"x": values["r"][0], "z": values["r"][1]}} == RECORD
