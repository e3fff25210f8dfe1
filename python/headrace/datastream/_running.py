"""From a program to a job: rows into the engine, the request, results out of it."""

from __future__ import annotations

import contextlib
import time
import uuid
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

from headrace._runtime.accumulators import TOKEN
from headrace.common.job_client import JobClient
from headrace.common.job_execution_result import JobExecutionResult
from headrace.common.job_id import JobID
from headrace.common.typeinfo import TypeInformation
from headrace.datastream import _python_files
from headrace.datastream._collect import CloseableIterator
from headrace.datastream._graph import Json, Node, program_json, reachable
from headrace.datastream._progress import SETTING, Progress, progress
from headrace.datastream._resources import slot_resources
from headrace.datastream._restarting import name_restart_strategy
from headrace.datastream._rows import as_table, from_arrow, shape_text

if TYPE_CHECKING:
    from headrace._core import Session
    from headrace.datastream.stream_execution_environment import StreamExecutionEnvironment


class JobListener(ABC):
    """Is told of the jobs of an environment."""

    @abstractmethod
    def on_job_submitted(self, job_client: JobClient | None, error: BaseException | None) -> None:
        """Called when a job has been started, or could not be."""

    @abstractmethod
    def on_job_executed(
        self, job_execution_result: JobExecutionResult | None, error: BaseException | None
    ) -> None:
        """Called when execute() has ended."""


def execute(env: StreamExecutionEnvironment, name: str) -> JobExecutionResult:
    """Runs the program to its end."""
    started = time.monotonic()
    ends = list(env._ends)
    client = submit(env, name)
    try:
        with _progress_of(env, client, ends) or contextlib.nullcontext():
            result = client.get_job_execution_result().result()
    except KeyboardInterrupt:
        client.cancel()
        raise
    except BaseException as error:
        name_restart_strategy(error, env._conf)
        for listener in env._listeners:
            listener.on_job_executed(None, error)
        raise
    if result.get_net_runtime() == 0:
        elapsed = int((time.monotonic() - started) * 1000)
        accumulators = result.get_all_accumulator_results()
        result = JobExecutionResult(JobID(str(result.get_job_id())), elapsed, accumulators)
    for listener in env._listeners:
        listener.on_job_executed(result, None)
    return result


def submit(env: StreamExecutionEnvironment, name: str, *collects: Node) -> JobClient:
    """Starts a job of what was registered and the collecting sinks given."""
    if not collects:
        env._check_defined()
    ends = [*env._ends, *collects]
    caches = _settled_caches(env, ends)
    sinks = {node_id: cache.sink() for node_id, cache in caches.items()}
    collecting = [sink for sink in sinks.values() if sink is not None]
    try:
        client = _request(env, name, [*ends, *collecting])
    except BaseException as error:
        for listener in env._listeners:
            listener.on_job_submitted(None, error)
        raise
    finally:
        env._ends = []
    for node_id, sink in sinks.items():
        if sink is not None:
            handle = sink.op["sink"]["handle"]
            caches[node_id].read(chain.from_iterable(_lists(env, handle, sink.output)))
    for listener in env._listeners:
        listener.on_job_submitted(client, None)
    return client


def collect(
    env: StreamExecutionEnvironment, name: str, end: Node, handle: str, type_info: TypeInformation
) -> CloseableIterator[Any]:
    """Starts a job and gives the elements that arrive at its collecting sink."""
    ends = [*env._ends, end]
    client = submit(env, name, end)
    lists = _lists(env, handle, type_info)
    return CloseableIterator.over(_shown(lists, _progress_of(env, client, ends)), client)


def _shown(lists: Iterator[list[Any]], line: Progress | None) -> Iterator[list[Any]]:
    """The elements, with a progress line until the last."""
    if line is None:
        return lists

    def with_line() -> Iterator[list[Any]]:
        with line:
            yield from lists

    return with_line()


def _progress_of(
    env: StreamExecutionEnvironment, client: JobClient, ends: list[Node]
) -> Progress | None:
    sources = [node.name for node in reachable(ends) if not node.inputs]
    return progress(env._conf.get_string(SETTING, "auto"), client.get_metrics, sources)


def program(env: StreamExecutionEnvironment, name: str, ends: list[Node]) -> Json:
    """What is to be run: the program's description, every end being a sink."""
    described = described_program(env, name, ends)
    _end_with_sinks(described, reachable(ends))
    return described


def described_program(env: StreamExecutionEnvironment, name: str, ends: list[Node]) -> Json:
    """The program's description, its rows put into the engine."""
    session = env._session()
    nodes = reachable(ends)
    config = {**env._conf.to_dict(), **slot_resources(env._groups, nodes)}
    described = program_json(name, config, ends, env.get_buffer_timeout())
    for node, out in zip(nodes, described["nodes"], strict=True):
        rows = out.pop("rows", None)
        if rows is not None:
            out["source"] = {**out["source"], "handle": _put(session, rows, node.output)}
    return described


def _request(env: StreamExecutionEnvironment, name: str, ends: list[Node]) -> JobClient:
    _python_files.make_importable(env._conf)
    session = env._session()
    described = program(env, name, ends)
    token = uuid.uuid4().hex
    described["config"] = {**described["config"], TOKEN: token}
    reply = session.call({"execute": described})
    return JobClient(session, str(reply["job"]), token)


def _settled_caches(env: StreamExecutionEnvironment, ends: list[Node]) -> dict[int, Any]:
    """The caches that the program reads, those that are complete turned into sources."""
    found: dict[int, Any] = {}
    while True:
        used = [n.id for n in reachable(ends) if n.id in env._caches and n.id not in found]
        if not used:
            break
        for node_id in used:
            found[node_id] = env._caches[node_id]
            found[node_id].settle()
    alive = {node.id for node in reachable(ends)}
    return {node_id: cache for node_id, cache in found.items() if node_id in alive}


def _end_with_sinks(described: Json, nodes: list[Node]) -> None:
    """Leads the output of operators that nothing reads into a black hole."""
    read = {edge["from"] for edge in described["edges"]}
    for node in nodes:
        read.update(node.op.get("table", {}).get("inputs", ()))
    next_id = max((node.id for node in nodes), default=0) + 1_000_000
    for node in nodes:
        if node.id in read or "sink" in node.op or "inserts" in node.op.get("table", {}):
            continue
        hole = {
            "id": next_id,
            "name": f"{node.name} (unread)",
            "parallelism": node.parallelism,
            "bufferTimeoutMs": "-1",
            "origin": node.origin,
            "sink": {"connector": "blackhole"},
        }
        if node.uid:
            hole["uid"] = f"{node.uid}-unread"
        described["nodes"].append(hole)
        described["edges"].append({"from": node.id, "to": next_id, "partition": "forward"})
        next_id += 1


def _put(session: Session, rows: Sequence[Any], type_info: TypeInformation) -> str:
    table = None if type_info._kind == "PICKLED_BYTE_ARRAY" else as_table(rows, type_info)
    return session.put_objects(rows) if table is None else session.put_arrow(table)


def _lists(
    env: StreamExecutionEnvironment, handle: str, type_info: TypeInformation
) -> Iterator[list[Any]]:
    """The elements of a result, batch by batch."""
    session = env._session()
    shape = shape_text(type_info)
    while True:
        try:
            rows = session.fetch(handle, shape=shape)
        except Exception as error:
            name_restart_strategy(error, env._conf)
            raise
        if rows is None:
            return
        if rows.objects is not None:
            yield rows.objects
        elif rows.batch is not None:
            yield from_arrow(rows.batch.column(0), type_info, rows.kinds)
