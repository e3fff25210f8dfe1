"""What a statement gives: success, rows, or a job."""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Any

from headrace.common.job_client import JobClient
from headrace.common.types import Row
from headrace.table import _tableau, _values
from headrace.table import types as t
from headrace.table._sqltype import parse
from headrace.table.catalog import ResolvedSchema
from headrace.table.result_kind import ResultKind
from headrace.table.table_schema import TableSchema
from headrace.util.exceptions import JobCancelledError

if TYPE_CHECKING:
    import pyarrow as pa

    from headrace.table._engine import Engine

__all__ = ["CloseableIterator", "TableResult"]

_OK = t.RowType([t.RowField("result", t.VarCharType(t._MAX))])


class TableResult:
    """The result of execute(): its rows can be read once, by collect() or by print()."""

    def __init__(self, engine: Engine, reply: dict[str, Any]) -> None:
        self._engine = engine
        self._reply = reply
        kind = reply.get("kind")
        self._kind = ResultKind.SUCCESS if kind == "success" else ResultKind.SUCCESS_WITH_CONTENT
        self._handle = str(reply.get("handle", ""))
        self._job = str(reply.get("job", ""))
        self._names = [str(n) for n in reply.get("names", ())]
        self._row_type = self._type_of(reply)
        self._ended = False

    def _type_of(self, reply: dict[str, Any]) -> t.RowType:
        if "schema" in reply:
            found = parse(reply["schema"])
            assert isinstance(found, t.RowType)
            return found
        if reply.get("kind") == "job":
            return t.RowType([t.RowField(n, t.BigIntType()) for n in self._names])
        return _OK

    def get_job_client(self) -> JobClient | None:
        """The handle on the statement's job, None where it has none."""
        return JobClient(self._engine.session(), self._job) if self._job else None

    def wait(self, timeout_ms: int | None = None) -> None:
        """Waits until the result is there: the job's end, or the first row of a query.

        Raises what made the job fail, and TimeoutError after timeout_ms.
        """
        if not self._job:
            return
        if self._handle:
            self._iterator().peek(-1 if timeout_ms is None else timeout_ms)
            return
        request: dict[str, Any] = {"id": self._job, "verb": "wait"}
        if timeout_ms is None:
            self._engine.session().call({"job": request})
            return
        client = self.get_job_client()
        assert client is not None
        _wait_until(client, timeout_ms)
        self._engine.session().call({"job": request})

    def get_table_schema(self) -> TableSchema:
        """The columns."""
        return TableSchema(self._row_type.field_names(), self._row_type.field_types())

    def get_resolved_schema(self) -> ResolvedSchema:
        """The columns, with their kinds."""
        return ResolvedSchema.physical(self._row_type.field_names(), self._row_type.field_types())

    def get_result_kind(self) -> int:
        """ResultKind.SUCCESS or SUCCESS_WITH_CONTENT."""
        return self._kind

    def collect(self) -> CloseableIterator:
        """The rows as they come; close it, or use it in a with statement, to stop earlier."""
        return self._iterator()

    _rows: CloseableIterator | None = None
    _printing = False

    def _iterator(self) -> CloseableIterator:
        if self._rows is None:
            self._rows = CloseableIterator(self._batches(), self)
        return self._rows

    def _batches(self) -> Iterator[list[Row]]:
        """The rows batch by batch."""
        if not self._handle:
            yield self._own_rows()
            return
        types, zone = self._row_type.field_types(), self._zone()
        if self._printing:
            types = [_values.shown(k) for k in types]
        for batch, kinds in self._arrow():
            yield _values.rows(batch, kinds, types, zone)

    def _own_rows(self) -> list[Row]:
        if self._names and self._job:
            return [Row(*(-1 for _ in self._names))]
        if self._reply.get("kind") == "text":
            return [Row(self._reply["text"])]
        return [Row("OK")]

    def _zone(self) -> str:
        return self._engine.conf.get_string("table.local-time-zone", "UTC").replace(
            "default", "UTC"
        )

    def _arrow(self) -> Iterator[tuple[pa.RecordBatch, bytes | None]]:
        while True:
            got = self._engine.session().fetch(self._handle)
            if got is None:
                self._ended = True
                return
            if got.batch is not None:
                yield got.batch, got.kinds

    def print(self) -> None:
        """Prints the rows as a table, as they come."""
        if self._kind == ResultKind.SUCCESS and not self._handle:
            print("OK")
            return
        if "text" in self._reply:
            print(self._reply["text"])
            return
        if self._names and self._job:  # an INSERT has no counts to show, and no columns
            for row in self.collect():
                print(*row)
            return
        self._printing = True
        with self.collect() as rows:
            _tableau.write(
                rows,
                self._row_type,
                self._zone(),
                by_type=bool(self._job),
                kinds=bool(self._reply.get("streams")),
                width=int(self._engine.conf.get_string("table.display.max-column-width", "30")),
                null="" if self._reply.get("nullAsEmpty") else "<NULL>",
            )

    def _cancel(self) -> None:
        if self._job and not self._ended:
            self._ended = True
            self._engine.session().call({"job": {"id": self._job, "verb": "cancel"}})


def _wait_until(client: JobClient, timeout_ms: int) -> None:
    import time

    deadline = time.monotonic() + timeout_ms / 1000
    while not client._status().is_terminal_state():
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError(f"the job has not ended within {timeout_ms} ms")
        time.sleep(min(left, 0.01))


class CloseableIterator:
    """Rows as they come; closing it before the end cancels the job."""

    def __init__(self, batches: Iterator[list[Row]], result: TableResult) -> None:
        self._batches = batches
        self._result = result
        self._ready: list[Row] = []
        self._at = 0
        self._closed = False

    def __iter__(self) -> CloseableIterator:
        return self

    def __next__(self) -> Row:
        while self._at >= len(self._ready):
            if self._closed:
                raise StopIteration("No more data.")
            self._fill()
        row = self._ready[self._at]
        self._at += 1
        return row

    def _fill(self) -> None:
        try:
            self._ready, self._at = next(self._batches), 0
        except BaseException:
            # At the end, and after the job's failure, there is nothing left to cancel.
            self._closed = True
            raise

    def peek(self, timeout_ms: int) -> None:
        """Waits for the first row or the end."""
        if self._closed or self._at < len(self._ready):
            return
        if timeout_ms >= 0:
            session, handle = self._result._engine.session(), self._result._handle
            got = session.fetch(handle, timeout_ms)
            if got is None:
                self._closed = True
                return
            types = self._result._row_type.field_types()
            self._ready = _values.rows(got.batch, got.kinds, types, self._result._zone())
            self._at = 0
            return
        try:
            self._fill()
        except StopIteration:
            return

    def next(self) -> Row:
        """The next row; raises StopIteration at the end."""
        return self.__next__()

    def close(self) -> None:
        """Cancels the job unless it has ended."""
        if not self._closed:
            self._closed = True
            try:
                self._result._cancel()
            except JobCancelledError:
                return

    def __enter__(self) -> CloseableIterator:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        self.close()
