"""The base of all user functions and what they learn of their surroundings."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from headrace.common.accumulators import (
        Accumulator,
        DoubleCounter,
        Histogram,
        IntCounter,
        LongCounter,
    )
    from headrace.common.external_resource import ExternalResourceInfo
    from headrace.datastream.state import (
        AggregatingState,
        AggregatingStateDescriptor,
        ListState,
        ListStateDescriptor,
        MapState,
        MapStateDescriptor,
        ReducingState,
        ReducingStateDescriptor,
        ValueState,
        ValueStateDescriptor,
    )


class KeyedStateStore(ABC):
    """Gives state that belongs to the current key."""

    @abstractmethod
    def get_state(self, state_descriptor: ValueStateDescriptor) -> ValueState[Any]:
        """A single value."""

    @abstractmethod
    def get_list_state(self, state_descriptor: ListStateDescriptor) -> ListState[Any]:
        """A list."""

    @abstractmethod
    def get_map_state(self, state_descriptor: MapStateDescriptor) -> MapState[Any, Any]:
        """A map."""

    @abstractmethod
    def get_reducing_state(self, state_descriptor: ReducingStateDescriptor) -> ReducingState[Any]:
        """A value that a reduce function keeps."""

    @abstractmethod
    def get_aggregating_state(
        self, state_descriptor: AggregatingStateDescriptor
    ) -> AggregatingState[Any, Any]:
        """A value that an aggregate function keeps."""


class RuntimeContext(KeyedStateStore):
    """What open() is told of the subtask it runs in."""

    @abstractmethod
    def get_task_name(self) -> str:
        """The name of the task."""

    @abstractmethod
    def get_number_of_parallel_subtasks(self) -> int:
        """The parallelism."""

    @abstractmethod
    def get_max_number_of_parallel_subtasks(self) -> int:
        """The number of key groups."""

    @abstractmethod
    def get_index_of_this_subtask(self) -> int:
        """Which subtask this is, from 0."""

    @abstractmethod
    def get_attempt_number(self) -> int:
        """How often the task has been restarted."""

    @abstractmethod
    def get_task_name_with_subtasks(self) -> str:
        """The name of the task with "(1/4)" behind it."""

    @abstractmethod
    def get_job_parameter(self, key: str, default_value: str) -> str:
        """A value of ExecutionConfig.set_global_job_parameters."""

    def get_external_resource_infos(self, resource_name: str) -> set[ExternalResourceInfo]:
        """The units of an external resource, such as "gpu", that the task's slot has: those that
        its slot sharing group asks for, else all of external-resource.<name>.amount."""
        raise NotImplementedError

    @abstractmethod
    def get_metrics_group(self) -> Any:
        """Where the function's own metrics go."""

    def add_accumulator(self, name: str, accumulator: Accumulator[Any, Any]) -> None:
        """Adds an accumulator: JobExecutionResult.get_accumulator_result(name) reads the sum of
        all subtasks."""
        raise NotImplementedError

    def get_accumulator(self, name: str) -> Accumulator[Any, Any] | None:
        """This function's accumulator of that name."""
        raise NotImplementedError

    def get_int_counter(self, name: str) -> IntCounter:
        """The IntCounter of that name, a new one where there is none."""
        raise NotImplementedError

    def get_long_counter(self, name: str) -> LongCounter:
        """The LongCounter of that name, a new one where there is none."""
        raise NotImplementedError

    def get_double_counter(self, name: str) -> DoubleCounter:
        """The DoubleCounter of that name, a new one where there is none."""
        raise NotImplementedError

    def get_histogram(self, name: str) -> Histogram:
        """The Histogram of that name, a new one where there is none."""
        raise NotImplementedError


class Function(ABC):  # noqa: B024
    """A user function: open() before the first element, close() after the last."""

    def open(self, runtime_context: RuntimeContext) -> None:  # noqa: B027
        """Called once in each subtask before the first element."""

    def close(self) -> None:  # noqa: B027
        """Called once in each subtask at the end, after a failure too."""
