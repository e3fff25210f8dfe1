"""Checks of arguments, each with one line that says what to write instead."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

from headrace.common.typeinfo import (
    BasicTypeInfo,
    ObjectArrayTypeInfo,
    RowTypeInfo,
    TypeInformation,
    Types,
)
from headrace.datastream.functions import Function, KeySelector


def function(given: Any, expected: type, example: str) -> None:
    """A function object of the class, or anything callable."""
    unmade = isinstance(given, type) and issubclass(given, Function)  # a class, not an object
    if not isinstance(given, expected) and (not callable(given) or unmade):
        raise TypeError(
            f"The input must be a {expected.__name__} or a callable function, as in {example}, "
            f"not {given!r}"
        )


def key_selector(given: Any) -> None:
    """A KeySelector, or anything callable."""
    if not isinstance(given, KeySelector) and not callable(given):
        raise TypeError(
            "Parameter key_selector should be type of KeySelector or a callable function, as in "
            f"lambda x: x[{given!r}], not {given!r}"
        )


def output_type(given: TypeInformation | Sequence[TypeInformation] | None) -> TypeInformation:
    """Type information; any Python object where none is given; a list stands for a Row."""
    found = optional_type(given, "output_type")
    return Types.PICKLED_BYTE_ARRAY() if found is None else found


def optional_type(
    given: TypeInformation | Sequence[TypeInformation] | None, what: str
) -> TypeInformation | None:
    """Type information or None; a list stands for a Row."""
    if given is None:
        return None
    if isinstance(given, TypeInformation):
        return settled(given)
    if isinstance(given, (list, tuple)):
        return settled(RowTypeInfo(given))
    raise TypeError(f"{what} must come from Types, as in Types.STRING(), not {given!r}")


def settled(given: TypeInformation) -> TypeInformation:
    """The type as a stream has it: Rows with names, arrays of basic values as such.

    >>> settled(Types.ROW([Types.OBJECT_ARRAY(Types.INT())]))
    RowTypeInfo(f0: BasicArrayTypeInfo<Integer>)
    """
    children = [settled(child) for child in given._children]
    if isinstance(given, RowTypeInfo):
        return RowTypeInfo(children, given.get_field_names())
    if isinstance(given, ObjectArrayTypeInfo) and isinstance(children[0], BasicTypeInfo):
        return Types.BASIC_ARRAY(children[0])
    if not children:
        return given
    made = copy.copy(given)
    made._children = tuple(children)
    return made


def refused(message: str) -> Exception:
    """A plain Exception: programs written for PyFlink may expect exactly that type."""
    return Exception(message)
