"""What an operator may ask of the machinery that runs it, as types."""

from __future__ import annotations

from typing import Any, Protocol

from headrace.datastream._function import RuntimeContext
from headrace.datastream.state import StateDescriptor


class OperatorContext(Protocol):
    """The context of headrace._runtime, as operators use it. Times are in milliseconds."""

    def timestamp(self) -> int:
        """The element's or timer's time."""
        ...

    def current_watermark(self) -> int:
        """The watermark."""
        ...

    def current_processing_time(self) -> int:
        """The clock's time."""
        ...

    def get_current_key(self) -> Any:
        """The key."""
        ...

    def set_timestamp(self, timestamp: int, /) -> None:
        """Gives what is emitted from here on that time."""
        ...

    def register_event_timer(self, namespace: Any, time: int, /) -> None:
        """Calls on_event_time once the watermark reaches the time."""
        ...

    def delete_event_timer(self, namespace: Any, time: int, /) -> None:
        """Takes that back."""
        ...

    def register_processing_timer(self, namespace: Any, time: int, /) -> None:
        """Calls on_processing_time once the clock reaches the time."""
        ...

    def delete_processing_timer(self, namespace: Any, time: int, /) -> None:
        """Takes that back."""
        ...


class OperatorRuntime(Protocol):
    """The runtime context of headrace._runtime, as operators use it."""

    def get_namespaced_state(self, state_descriptor: StateDescriptor, /) -> Any:
        """State by key and namespace, with set_current_namespace(namespace)."""
        ...

    def get_state_by_descriptor(self, state_descriptor: StateDescriptor, /) -> Any:
        """State by key, of the descriptor's kind."""
        ...

    def get_metrics_group(self) -> Any:
        """Where own metrics go."""
        ...


def as_user_context(runtime: OperatorRuntime) -> RuntimeContext:
    """The same object as user functions see it."""
    context: Any = runtime
    return context  # type: ignore[no-any-return]
