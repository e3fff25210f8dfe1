"""User-defined functions of SQL and the Table API, and how they are declared.

>>> from headrace.table import DataTypes
>>> @udf(result_type=DataTypes.BIGINT())
... def plus_one(x):
...     return x + 1
>>> from headrace.table.expressions import col
>>> str(plus_one(col("a")))
'plus_one(a)'
"""

from __future__ import annotations

import functools
import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from headrace._runtime.functions import FunctionContext
from headrace.table import _annotations
from headrace.table import types as t
from headrace.table._expr.base import json_of, make
from headrace.table._function import Declared
from headrace.util.exceptions import ApiError

if TYPE_CHECKING:
    from headrace.table.expression import Expression

__all__ = [
    "AggregateFunction",
    "AsyncScalarFunction",
    "FunctionContext",
    "ScalarFunction",
    "TableAggregateFunction",
    "TableFunction",
    "udaf",
    "udf",
    "udtaf",
    "udtf",
]

T = TypeVar("T")
ACC = TypeVar("ACC")
Types = Any  # a DataType, its SQL text, or a list of either
_STYLES = ("general", "pandas", "arrow", "numpy", "polars")


class UserDefinedFunction(ABC):  # noqa: B024
    """The base of all functions."""

    def open(self, function_context: FunctionContext) -> None:  # noqa: B027
        """Called once in each subtask before the first row."""

    def close(self) -> None:  # noqa: B027
        """Called once in each subtask at the end, after a failure too."""

    def is_deterministic(self) -> bool:
        """Whether equal arguments always give equal results."""
        return True


class ScalarFunction(UserDefinedFunction):
    """One value for each row."""

    @abstractmethod
    def eval(self, *args: Any) -> Any:
        """The value for the arguments."""


class AsyncScalarFunction(UserDefinedFunction):
    """One value for each row, many rows being waited for at a time."""

    @abstractmethod
    async def eval(self, *args: Any) -> Any:
        """The value for the arguments."""


class TableFunction(UserDefinedFunction):
    """Any number of rows for each row."""

    @abstractmethod
    def eval(self, *args: Any) -> Iterable[Any]:
        """The rows for the arguments: yield values, or tuples and Rows for several columns."""


class ImperativeAggregateFunction(UserDefinedFunction, Generic[T, ACC]):
    """A function that keeps an accumulator for each group."""

    @abstractmethod
    def create_accumulator(self) -> ACC:
        """The accumulator of a new group."""

    @abstractmethod
    def accumulate(self, accumulator: ACC, *args: Any) -> None:
        """Takes in a row."""

    def retract(self, accumulator: ACC, *args: Any) -> None:
        """Takes a row back; needed where rows may be updated."""
        raise RuntimeError(f"{type(self).__name__} has no retract(), which updating rows need")

    def merge(self, accumulator: ACC, accumulators: Iterable[ACC]) -> None:
        """Takes in other accumulators; needed for session windows."""
        raise RuntimeError(f"{type(self).__name__} has no merge(), which session windows need")

    def get_result_type(self) -> Types:
        """The type of the result, unless given to udaf()."""
        raise RuntimeError(f"{type(self).__name__} has no get_result_type()")

    def get_accumulator_type(self) -> Types:
        """The type of the accumulator, unless given to udaf()."""
        raise RuntimeError(f"{type(self).__name__} has no get_accumulator_type()")


class AggregateFunction(ImperativeAggregateFunction[T, ACC]):
    """One value for each group of rows."""

    @abstractmethod
    def get_value(self, accumulator: ACC) -> T:
        """The value of a group."""


class TableAggregateFunction(ImperativeAggregateFunction[T, ACC]):
    """Any number of rows for each group of rows."""

    @abstractmethod
    def emit_value(self, accumulator: ACC) -> Iterable[T]:
        """The rows of a group."""


class UserDefinedFunctionWrapper:
    """A declared function: called with expressions it is an expression."""

    def __init__(self, func: Any, declared: Declared, aliases: Sequence[str] = ()) -> None:
        self._func = func
        self._declared = declared
        self._name = declared.name
        self._aliases = list(aliases)
        if inspect.isfunction(func):
            functools.update_wrapper(self, func)

    def __call__(self, *args: Any) -> Expression:
        called = [json_of(a) for a in args]
        return make(self._named({"function": self._declared.to_json(), "args": called}))

    def alias(self, *alias_names: str) -> UserDefinedFunctionWrapper:
        """The function with names for the columns of its result."""
        return UserDefinedFunctionWrapper(self._func, self._declared, alias_names)

    def _row_call(self) -> dict[str, Any]:
        """The call of the function with the whole row."""
        return self._named({"function": {**self._declared.to_json(), "takesRow": True}})

    def _named(self, call: dict[str, Any]) -> dict[str, Any]:
        udf = {"udf": call}
        return {"as": {"arg": udf, "names": self._aliases}} if self._aliases else udf

    def __reduce__(self) -> tuple[Any, ...]:
        return UserDefinedFunctionWrapper, (self._func, self._declared, self._aliases)


def _instance(f: Any, base: tuple[type, ...]) -> Any:
    """The function object; classes are not accepted, as they may need arguments."""
    if isinstance(f, type):
        raise ApiError(f"udf() takes an instance, not the class: {f.__name__}()")
    if not callable(f) and not isinstance(f, base):
        raise ApiError(f"a function, or an object with eval() or accumulate(), not {f!r}")
    return f


def _sql_types(given: Types) -> list[str]:
    if given is None:
        return []
    if isinstance(given, (str, t.DataType)):
        given = [given]
    return [_sql_type(g) for g in given]


def _sql_type(given: Any) -> str:
    if isinstance(given, t.RowField):
        given = given.data_type
    if isinstance(given, str):
        return given
    if isinstance(given, t.DataType):
        return given.sql()
    raise ApiError(f"a type is DataTypes.BIGINT() or 'BIGINT', not {given!r}")


def _name(f: Any, name: str | None) -> str:
    if name:
        return name
    if isinstance(f, functools.partial):
        f = f.func
    return str(getattr(f, "__name__", type(f).__name__))


def _deterministic(f: Any, given: bool | None) -> bool:
    says = getattr(f, "is_deterministic", None)
    own = bool(says()) if callable(says) else True
    if given is None or not callable(says):
        return own if given is None else given
    if given != own:
        raise ApiError(
            f"deterministic={given} but {type(f).__name__}.is_deterministic() says {own}"
        )
    return given


def _style(func_type: str) -> str:
    if func_type not in _STYLES:
        raise ApiError(f"func_type is one of {', '.join(_STYLES)}, not {func_type!r}")
    return func_type


def _is_async(f: Any) -> bool:
    return isinstance(f, AsyncScalarFunction) or inspect.iscoroutinefunction(
        getattr(f, "eval", f)
    )


def udf(
    f: Callable[..., Any] | ScalarFunction | AsyncScalarFunction | type | None = None,
    input_types: Types = None,
    result_type: Any = None,
    deterministic: bool | None = None,
    name: str | None = None,
    func_type: str = "general",
) -> Any:
    """Declares a scalar function, as a decorator or around a function or object.

    func_type says what it is called with: values of a row ("general"), or whole columns as
    "pandas", "arrow", "numpy" or "polars". Without result_type the return annotation counts.
    """
    if f is None:
        return functools.partial(
            udf,
            input_types=input_types,
            result_type=result_type,
            deterministic=deterministic,
            name=name,
            func_type=func_type,
        )
    f = _instance(f, (ScalarFunction, AsyncScalarFunction))
    declared = Declared(
        function=f,
        name=_name(f, name),
        kind="async_scalar" if _is_async(f) else "scalar",
        style=_style(func_type),
        deterministic=_deterministic(f, deterministic),
        input_types=_sql_types(input_types),
        result_types=_sql_types(result_type or _annotations.result_type(f)),
    )
    if not declared.result_types:
        raise ApiError(f"{declared.name} has no result type: give result_type, or annotate it")
    return UserDefinedFunctionWrapper(f, declared)


def udtf(
    f: Callable[..., Any] | TableFunction | type | None = None,
    input_types: Types = None,
    result_types: Types = None,
    deterministic: bool | None = None,
    name: str | None = None,
) -> Any:
    """Declares a table function, whose rows have columns of result_types."""
    if f is None:
        return functools.partial(
            udtf,
            input_types=input_types,
            result_types=result_types,
            deterministic=deterministic,
            name=name,
        )
    f = _instance(f, (TableFunction,))
    names: Sequence[str] = []
    given = result_types or _annotations.row_types(f)
    if isinstance(given, t.RowType):
        names, given = given.field_names(), given.field_types()
    declared = Declared(
        function=f,
        name=_name(f, name),
        kind="table",
        deterministic=_deterministic(f, deterministic),
        input_types=_sql_types(input_types),
        result_types=_sql_types(given),
        result_names=list(names),
    )
    if not declared.result_types:
        raise ApiError(f"{declared.name} has no result types: give result_types, or annotate it")
    return UserDefinedFunctionWrapper(f, declared)


def udaf(
    f: Callable[..., Any] | AggregateFunction[Any, Any] | type | None = None,
    input_types: Types = None,
    result_type: Any = None,
    accumulator_type: Any = None,
    deterministic: bool | None = None,
    name: str | None = None,
    func_type: str = "general",
) -> Any:
    """Declares an aggregate function; with func_type="pandas" a plain function of columns."""
    if f is None:
        return functools.partial(
            udaf,
            input_types=input_types,
            result_type=result_type,
            accumulator_type=accumulator_type,
            deterministic=deterministic,
            name=name,
            func_type=func_type,
        )
    base = (AggregateFunction,)
    return _aggregate(
        "aggregate", _instance(f, base), input_types, result_type, accumulator_type,
        deterministic, name, func_type,
    )  # fmt: skip


def udtaf(
    f: Callable[..., Any] | TableAggregateFunction[Any, Any] | type | None = None,
    input_types: Types = None,
    result_type: Any = None,
    accumulator_type: Any = None,
    deterministic: bool | None = None,
    name: str | None = None,
    func_type: str = "general",
) -> Any:
    """Declares a table aggregate function."""
    if f is None:
        return functools.partial(
            udtaf,
            input_types=input_types,
            result_type=result_type,
            accumulator_type=accumulator_type,
            deterministic=deterministic,
            name=name,
            func_type=func_type,
        )
    if func_type != "general":
        raise ApiError("a table aggregate function is called row by row: func_type='general'")
    base = (TableAggregateFunction,)
    return _aggregate(
        "table_aggregate", _instance(f, base), input_types, result_type, accumulator_type,
        deterministic, name, func_type,
    )  # fmt: skip


def _aggregate(
    kind: str,
    f: Any,
    input_types: Types,
    result_type: Any,
    accumulator_type: Any,
    deterministic: bool | None,
    name: str | None,
    func_type: str,
) -> UserDefinedFunctionWrapper:
    if result_type is None:
        result_type = _own_type(f, "get_result_type") or _annotations.result_type(f)
    if accumulator_type is None and func_type == "general":
        accumulator_type = _own_type(f, "get_accumulator_type")
    declared = Declared(
        function=f,
        name=_name(f, name),
        kind=kind,
        style=_style(func_type),
        deterministic=_deterministic(f, deterministic),
        input_types=_sql_types(input_types),
        result_types=_sql_types(result_type),
        accumulator_type="" if accumulator_type is None else _sql_type(accumulator_type),
    )
    if not declared.result_types:
        raise ApiError(f"{declared.name} has no result type: give result_type, or annotate it")
    return UserDefinedFunctionWrapper(f, declared)


def _own_type(f: Any, method: str) -> Any:
    """What the function object says of a type, None where it says nothing."""
    own = getattr(type(f), method, None)
    if own is None or own is getattr(ImperativeAggregateFunction, method):
        return None
    return getattr(f, method)()
