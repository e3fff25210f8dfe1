"""An engine in a page of Python, so that programs can be tested without the native one.

It runs a planpb.Program element by element in one thread, on the hosts of headrace.testing.
Watermarks come at the end of the input only; a keyed operator in batch mode sees its input key by
key.
"""

from __future__ import annotations

import base64
import itertools
import os
import pickle
import time
import uuid
import zlib
from collections import defaultdict
from types import SimpleNamespace
from typing import Any

import cloudpickle

from headrace.datastream._rows import checked, from_arrow
from headrace.testing._host import MAX_TIME, MIN_TIME, Host

# The context of calls that ask for nothing but the time.
STILL: Any = SimpleNamespace(current_processing_time=lambda: 0)


class Rows:
    """One batch of a result."""

    def __init__(self, objects: list[Any]) -> None:
        self.objects, self.batch, self.kinds = objects, None, None


class Session:
    """The interface of headrace._core.Session."""

    def __init__(self, config: dict[str, str] | None = None) -> None:
        self.handles: dict[str, Any] = {}
        self.results: dict[str, list[Any]] = {}
        self.failure: BaseException | None = None
        self.requests: list[dict[str, Any]] = []
        self._numbers = itertools.count()

    def put_objects(self, values: list[Any]) -> str:
        handle = f"objects-{next(self._numbers)}"
        self.handles[handle] = pickle.loads(cloudpickle.dumps(list(values)))
        return handle

    def put_arrow(self, data: Any) -> str:
        handle = f"arrow-{next(self._numbers)}"
        self.handles[handle] = data
        return handle

    def call(self, request: dict[str, Any]) -> dict[str, Any]:
        self.requests.append(request)
        if "execute" in request:
            run = Run(request["execute"], self)
            try:
                run.run()
            except Exception as error:
                self.failure = error
            return {"job": "0" * 32, "results": {}}
        if request["job"]["verb"] == "wait" and self.failure is not None:
            raise self.failure
        return {"status": "FINISHED", "runtimeMs": 1}

    def fetch(self, handle: str, timeout_ms: int = -1, shape: str | None = None) -> Rows | None:
        rows = self.results.pop(handle, None)
        if rows:
            return Rows(rows)
        if self.failure is not None:
            raise self.failure
        return None

    def close(self) -> None:
        pass


def load(function: dict[str, Any] | None) -> Any:
    return None if function is None else cloudpickle.loads(base64.b64decode(function["pickled"]))


def selector(edge: dict[str, Any]) -> Any:
    function = load(edge.get("keySelector"))
    return getattr(function, "get_key", function)


class Run:
    """One execution of a program."""

    def __init__(self, program: dict[str, Any], session: Session) -> None:
        self.session = session
        self.nodes = {node["id"]: node for node in program["nodes"]}
        self.order = [node["id"] for node in program["nodes"]]
        self.batch = program["config"].get("execution.runtime-mode") == "BATCH"
        self.edges: dict[int, list[dict[str, Any]]] = defaultdict(list)
        for edge in program["edges"]:
            calls = {"call": selector(edge), "partition_call": load(edge.get("partitioner"))}
            self.edges[edge["from"]].append({**edge, **calls, "next": defaultdict(int)})
        self.hosts: dict[tuple[int, int], Host] = {}
        self.waiting: dict[tuple[int, int], list[Any]] = defaultdict(list)
        self.files: dict[tuple[int, int], Any] = {}

    def run(self) -> None:
        for node_id in self.order:
            self._open(self.nodes[node_id])
        for node_id in self.order:  # inputs come before what reads them
            self._drain(self.nodes[node_id])
        for file in self.files.values():
            file.close()

    def _open(self, node: dict[str, Any]) -> None:
        for subtask in range(node["parallelism"]):
            place = (node["id"], subtask)
            if "python" in node:
                emit = lambda tag, value, at, node=node, subtask=subtask: self._emit(  # noqa: E731
                    node, subtask, tag, value, at
                )
                self.hosts[place] = Host(
                    node["python"]["kind"], load(node["python"]["function"]), emit,
                    subtask=subtask, parallelism=node["parallelism"], batch=self.batch,
                )  # fmt: skip
                self.hosts[place].now = int(time.time() * 1000)
            elif "watermark" in node:
                self.hosts[place] = load(node["watermark"].get("assigner"))

    def _drain(self, node: dict[str, Any]) -> None:
        """Runs a node whose inputs have ended; watermarks come with the end."""
        if "source" in node:
            for i, value in enumerate(self._rows(node)):
                self._emit(node, i % node["parallelism"], None, value, MIN_TIME)
        elif "python" in node:
            for subtask in range(node["parallelism"]):
                self._finish(node, subtask)

    def _finish(self, node: dict[str, Any], subtask: int) -> None:
        host = self.hosts[node["id"], subtask]
        if self.batch and not host.keyed:
            for value, at, key, _, port in self.waiting.pop((node["id"], subtask), []):
                host.push(value, at, port, key)
        elif self.batch:
            rows = self.waiting.pop((node["id"], subtask), [])
            rows.sort(key=lambda row: (row[3], row[1]))
            for _, group in itertools.groupby(rows, key=lambda row: row[3]):
                host.watermark = MIN_TIME
                for value, at, key, _, port in group:
                    host.push(value, at, port, key)
                host.advance_watermark(MAX_TIME)
                host.advance_processing_time(MAX_TIME)
        host.advance_watermark(MAX_TIME)
        ports = {edge.get("port", 0) for edges in self.edges.values() for edge in edges
                 if edge["to"] == node["id"]}  # fmt: skip
        for port in sorted(ports):
            host.end_input(port)
        host.close()

    def _rows(self, node: dict[str, Any]) -> list[Any]:
        source, options = node["source"], node["source"].get("options", {})
        if source["connector"] == "collection":
            rows = self.session.handles[source["handle"]]
            if isinstance(rows, list):
                return list(rows)
            return list(from_arrow(rows.column(0).combine_chunks(), _type(source["type"]), None))
        if source["connector"] == "python":
            reader = load(source["function"])
            reader.open(None)
            for split in range(int(options["splits"])):
                list(reader.process_element((split, None), None))
            found = list(reader.process_element(1 << 40, STILL))
            reader.close()
            return found
        if source["connector"] == "number-sequence":
            return list(range(int(options["start"]), int(options["end"]) + 1))
        lines: list[str] = []
        for path in options["path"].split(";"):
            for folder, _, names in os.walk(path) if os.path.isdir(path) else [("", [], [path])]:
                for name in names:
                    with open(os.path.join(folder, name), encoding="utf-8") as file:
                        lines += file.read().splitlines()
        return lines

    def _emit(self, node: dict[str, Any], subtask: int, tag: Any, value: Any, at: int) -> None:
        output = 0
        if tag is not None:
            tags = [side["tag"] for side in node.get("sideOutputs", [])]
            if tag not in tags:
                return
            output = tags.index(tag) + 1
        for edge in self.edges[node["id"]]:
            if edge.get("output", 0) == output:
                self._route(edge, subtask, pickle.loads(cloudpickle.dumps(value)), at)

    def _route(self, edge: dict[str, Any], subtask: int, value: Any, at: int) -> None:
        target = self.nodes[edge["to"]]
        n, partition, key = target["parallelism"], edge["partition"], None
        if partition == "hash":
            key = edge["call"](value)
            to = [zlib.crc32(pickle.dumps(key)) % n]
        elif partition == "broadcast":
            to = list(range(n))
        elif partition == "custom":
            call = edge["partition_call"]
            to = [getattr(call, "partition", call)(edge["call"](value), n)]
        elif partition == "forward":
            to = [subtask]
        elif partition == "global":
            to = [0]
        else:
            to = [edge["next"][subtask] % n]
            edge["next"][subtask] += 1
        for i in to:
            self._push(target, i, edge.get("port", 0), value, at, key)

    def _push(
        self, node: dict[str, Any], subtask: int, port: int, value: Any, at: int, key: Any
    ) -> None:
        place = (node["id"], subtask)
        if "python" in node:
            host = self.hosts[place]
            # In batch mode the broadcast input comes first, then keyed input key by key.
            if (
                self.batch
                and (host.keyed or "broadcast" in host.kind)
                and not (port == 1 and "broadcast" in host.kind)
            ):
                self.waiting[place].append((value, at, key, pickle.dumps(key), port))
            else:
                host.push(value, at, port, key)
        elif "watermark" in node:
            assigner = self.hosts[place]
            at = assigner.extract_timestamp(value, at) if assigner else at
            self._emit(node, subtask, None, value, at)
        else:
            self._sink(node, subtask, value)

    def _sink(self, node: dict[str, Any], subtask: int, value: Any) -> None:
        sink, options = node["sink"], node["sink"].get("options", {})
        if sink["connector"] == "collect":
            self.session.results.setdefault(sink["handle"], []).extend(
                checked([value], _type(sink["type"]))
            )
        elif sink["connector"] == "print":
            name = options.get("print-identifier", "")
            many = str(subtask + 1) if node["parallelism"] > 1 else ""
            prefix = f"{':'.join(filter(None, (name, many)))}> " if name or many else ""
            os.write(1, f"{prefix}{value}\n".encode())
        elif sink["connector"] == "filesystem":
            place = (node["id"], subtask)
            if place not in self.files:
                prefix = options.get("sink.part-prefix", "part")
                name = f"{prefix}-{uuid.uuid4()}-{subtask}{options.get('sink.part-suffix', '')}"
                os.makedirs(options["path"], exist_ok=True)
                path = os.path.join(options["path"], name)
                self.files[place] = open(path, "w", encoding="utf-8")  # noqa: SIM115
            self.files[place].write(f"{value}\n")


def _type(described: dict[str, Any]) -> Any:
    from headrace.common.typeinfo import TypeInformation, Types

    if described["kind"] == "ROW":
        children = [_type(child) for child in described["children"]]
        names = described.get("names")
        return Types.ROW_NAMED(names, children) if names else Types.ROW(children)
    kind = described["kind"]
    children = [_type(child) for child in described.get("children", [])]
    factory = getattr(Types, kind)
    if kind == "TUPLE":
        made: TypeInformation = factory(children)
        return made
    return factory(*children)
