"""Settings of a job that are not about checkpoints."""

from __future__ import annotations

from headrace.common.configuration import Configuration
from headrace.common.time import parse_duration_ms

__all__ = ["ExecutionConfig"]


JOB_PARAMETERS = "pipeline.global-job-parameters"


class ExecutionConfig:
    """A typed view of an environment's configuration.

    >>> config = ExecutionConfig(Configuration())
    >>> config.set_auto_watermark_interval(50).get_auto_watermark_interval()
    50
    """

    PARALLELISM_DEFAULT: int = -1
    PARALLELISM_UNKNOWN: int = -2

    def __init__(self, configuration: Configuration, default_parallelism: int = 1) -> None:
        self._conf = configuration
        self._default_parallelism = default_parallelism
        self._pojo_types: list[str] = []

    def _flag(self, key: str, value: bool) -> ExecutionConfig:
        self._conf.set_boolean(key, value)
        return self

    def _duration(self, key: str, default: str) -> int:
        return parse_duration_ms(self._conf.get_string(key, default))

    def enable_closure_cleaner(self) -> ExecutionConfig:
        """Has no effect: cloudpickle takes only what a function needs."""
        self._conf.set_string("pipeline.closure-cleaner-level", "RECURSIVE")
        return self

    def disable_closure_cleaner(self) -> ExecutionConfig:
        """Has no effect: cloudpickle takes only what a function needs."""
        self._conf.set_string("pipeline.closure-cleaner-level", "NONE")
        return self

    def is_closure_cleaner_enabled(self) -> bool:
        """Whether disable_closure_cleaner was not called."""
        return self._conf.get_string("pipeline.closure-cleaner-level", "RECURSIVE") != "NONE"

    def set_auto_watermark_interval(self, interval: int) -> ExecutionConfig:
        """How often watermarks are made, in milliseconds; 0 for each element."""
        if interval < 0:
            raise ValueError("the watermark interval must not be negative")
        self._conf.set_string("pipeline.auto-watermark-interval", f"{interval} ms")
        return self

    def get_auto_watermark_interval(self) -> int:
        """How often watermarks are made, in milliseconds."""
        return self._duration("pipeline.auto-watermark-interval", "200 ms")

    def set_latency_tracking_interval(self, interval: int) -> ExecutionConfig:
        """How often latency markers are sent, in milliseconds; 0 for never."""
        self._conf.set_string("metrics.latency.interval", f"{interval} ms")
        return self

    def get_latency_tracking_interval(self) -> int:
        """How often latency markers are sent, in milliseconds."""
        return self._duration("metrics.latency.interval", "0 ms")

    def get_parallelism(self) -> int:
        """The parallelism of operators that set none."""
        return self._conf.get_integer("parallelism.default", self._default_parallelism)

    def set_parallelism(self, parallelism: int) -> ExecutionConfig:
        """Sets the parallelism of operators that set none; -1 for the machine's cores."""
        if isinstance(parallelism, bool) or not isinstance(parallelism, int):
            raise TypeError(f"parallelism must be an int, not {parallelism!r}")
        if parallelism == self.PARALLELISM_DEFAULT:
            self._conf.remove_config("parallelism.default")
        elif parallelism >= 1:
            self._conf.set_integer("parallelism.default", parallelism)
        elif parallelism != self.PARALLELISM_UNKNOWN:
            raise ValueError(f"parallelism must be 1 or more (-1: the default), not {parallelism}")
        return self

    def get_max_parallelism(self) -> int:
        """The number of key groups, -1 where it is derived."""
        return self._conf.get_integer("pipeline.max-parallelism", -1)

    def set_max_parallelism(self, max_parallelism: int) -> ExecutionConfig:
        """Sets the number of key groups, up to 32768."""
        if not 1 <= max_parallelism <= 32768:
            raise ValueError(f"max parallelism must be 1 to 32768, not {max_parallelism}")
        self._conf.set_integer("pipeline.max-parallelism", max_parallelism)
        return self

    def get_task_cancellation_interval(self) -> int:
        """Milliseconds between two attempts to interrupt a task."""
        return self._duration("task.cancellation.interval", "30 s")

    def set_task_cancellation_interval(self, interval: int) -> ExecutionConfig:
        """Sets the time between two attempts to interrupt a task, in milliseconds."""
        self._conf.set_string("task.cancellation.interval", f"{interval} ms")
        return self

    def get_task_cancellation_timeout(self) -> int:
        """Milliseconds after which a task that does not stop is given up."""
        return self._duration("task.cancellation.timeout", "180 s")

    def set_task_cancellation_timeout(self, timeout: int) -> ExecutionConfig:
        """Sets the time after which a task that does not stop is given up, in milliseconds."""
        self._conf.set_string("task.cancellation.timeout", f"{timeout} ms")
        return self

    def enable_force_kryo(self) -> ExecutionConfig:
        """Has no effect: there is no Kryo here."""
        return self._flag("pipeline.force-kryo", True)

    def disable_force_kryo(self) -> ExecutionConfig:
        """Has no effect: there is no Kryo here."""
        return self._flag("pipeline.force-kryo", False)

    def is_force_kryo_enabled(self) -> bool:
        """What was set."""
        return self._conf.get_boolean("pipeline.force-kryo", False)

    def enable_generic_types(self) -> ExecutionConfig:
        """Allows streams without type information."""
        return self._flag("pipeline.generic-types", True)

    def disable_generic_types(self) -> ExecutionConfig:
        """Refuses streams without type information when the job is built."""
        return self._flag("pipeline.generic-types", False)

    def has_generic_types_disabled(self) -> bool:
        """Whether streams without type information are refused."""
        return not self._conf.get_boolean("pipeline.generic-types", True)

    def enable_auto_generated_uids(self) -> ExecutionConfig:
        """Allows operators without uid()."""
        return self._flag("pipeline.auto-generate-uids", True)

    def disable_auto_generated_uids(self) -> ExecutionConfig:
        """Refuses operators without uid() when the job is built."""
        return self._flag("pipeline.auto-generate-uids", False)

    def has_auto_generated_uids_enabled(self) -> bool:
        """Whether operators may go without uid()."""
        return self._conf.get_boolean("pipeline.auto-generate-uids", True)

    def enable_force_avro(self) -> ExecutionConfig:
        """Has no effect: there are no Java classes to serialize."""
        return self._flag("pipeline.force-avro", True)

    def disable_force_avro(self) -> ExecutionConfig:
        """Has no effect: there are no Java classes to serialize."""
        return self._flag("pipeline.force-avro", False)

    def is_force_avro_enabled(self) -> bool:
        """What was set."""
        return self._conf.get_boolean("pipeline.force-avro", False)

    def enable_object_reuse(self) -> ExecutionConfig:
        """Lets chained functions hand on the very object."""
        return self._flag("pipeline.object-reuse", True)

    def disable_object_reuse(self) -> ExecutionConfig:
        """Keeps functions from seeing each other's changes; the default."""
        return self._flag("pipeline.object-reuse", False)

    def is_object_reuse_enabled(self) -> bool:
        """Whether chained functions hand on the very object."""
        return self._conf.get_boolean("pipeline.object-reuse", False)

    def get_global_job_parameters(self) -> dict[str, str]:
        """The parameters that RuntimeContext.get_job_parameter reads.

        >>> config = ExecutionConfig(Configuration())
        >>> config.set_global_job_parameters({"limit": "3"}).get_global_job_parameters()
        {'limit': '3'}
        """
        return job_parameters(self._conf.get_string(JOB_PARAMETERS, ""))

    def set_global_job_parameters(
        self, global_job_parameters_dict: dict[str, object]
    ) -> ExecutionConfig:
        """Sets the parameters that RuntimeContext.get_job_parameter reads."""
        pairs = global_job_parameters_dict.items()
        text = ",".join(f"{_quoted(str(key))}:{_quoted(str(value))}" for key, value in pairs)
        self._conf.set_string(JOB_PARAMETERS, text)
        return self

    def get_default_kryo_serializer_classes(self) -> dict[str, str]:
        """Empty: there is no Kryo here."""
        return {}

    def get_registered_kryo_types(self) -> list[str]:
        """Empty: there is no Kryo here."""
        return []

    def get_registered_pojo_types(self) -> list[str]:
        """Empty: there are no Java classes here."""
        return list(self._pojo_types)

    def is_use_snapshot_compression(self) -> bool:
        """Whether checkpoints are compressed."""
        return self._conf.get_boolean("execution.checkpointing.snapshot-compression", False)

    def set_use_snapshot_compression(self, use_snapshot_compression: bool) -> ExecutionConfig:
        """Compresses checkpoints."""
        return self._flag("execution.checkpointing.snapshot-compression", use_snapshot_compression)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ExecutionConfig) and self._conf == other._conf

    def __hash__(self) -> int:
        return hash(self._conf)


def _quoted(text: str) -> str:
    if any(c in text for c in ",:'"):
        return "'" + text.replace("'", "''") + "'"
    return text


def job_parameters(text: str) -> dict[str, str]:
    """The parameters that a value of pipeline.global-job-parameters has.

    >>> job_parameters("limit:3,name:'a:b'")
    {'limit': '3', 'name': 'a:b'}
    """
    return dict(_unquoted(pair) for pair in _split(text, ",") if pair)


def _split(text: str, separator: str) -> list[str]:
    """Splits at separators outside single quotes."""
    parts, quoted = [""], False
    for char in text:
        if char == "'":
            quoted = not quoted
        if char == separator and not quoted:
            parts.append("")
        else:
            parts[-1] += char
    return parts


def _unquoted(pair: str) -> tuple[str, str]:
    parts = [part.strip() for part in _split(pair, ":")]
    plain = [p[1:-1].replace("''", "'") if p.startswith("'") else p for p in parts]
    return plain[0], ":".join(plain[1:])
