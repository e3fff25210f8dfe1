"""Keys by field: what key_by(0), key_by("name") and key_by(["a", "b"]) stand for."""

from __future__ import annotations

import difflib
import operator
from collections.abc import Sequence
from typing import Any

from headrace.common.typeinfo import RowTypeInfo, TupleTypeInfo, TypeInformation, Types

Key = tuple[Any, TypeInformation | None]


def is_field(given: Any) -> bool:
    """A position, a name, or several of them."""
    if isinstance(given, (list, tuple)):
        return bool(given) and all(is_field(g) and not isinstance(g, (list, tuple)) for g in given)
    return isinstance(given, (int, str)) and not isinstance(given, bool)


def has_fields(elements: TypeInformation) -> bool:
    """A Tuple or a Row."""
    return isinstance(elements, (RowTypeInfo, TupleTypeInfo))


def key(
    given: int | str | Sequence[int | str], key_type: TypeInformation | None, elements: Any
) -> Key:
    """What reads the fields of elements that have some, and the key's type.

    One field is the key itself; of several the key is a tuple.
    """
    fields = list(given) if isinstance(given, (list, tuple)) else [given]
    places = [_place(f, elements) for f in fields]
    types = [elements.get_field_types()[p] for p in places]
    of_all = types[0] if len(types) == 1 else Types.TUPLE(types)
    return operator.itemgetter(*places), key_type or of_all


def _place(field: Any, elements: RowTypeInfo | TupleTypeInfo) -> int:
    count = len(elements.get_field_types())
    names = [f"f{i}" for i in range(count)]
    if isinstance(elements, RowTypeInfo):
        names = list(elements.get_field_names())
    if isinstance(field, int):
        if not 0 <= field < count:
            raise ValueError(f"key_by({field!r}): the elements have the fields 0 to {count - 1}")
        return field
    if field not in names:
        near = difflib.get_close_matches(field, names, 1)
        hint = f"did you mean {near[0]!r}?" if near else f"they are {', '.join(names)}"
        raise ValueError(f"key_by({field!r}): the elements have no such field; {hint}")
    return names.index(field)
