"""Input formats: sources that read a bounded set of files."""

from __future__ import annotations

from headrace.common.typeinfo import TypeInformation

__all__ = ["InputFormat"]


class InputFormat:
    """A bounded source for StreamExecutionEnvironment.create_input."""

    def __init__(
        self,
        connector: str,
        options: dict[str, str],
        type_info: TypeInformation | None = None,
    ) -> None:
        self._connector = connector
        self._options = dict(options)
        self._type_info = type_info

    def get_produced_type(self) -> TypeInformation | None:
        """The type of the elements read, None where it is not known."""
        return self._type_info
