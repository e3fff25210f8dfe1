"""Names of side outputs."""

from __future__ import annotations

from collections.abc import Sequence

from headrace.common.typeinfo import RowTypeInfo, TypeInformation, Types

__all__ = ["OutputTag"]


class OutputTag:
    """Names a side output and its type; `yield tag, value` sends a value there.

    >>> late = OutputTag("late", Types.STRING())
    >>> late.tag_id
    'late'
    """

    def __init__(
        self, tag_id: str, type_info: TypeInformation | Sequence[TypeInformation] | None = None
    ) -> None:
        if not tag_id:
            raise ValueError("OutputTag tag_id cannot be None or empty string: name the output")
        self.tag_id = tag_id
        if type_info is None:
            self.type_info: TypeInformation = Types.PICKLED_BYTE_ARRAY()
        elif isinstance(type_info, TypeInformation):
            self.type_info = type_info
        elif isinstance(type_info, (list, tuple)):
            self.type_info = RowTypeInfo(type_info)
        else:
            raise TypeError(
                "OutputTag type_info must be None, list or TypeInformation, as in Types.INT(), "
                f"not {type_info!r}"
            )

    def __repr__(self) -> str:
        return f"OutputTag({self.tag_id!r}, {self.type_info})"
