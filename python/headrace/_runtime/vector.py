"""Functions over vectors: the engine's columns as pyarrow, pandas, numpy or polars values.

A batch arrives as one record batch over the engine's own buffers; what is converted from it is
made once per batch and style. Constants are passed as plain values. NaN stands for null in pandas
and numpy vectors, both ways.
"""

from __future__ import annotations

import datetime
import functools
import importlib
import sys
from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa

from headrace._runtime.functions import Loaded

__all__ = ["Groups", "Vectors"]

_MANAGERS = "pandas.core.internals.managers"
INPUT, CONST = 0, 1  # where an argument comes from; else an earlier result


class CallSpec:
    """One call: the function, its style and where its arguments come from."""

    def __init__(
        self,
        function: Loaded,
        name: str,
        style: str,
        args: Sequence[tuple[int, int]],
        names: Sequence[str] | None,
    ) -> None:
        self.function = function
        self.name = name
        self.style = style
        self.args = tuple(args)
        self.names = None if names is None else list(names)


class Inputs:
    """The columns of a batch in the styles that functions ask for."""

    def __init__(self, record: pa.RecordBatch, zone: datetime.tzinfo | None) -> None:
        self._record = record
        self._zone = zone
        self._made: dict[tuple[str, int], Any] = {}

    def get(self, style: str, index: int) -> Any:
        """Column index as a vector of the style."""
        made = self._made.get((style, index))
        if made is None:
            made = _TO[style](self._record.column(index), self._zone)
            self._made[style, index] = made
        return made


class Vectors:
    """A graph of calls over whole batches."""

    def __init__(
        self,
        schema_address: int,
        result_addresses: Sequence[int],
        consts: Sequence[Any],
        calls: Sequence[CallSpec],
        outputs: Sequence[int],
        zone: datetime.tzinfo | None,
    ) -> None:
        self._schema = pa.Schema._import_from_c(schema_address)
        self._types = [pa.Field._import_from_c(a).type for a in result_addresses]
        self._consts = list(consts)
        self._calls = list(calls)
        self._outputs = list(outputs)
        self._zone = zone
        styles = [self._calls[call].style for call in self._outputs]
        self._dtypes = [_dtype(t, s) for t, s in zip(self._types, styles, strict=True)]
        self.failed = 0  # the call that an exception came from

    def eval(self, address: int, n: int, out: Sequence[int]) -> None:
        """Runs the calls over the record batch at the address; exports one array an output."""
        record = pa.RecordBatch._import_from_c(address, self._schema)
        results = self.run(Inputs(record, self._zone), n)
        arrays = []
        for k, call in enumerate(self._outputs):
            self.failed = call
            name = self._calls[call].name
            if _references(results, call) == _ALONE and _fits(results[call], self._dtypes[k]):
                array = pa.array(results[call])
            else:
                array = to_arrow(results[call], self._types[k], self._zone, name)
            if len(array) != n:
                raise ValueError(f"the result of '{name}' has {len(array)} values for {n} rows")
            arrays.append(array)
        for array, destination in zip(arrays, out, strict=True):
            array._export_to_c(destination)

    def run(self, inputs: Inputs, n: int) -> list[Any]:
        """The results of all calls."""
        results: list[Any] = []
        for k, spec in enumerate(self._calls):
            self.failed = k
            args = [self._argument(spec, a, inputs, results) for a in spec.args]
            if spec.names is not None:
                args = [_frame(spec.style, spec.names, args, n)]
            function = spec.function.eval
            assert function is not None
            results.append(function(*args))
        return results

    def _argument(
        self, spec: CallSpec, arg: tuple[int, int], inputs: Inputs, results: list[Any]
    ) -> Any:
        source, index = arg
        if source == INPUT:
            return inputs.get(spec.style, index)
        if source == CONST:
            return self._consts[index]
        if self._calls[index].style == spec.style:
            return results[index]
        have = to_arrow(results[index], None, self._zone, self._calls[index].name)
        return _TO[spec.style](have, self._zone)


class Groups:
    """An aggregate over vectors: called once for each group of rows."""

    def __init__(
        self,
        schema_address: int,
        consts: Sequence[Any],
        call: CallSpec,
        zone: datetime.tzinfo | None,
    ) -> None:
        self._schema = pa.Schema._import_from_c(schema_address)
        self._consts = list(consts)
        self._call = call
        self._zone = zone
        self.row = 0  # the group that is being evaluated

    def eval(self, address: int, starts: Sequence[int], ends: Sequence[int]) -> list[Any]:
        """The result of each group, rows [starts[i], ends[i]) of the record batch."""
        record = pa.RecordBatch._import_from_c(address, self._schema)
        inputs = Inputs(record, self._zone)
        call, style = self._call, self._call.style
        cutters: list[Callable[[int, int], Any]] = []
        for source, index in call.args:
            if source == CONST:
                cutters.append(_constant(self._consts[index]))
            else:
                cutters.append(_CUT[style](inputs.get(style, index)))
        function = _aggregate(call.function)
        out = []
        for self.row, (start, end) in enumerate(zip(starts, ends, strict=True)):
            args = [cut(start, end) for cut in cutters]
            if call.names is not None:
                args = [_frame(style, call.names, args, end - start)]
            out.append(_null(function(*args)))
        return out


def _aggregate(loaded: Loaded) -> Callable[..., Any]:
    if loaded.accumulate is None:
        assert loaded.eval is not None
        return loaded.eval
    create, accumulate, value = loaded.create_accumulator, loaded.accumulate, loaded.get_value
    assert create is not None
    assert value is not None

    def call(*args: Any) -> Any:
        accumulator = create()
        accumulate(accumulator, *args)
        return value(accumulator)

    return call


def _null(value: Any) -> Any:
    """None for the nulls of pandas and numpy."""
    if isinstance(value, tuple):
        return tuple(_null(v) for v in value)
    name = type(value).__name__
    if name in ("NAType", "NaTType"):
        return None
    if name.startswith("float") and value != value:
        return None
    return value


def _constant(value: Any) -> Callable[[int, int], Any]:
    return lambda start, end: value


# ------------------------------------------------------------------ vectors from arrow arrays


def _to_arrow(array: pa.Array, zone: datetime.tzinfo | None) -> pa.Array:
    return array


def _to_pandas(array: pa.Array, zone: datetime.tzinfo | None) -> Any:
    import pandas as pd

    kind = array.type
    if array.null_count == 0 and (pa.types.is_integer(kind) or pa.types.is_floating(kind)):
        return pd.Series(array.to_numpy(), copy=False)
    if pa.types.is_struct(kind):
        columns = [_to_pandas(array.field(i), zone) for i in range(kind.num_fields)]
        return _frame("pandas", [f.name for f in kind], columns, len(array))
    series = array.to_pandas(date_as_object=True)
    if pa.types.is_timestamp(kind) and kind.tz is not None and zone is not None:
        series = series.dt.tz_convert(zone)
    return series


def _to_numpy(array: pa.Array, zone: datetime.tzinfo | None) -> Any:
    if array.type.num_fields and pa.types.is_struct(array.type):
        return {f.name: _to_numpy(array.field(i), zone) for i, f in enumerate(array.type)}
    return array.to_numpy(zero_copy_only=False)


def _to_polars(array: pa.Array, zone: datetime.tzinfo | None) -> Any:
    import polars as pl

    return pl.from_arrow(array)


_TO: dict[str, Callable[[pa.Array, datetime.tzinfo | None], Any]] = {
    "arrow": _to_arrow,
    "pandas": _to_pandas,
    "numpy": _to_numpy,
    "polars": _to_polars,
}


def _frame(style: str, names: list[str], columns: list[Any], n: int) -> Any:
    """The whole rows, for functions that take one argument of all columns."""
    if style == "pandas":
        import pandas as pd

        return pd.DataFrame(dict(zip(names, columns, strict=True)), index=range(n), copy=False)
    if style == "arrow":
        arrays = [c if isinstance(c, pa.Array) else pa.array([c] * n) for c in columns]
        return pa.RecordBatch.from_arrays(arrays, names)
    if style == "polars":
        import polars as pl

        return pl.DataFrame(dict(zip(names, columns, strict=True)))
    return dict(zip(names, columns, strict=True))


def _cut_slice(vector: Any) -> Callable[[int, int], Any]:
    return lambda start, end: vector[start:end]


def _cut_arrow(vector: pa.Array) -> Callable[[int, int], Any]:
    return lambda start, end: vector.slice(start, end - start)


def _cut_pandas(vector: Any) -> Callable[[int, int], Any]:
    import pandas as pd

    if isinstance(vector, pd.DataFrame):
        return lambda start, end: vector.iloc[start:end].reset_index(drop=True)
    values = vector.array
    if hasattr(values, "to_numpy") and isinstance(vector.dtype, type(pd.Series([0.0]).dtype)):
        values = vector.to_numpy()
        quick = _quick_series() if values.dtype.kind in "iufb" else None
        if quick is not None:
            return lambda start, end: quick(values[start:end])
    return lambda start, end: pd.Series(values[start:end], copy=False)


@functools.cache
def _quick_series() -> Callable[[Any], Any] | None:
    """Makes a Series of an array of numbers, without all that the constructor looks at.

    It takes parts of pandas that are not public, so the first one is held against what the
    constructor makes; None where this pandas is put together in another way.
    """
    import numpy as np
    import pandas as pd

    def make(values: Any) -> Any:
        manager = manage(values, index(range(len(values))))
        return template._constructor_from_mgr(manager, axes=manager.axes)

    sample = np.arange(3.0)
    template = want = pd.Series(sample, copy=False)
    try:
        index = pd.RangeIndex.from_range
        manage = importlib.import_module(_MANAGERS).SingleBlockManager.from_array
        made = make(sample)
        same = type(made) is pd.Series and made.equals(want) and made.index.identical(want.index)
        same = same and vars(made).keys() == vars(want).keys() and made.name is None
        return make if same and np.shares_memory(made.to_numpy(), sample) else None
    except Exception:  # whatever it is that another pandas raises
        return None


_CUT: dict[str, Callable[[Any], Callable[[int, int], Any]]] = {
    "arrow": _cut_arrow,
    "pandas": _cut_pandas,
    "numpy": _cut_slice,
    "polars": _cut_slice,
}


# ------------------------------------------------------------------ arrow arrays from vectors


def to_arrow(
    value: Any, want: pa.DataType | None, zone: datetime.tzinfo | None, name: str
) -> pa.Array:
    """A function's result as an array of the type that was declared for it."""
    try:
        array = _array_of(value, want, zone)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as e:
        raise TypeError(f"the result of '{name}' does not fit {_type_name(want)}: {e}") from e
    if array is None:
        raise TypeError(
            f"'{name}' must return a vector (pyarrow.Array, pandas.Series or DataFrame, "
            f"numpy.ndarray, polars.Series), got {type(value).__name__}"
        )
    if want is None or array.type.equals(want):
        return array
    try:
        return array.cast(want, safe=not pa.types.is_floating(array.type))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as e:
        raise TypeError(
            f"the result of '{name}' is {array.type}, expected {_type_name(want)}: {e}"
        ) from e


def _type_name(want: pa.DataType | None) -> str:
    return "the declared type" if want is None else str(want)


def _array_of(value: Any, want: pa.DataType | None, zone: datetime.tzinfo | None) -> Any:
    if isinstance(value, pa.Array):
        return value
    if isinstance(value, pa.ChunkedArray):
        return value.combine_chunks() if value.num_chunks != 1 else value.chunk(0)
    if isinstance(value, (pa.RecordBatch, pa.Table)):
        return _struct([value.column(i) for i in range(value.num_columns)], want, zone)
    if isinstance(value, dict) and want is not None and pa.types.is_struct(want):
        return _struct(list(value.values()), want, zone)
    module = type(value).__module__.partition(".")[0]
    if module == "numpy" and hasattr(value, "ndim"):
        return _from_numpy(value, want) if value.ndim == 1 else None
    if module == "pandas":
        return _from_pandas(value, want, zone)
    if module == "polars":
        if hasattr(value, "get_columns"):
            return _struct(value.get_columns(), want, zone)
        return value.to_arrow() if hasattr(value, "to_arrow") else None
    if hasattr(value, "__arrow_c_array__"):
        return pa.array(value)
    return None


def _struct(
    columns: Sequence[Any], want: pa.DataType | None, zone: datetime.tzinfo | None
) -> pa.Array:
    fields = [None] * len(columns) if want is None else [f.type for f in want]
    if len(fields) != len(columns):
        raise pa.ArrowInvalid(f"{len(columns)} columns for {len(fields)} fields")
    arrays = [_array_of(c, t, zone) for c, t in zip(columns, fields, strict=True)]
    arrays = [
        a if t is None or a.type.equals(t) else a.cast(t)
        for a, t in zip(arrays, fields, strict=True)
    ]
    names = [f"f{i}" for i in range(len(arrays))] if want is None else [f.name for f in want]
    return pa.StructArray.from_arrays(arrays, names=names)


def _from_numpy(values: Any, want: pa.DataType | None) -> pa.Array:
    kind = values.dtype.kind
    if kind in "iu" or (kind == "f" and not _has_nan(values)):
        return pa.array(values.copy())  # a copy: the function may go on writing into its array
    return pa.array(values, type=want, from_pandas=True, safe=False)


def _references(results: list[Any], index: int) -> int:
    return sys.getrefcount(results[index])


# The references to a result that only the list holds: measured, as interpreters differ. Nobody can
# write into such an array any more.
_ALONE = _references([object()], 0)


def _dtype(want: pa.DataType, style: str) -> Any:
    """The numpy type of arrays that have the form of the Arrow type; None where there is none."""
    if style != "numpy" or not (pa.types.is_integer(want) or pa.types.is_floating(want)):
        return None
    import numpy as np

    return np.dtype(want.to_pandas_dtype())


def _fits(value: Any, dtype: Any) -> bool:
    """Whether a result is an array with memory of its own that needs no conversion."""
    return (
        dtype is not None
        and type(value).__name__ == "ndarray"
        and value.dtype == dtype
        and value.ndim == 1
        and value.base is None
        and value.flags.owndata
        and not (dtype.kind == "f" and _has_nan(value))
    )


def _has_nan(values: Any) -> bool:
    if len(values) == 0:
        return False
    least = values.min()  # NaN where there is one
    return bool(least != least)


def _from_pandas(value: Any, want: pa.DataType | None, zone: datetime.tzinfo | None) -> Any:
    import pandas as pd

    if isinstance(value, pd.DataFrame):
        columns = [value.iloc[:, i] for i in range(value.shape[1])]
        return _struct(columns, want, zone)
    if not isinstance(value, (pd.Series, pd.Index)):
        return None
    if type(value.dtype).__module__.startswith("numpy") and value.dtype.kind in "iuf":
        return _from_numpy(value.to_numpy(), want)
    naive = getattr(value.dtype, "kind", "") == "M" and getattr(value.dtype, "tz", None) is None
    if naive and want is not None and pa.types.is_timestamp(want) and want.tz is not None:
        series = value.to_series() if isinstance(value, pd.Index) else value
        value = series.dt.tz_localize(zone or datetime.timezone.utc)
    array = pa.Array.from_pandas(value, type=want, safe=False)
    if isinstance(array, pa.ChunkedArray):
        return array.combine_chunks() if array.num_chunks != 1 else array.chunk(0)
    return array
