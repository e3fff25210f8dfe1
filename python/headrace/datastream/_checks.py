"""Checks of arguments, each with one line that says what to write instead."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Sequence
from typing import Any

from headrace.common.typeinfo import (
    BasicTypeInfo,
    ObjectArrayTypeInfo,
    RowTypeInfo,
    TypeInformation,
    Types,
)
from headrace.datastream.functions import (
    FilterFunction,
    FlatMapFunction,
    Function,
    KeySelector,
    MapFunction,
    ReduceFunction,
)

# What is called of a function, and with how many arguments.
_CALLED: dict[type, tuple[str, int]] = {
    MapFunction: ("map", 1),
    FlatMapFunction: ("flat_map", 1),
    FilterFunction: ("filter", 1),
    ReduceFunction: ("reduce", 2),
}


def function(given: Any, expected: type, example: str) -> None:
    """A function object of the class, or anything callable."""
    unmade = isinstance(given, type) and issubclass(given, Function)  # a class, not an object
    if not isinstance(given, expected) and (not callable(given) or unmade):
        raise TypeError(
            f"The input must be a {expected.__name__} or a callable function, as in {example}, "
            f"not {given!r}"
        )
    name, arguments = _CALLED.get(expected, ("", 0))
    if not name:
        return
    target = getattr(given, name) if isinstance(given, expected) else given
    if inspect.iscoroutinefunction(target):
        raise TypeError(
            f"{_named(target)} is a coroutine function, which nothing here waits for: use "
            "AsyncDataStream.unordered_wait(stream, an AsyncFunction, Time.seconds(10))"
        )
    if name != "flat_map" and inspect.isgeneratorfunction(target):
        raise TypeError(
            f"{_named(target)} yields, but {name}() gives one result: return it, or use flat_map()"
        )
    if target is given:
        _takes(target, arguments, f"in {example}")


def partitioner(given: Any) -> None:
    """That what is no Partitioner takes a key and the number of subtasks."""
    if not hasattr(given, "partition"):
        _takes(given, 2, "in partition_custom(lambda key, n: key % n, lambda x: x[0])")


def _takes(target: Any, arguments: int, example: str) -> None:
    """That a function can be called with so many arguments, as far as it tells."""
    try:
        signature = inspect.signature(target, follow_wrapped=False)
    except (TypeError, ValueError):  # of C
        return
    try:
        signature.bind(*[None] * arguments)
    except TypeError:
        number = "one argument" if arguments == 1 else f"{arguments} arguments"
        raise TypeError(
            f"the function is called with {number}, as {example}, which "
            f"{_named(target)}{signature} does not take"
        ) from None


def _named(target: Any) -> str:
    return str(getattr(target, "__name__", type(target).__name__))


def one_environment(mine: Any, other: Any, what: str) -> None:
    """That a stream is of the environment of those that it is put together with."""
    if mine is not other:
        raise ValueError(
            f"{what}: the streams are of two environments: make both from one "
            "StreamExecutionEnvironment"
        )


def key_selector(given: Any) -> None:
    """A KeySelector, or anything callable."""
    if not isinstance(given, KeySelector) and not callable(given):
        raise TypeError(
            "Parameter key_selector should be type of KeySelector or a callable function, as in "
            f"lambda x: x[{given!r}], not {given!r}; a field's position or name does for streams "
            "of a Tuple or Row type"
        )
    if not isinstance(given, KeySelector):
        _takes(given, 1, "in key_by(lambda x: x[0])")


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
