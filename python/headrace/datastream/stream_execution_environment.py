"""Where a program begins and is run."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from headrace.common.configuration import Configuration
from headrace.common.execution_config import ExecutionConfig
from headrace.common.io import InputFormat
from headrace.common.job_client import JobClient
from headrace.common.job_execution_result import JobExecutionResult
from headrace.common.restart_strategy import RestartStrategyConfiguration
from headrace.common.time import parse_duration_ms
from headrace.common.typeinfo import TypeInformation
from headrace.common.watermark_strategy import WatermarkStrategy
from headrace.datastream import _checks as check
from headrace.datastream import _plan, _python_files, _running
from headrace.datastream._collect import CloseableIterator
from headrace.datastream._graph import Json, Node, Upstream, type_json
from headrace.datastream._origin import origin
from headrace.datastream._sources import add_source, collection_node, create_input, from_source
from headrace.datastream._stream import DataStream, checked_timeout
from headrace.datastream.checkpoint_config import CheckpointConfig
from headrace.datastream.checkpointing_mode import CheckpointingMode
from headrace.datastream.connectors.base import Source
from headrace.datastream.connectors.number_seq import NumberSequenceSource
from headrace.datastream.connectors.socket import SocketSource
from headrace.datastream.execution_mode import RuntimeExecutionMode
from headrace.datastream.functions import SourceFunction
from headrace.datastream.slot_sharing_group import SlotSharingGroup
from headrace.util.exceptions import ApiError

if TYPE_CHECKING:
    from headrace._core import Session
    from headrace.datastream._cached import Cache
    from headrace.datastream._running import JobListener
    from headrace.datastream.state_backend import StateBackend

__all__ = ["StreamExecutionEnvironment"]

T = TypeVar("T")

_DEFAULT_NAME = "Flink Streaming Job"


class StreamExecutionEnvironment:
    """Makes streams from sources and runs the program that they form.

    >>> env = StreamExecutionEnvironment.get_execution_environment()
    >>> env.set_parallelism(2).get_parallelism()
    2
    """

    _default_local_parallelism: int | None = None

    def __init__(self, configuration: Configuration | None = None) -> None:
        self._conf = Configuration(configuration)
        self._ids = itertools.count(1)
        self._ends: list[Node] = []
        self._caches: dict[int, Cache] = {}
        self._listeners: list[JobListener] = []
        self._groups: dict[str, SlotSharingGroup] = {}
        self._engine: Session | None = None

    @staticmethod
    def get_execution_environment(
        configuration: Configuration | None = None,
    ) -> StreamExecutionEnvironment:
        """A new environment with this configuration."""
        if configuration is not None and not isinstance(configuration, Configuration):
            raise TypeError(
                "get_execution_environment() takes a Configuration, as in "
                f"Configuration.from_dict({{...}}), not {configuration!r}"
            )
        return StreamExecutionEnvironment(configuration)

    # ------------------------------------------------------------ settings

    def get_config(self) -> ExecutionConfig:
        """A typed view of the settings that are not about checkpoints."""
        default = self._default_local_parallelism or os.cpu_count() or 1
        return ExecutionConfig(self._conf, default)

    def get_checkpoint_config(self) -> CheckpointConfig:
        """A typed view of the settings about checkpoints."""
        return CheckpointConfig(self._conf)

    def get_configuration(self) -> Configuration:
        """A copy of the settings."""
        return Configuration(self._conf)

    def configure(self, configuration: Configuration) -> None:
        """Takes over all settings of a configuration."""
        self._conf.add_all(configuration)

    def set_parallelism(self, parallelism: int) -> StreamExecutionEnvironment:
        """Sets the parallelism of operators made from here on; -1 for the machine's cores."""
        self.get_config().set_parallelism(parallelism)
        return self

    def get_parallelism(self) -> int:
        """The parallelism of operators that set none."""
        return self.get_config().get_parallelism()

    def set_max_parallelism(self, max_parallelism: int) -> StreamExecutionEnvironment:
        """Sets the number of key groups of operators that set none."""
        self.get_config().set_max_parallelism(max_parallelism)
        return self

    def get_max_parallelism(self) -> int:
        """The number of key groups, -1 where it is derived."""
        return self.get_config().get_max_parallelism()

    def register_slot_sharing_group(
        self, slot_sharing_group: SlotSharingGroup
    ) -> StreamExecutionEnvironment:
        """Makes a group's resources known, so that operators may name it."""
        self._groups[slot_sharing_group.get_name()] = slot_sharing_group
        return self

    def set_runtime_mode(self, execution_mode: RuntimeExecutionMode) -> StreamExecutionEnvironment:
        """Runs the program as a stream, in batch, or as its sources allow."""
        if not isinstance(execution_mode, RuntimeExecutionMode):
            raise TypeError(
                f"set_runtime_mode() takes RuntimeExecutionMode.BATCH and the like, "
                f"not {execution_mode!r}"
            )
        self._conf.set_string("execution.runtime-mode", execution_mode.name)
        return self

    def set_buffer_timeout(self, timeout_millis: int) -> StreamExecutionEnvironment:
        """How long elements wait for a batch to fill; 0 for none, -1 for as long as it takes."""
        checked_timeout(timeout_millis)
        self._conf.set_boolean("execution.buffer-timeout.enabled", timeout_millis != -1)
        if timeout_millis != -1:
            self._conf.set_string("execution.buffer-timeout.interval", f"{timeout_millis} ms")
        return self

    def get_buffer_timeout(self) -> int:
        """How long elements wait for a batch to fill, in milliseconds."""
        if not self._conf.get_boolean("execution.buffer-timeout.enabled", True):
            return -1
        return parse_duration_ms(self._conf.get_string("execution.buffer-timeout.interval", "100"))

    def disable_operator_chaining(self) -> StreamExecutionEnvironment:
        """Puts each operator into a task of its own."""
        self._conf.set_boolean("pipeline.operator-chaining.enabled", False)
        return self

    def is_chaining_enabled(self) -> bool:
        """Whether operators may share a task."""
        return self._conf.get_boolean("pipeline.operator-chaining.enabled", True)

    def is_chaining_of_operators_with_different_max_parallelism_enabled(self) -> bool:
        """Whether operators may share a task although their key groups differ."""
        key = "pipeline.operator-chaining.chain-operators-with-different-max-parallelism"
        return self._conf.get_boolean(key, True)

    def enable_checkpointing(
        self, interval: int, mode: CheckpointingMode | None = None
    ) -> StreamExecutionEnvironment:
        """Takes a checkpoint every interval milliseconds."""
        if not isinstance(interval, int):
            raise TypeError(
                f"enable_checkpointing() takes milliseconds, as in enable_checkpointing(10_000), "
                f"not {interval!r}"
            )
        config = self.get_checkpoint_config()
        config.set_checkpoint_interval(interval)
        if mode is not None:
            config.set_checkpointing_mode(mode)
        return self

    def get_checkpoint_interval(self) -> int:
        """Milliseconds between checkpoints, -1 where there are none."""
        return self.get_checkpoint_config().get_checkpoint_interval()

    def get_checkpointing_mode(self) -> CheckpointingMode:
        """What checkpoints guarantee."""
        return self.get_checkpoint_config().get_checkpointing_mode()

    def get_checkpointing_consistency_mode(self) -> CheckpointingMode:
        """What checkpoints guarantee."""
        return self.get_checkpointing_mode()

    def is_unaligned_checkpoints_enabled(self) -> bool:
        """Whether checkpoints overtake elements under way."""
        return self.get_checkpoint_config().is_unaligned_checkpoints_enabled()

    def is_force_unaligned_checkpoints(self) -> bool:
        """Whether that is so for iterations too."""
        return self.get_checkpoint_config().is_force_unaligned_checkpoints()

    def enable_changelog_state_backend(self, enabled: bool) -> StreamExecutionEnvironment:
        """Writes state changes to a log, so that checkpoints are quick."""
        self._conf.set_boolean("state.changelog.enabled", enabled)
        return self

    def is_changelog_state_backend_enabled(self) -> bool:
        """Whether state changes are written to a log."""
        return self._conf.get_boolean("state.changelog.enabled", False)

    def set_state_backend(self, state_backend: StateBackend) -> StreamExecutionEnvironment:
        """Says where state lives."""
        for key, value in state_backend.settings().items():
            self._conf.set_string(key, value)
        return self

    def set_restart_strategy(
        self, restart_strategy: RestartStrategyConfiguration
    ) -> StreamExecutionEnvironment:
        """Says what happens to the job after a failure."""
        for key, value in restart_strategy.settings().items():
            self._conf.set_string(key, value)
        return self

    def set_default_savepoint_directory(self, directory: str) -> StreamExecutionEnvironment:
        """Says where savepoints go that name no directory."""
        self._conf.set_string("execution.checkpointing.savepoint-dir", directory)
        return self

    def get_default_savepoint_directory(self) -> str | None:
        """Where savepoints go that name no directory."""
        directory = self._conf.get_string("execution.checkpointing.savepoint-dir", "")
        return directory or None

    def get_default_local_parallelism(self) -> int:
        """The parallelism of environments that set none."""
        return StreamExecutionEnvironment._default_local_parallelism or os.cpu_count() or 1

    def set_default_local_parallelism(self, parallelism: int) -> None:
        """Sets the parallelism of environments that set none."""
        StreamExecutionEnvironment._default_local_parallelism = parallelism

    # ------------------------------------------------------------ files of the program

    def add_python_file(self, file_path: str) -> None:
        """Makes a module, package directory or zip file importable in the functions."""
        _python_files.append(self._conf, "python.files", file_path)

    def set_python_requirements(
        self, requirements_file_path: str, requirements_cache_dir: str | None = None
    ) -> None:
        """Names the packages that the functions need."""
        cache = f"#{requirements_cache_dir}" if requirements_cache_dir else ""
        self._conf.set_string("python.requirements", requirements_file_path + cache)

    def add_python_archive(self, archive_path: str, target_dir: str | None = None) -> None:
        """Unpacks an archive beside the functions."""
        target = f"#{target_dir}" if target_dir else ""
        _python_files.append(self._conf, "python.archives", archive_path + target)

    def set_python_executable(self, python_exec: str) -> None:
        """Says which Python runs worker processes."""
        self._conf.set_string("python.executable", python_exec)

    def add_jars(self, *jars_path: str) -> None:
        """Kept for export to a Flink cluster; has no effect here."""
        for path in jars_path:
            _python_files.append(self._conf, "pipeline.jars", path, ";")

    def add_classpaths(self, *classpaths: str) -> None:
        """Kept for export to a Flink cluster; has no effect here."""
        for path in classpaths:
            _python_files.append(self._conf, "pipeline.classpaths", path, ";")

    def register_cached_file(self, file_path: str, name: str, executable: bool = False) -> None:
        """Makes a file known to the functions under a name."""
        flag = "true" if executable else "false"
        entry = f"name:{name},path:{file_path},executable:{flag}"
        _python_files.append(self._conf, "pipeline.cached-files", entry, ";")

    # ------------------------------------------------------------ sources

    def from_collection(
        self, collection: Iterable[T], type_info: TypeInformation | None = None
    ) -> DataStream[T]:
        """The elements of a list, in its order.

        >>> env = StreamExecutionEnvironment.get_execution_environment()
        >>> env.from_collection([1, 2, 3]).get_type()
        PickledByteArrayTypeInfo
        """
        if isinstance(collection, (str, bytes)) or not isinstance(collection, Iterable):
            raise TypeError(f"from_collection() takes a list of elements, not {collection!r}")
        rows = collection if type(collection) is list else list(collection)
        node = collection_node(self, rows, check.output_type(type_info))
        return DataStream(self, [Upstream(node)])

    def from_data(self, *data: T, type_info: TypeInformation | None = None) -> DataStream[T]:
        """The elements given, as from_collection does with a list."""
        return self.from_collection(list(data), type_info)

    from_elements = from_data

    def from_sequence(self, start: int, end: int) -> DataStream[int]:
        """The numbers from start to end, both included, made in parallel."""
        source = NumberSequenceSource(start, end)
        return self.from_source(source, WatermarkStrategy.no_watermarks(), "Sequence Source")

    def from_source(
        self,
        source: Source,
        watermark_strategy: WatermarkStrategy,
        source_name: str,
        type_info: TypeInformation | None = None,
    ) -> DataStream[Any]:
        """The elements of a source."""
        if not isinstance(source, Source):
            raise TypeError(
                "from_source() takes a Source, as in NumberSequenceSource(1, 10), "
                f"not {type(source).__name__}; from_collection() takes a list"
            )
        given = check.optional_type(type_info, "type_info")
        return from_source(self, source, watermark_strategy, source_name, given)

    def add_source(
        self,
        source_func: SourceFunction,
        source_name: str = "Custom Source",
        type_info: TypeInformation | None = None,
    ) -> DataStream[Any]:
        """The elements of a source of the old kind."""
        if not isinstance(source_func, SourceFunction):
            raise TypeError(
                f"add_source() takes a SourceFunction, not {type(source_func).__name__}; "
                "a Source goes to from_source()"
            )
        given = check.optional_type(type_info, "type_info")
        return add_source(self, source_func, source_name, given)

    def create_input(
        self, input_format: InputFormat, type_info: TypeInformation | None = None
    ) -> DataStream[Any]:
        """The elements of an input format."""
        if not isinstance(input_format, InputFormat):
            raise TypeError(f"create_input() takes an InputFormat, not {input_format!r}")
        given = check.optional_type(type_info, "type_info")
        return create_input(self, input_format, given)

    def socket_text_stream(
        self, hostname: str, port: int, delimiter: str = "\n", max_retry: int = 0
    ) -> DataStream[str]:
        """The lines that a server sends, until it closes the connection."""
        source = SocketSource(hostname, port, delimiter, max_retry)
        return self.from_source(source, WatermarkStrategy.no_watermarks(), "Socket Stream")

    # ------------------------------------------------------------ running

    def execute(self, job_name: str | None = None) -> JobExecutionResult:
        """Runs the program to its end; raises what made it fail."""
        return _running.execute(self, job_name or self._job_name())

    def execute_async(self, job_name: str = _DEFAULT_NAME) -> JobClient:
        """Starts the program and gives a handle on it."""
        return _running.submit(self, job_name)

    def get_execution_plan(self) -> str:
        """The program as JSON, in the form that Flink's plan visualizer takes."""
        self._check_defined()
        mode = self._conf.get_string("python.execution-mode", "thread")
        return _plan.visual_plan(self._ends, mode)

    def register_job_listener(self, job_listener: JobListener) -> None:
        """Has a listener called when jobs are submitted and have ended."""
        self._listeners.append(job_listener)

    def close(self) -> None:
        """Ends the environment's jobs."""
        if self._engine is not None:
            self._engine.close()
            self._engine = None

    # ------------------------------------------------------------ building the graph

    def _job_name(self) -> str:
        return self._conf.get_string("pipeline.name", _DEFAULT_NAME)

    def _new_node(self, name: str, op: Json, output: TypeInformation) -> Node:
        generic = not self.get_config().has_generic_types_disabled()
        if not generic and output._kind == "PICKLED_BYTE_ARRAY" and "sink" not in op:
            raise ApiError(f"{name} has no type and generic types are disabled: set output_type")
        parallelism = self.get_parallelism()
        return Node(next(self._ids), name, op, output, parallelism, origin=origin())

    def _register(self, node: Node) -> None:
        """Makes a node part of the next job."""
        self._ends.append(node)

    def _unregister(self, node: Node) -> None:
        self._ends.remove(node)

    def _new_handle(self) -> str:
        return f"collect-{next(self._ids)}"

    def _end_of(self, node: Node, name: str, sink: Json) -> Node:
        """A sink node behind a node, not registered."""
        end = self._new_node(name, {"sink": sink}, node.output)
        end.parallelism = node.parallelism
        end.inputs = [[Upstream(node)]]
        return end

    def _collect(self, stream: DataStream[Any], job_name: str | None) -> CloseableIterator[Any]:
        """Runs the program with a sink that brings a stream's elements here."""
        handle = self._new_handle()
        type_info = stream._element_type()
        sink: Json = {"connector": "collect", "handle": handle, "type": type_json(type_info)}
        end = self._new_node("Collect Stream Sink", {"sink": sink}, type_info)
        end.parallelism = stream._upstreams[0].node.parallelism
        end.inputs = [list(stream._upstreams)]
        name = job_name or self._job_name()
        return _running.collect(self, name, end, handle, type_info)

    def _collection_op(self, rows: Sequence[Any], output: TypeInformation) -> Json:
        """A source over rows, whose handle is made when a job starts."""
        return {"source": {"connector": "collection", "type": type_json(output)}, "rows": rows}

    def _check_defined(self) -> None:
        if not self._ends:
            raise ApiError(
                "No operators defined in streaming topology. Cannot execute: add a sink, as in "
                "ds.print(), or call ds.execute_and_collect()"
            )

    def _session(self) -> Session:
        """The engine's session of this environment."""
        if self._engine is None:
            from headrace import _core

            self._engine = _core.Session(self._conf.to_dict())
        return self._engine
