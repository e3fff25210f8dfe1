"""Pickles of user code that keep the file it comes from.

Recent versions of cloudpickle leave the name of the file out of a function's code, so that equal
functions have equal pickles; a traceback, a breakpoint and the line of an error need it.
"""

from __future__ import annotations

import io
import types
from collections import ChainMap
from typing import Any

import cloudpickle

__all__ = ["dumps", "loads"]

loads = cloudpickle.loads

_STRIPPED = "<dynamic-code>"
_reduce_code = cloudpickle.Pickler.dispatch_table[types.CodeType]


def _reduce_code_with_file(code: types.CodeType) -> tuple[Any, ...]:
    make, arguments = _reduce_code(code)[:2]
    kept = tuple(
        code.co_filename if isinstance(argument, str) and argument == _STRIPPED else argument
        for argument in arguments
    )
    return make, kept


class _Pickler(cloudpickle.Pickler):  # type: ignore[misc]
    dispatch_table = ChainMap(
        {types.CodeType: _reduce_code_with_file}, cloudpickle.Pickler.dispatch_table
    )


def dumps(value: Any, protocol: int | None = None) -> bytes:
    """The pickle of a value, code that cannot be imported included."""
    with io.BytesIO() as file:
        _Pickler(file, protocol=protocol).dump(value)
        return file.getvalue()
