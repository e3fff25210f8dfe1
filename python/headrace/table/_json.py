"""Values of Python as literals of planpb, and the pieces that expressions are made of."""

from __future__ import annotations

import datetime
import decimal
import math
from typing import Any

from headrace.common.types import Row
from headrace.table import types as t
from headrace.table._names import shown_name
from headrace.table._text import java_double
from headrace.util.exceptions import ApiError

Json = dict[str, Any]

_INT_MAX = 2**31 - 1
_LONG_MAX = 2**63 - 1
INTERVAL_MS = "INTERVAL DAY TO SECOND(3) NOT NULL"
INTERVAL_MONTHS = "INTERVAL YEAR TO MONTH NOT NULL"
_MS = datetime.timedelta(milliseconds=1)


def call(name: str, *args: Json) -> Json:
    """A call by its name in the Table API."""
    return {"call": {"name": name, "args": list(args)}}


def column(name: str) -> Json:
    """A column by name."""
    return {"column": name}


def text(value: str) -> Json:
    """A literal of a character string."""
    return {"literal": {"type": f"CHAR({max(len(value), 1)}) NOT NULL", "value": value}}


class _Symbol(str):
    """A unit or a keyword, which summaries show without quotes."""

    shown = ""


def symbol(name: str, shown: str = "") -> Json:
    """A unit or a keyword as a literal, which summaries may show by another name."""
    value = _Symbol(name)
    value.shown = shown or name
    return text(value)


def interval(ms: int) -> Json:
    """A literal interval of milliseconds."""
    return {"literal": {"type": INTERVAL_MS, "value": str(ms)}}


def months(count: int) -> Json:
    """A literal interval of months."""
    return {"literal": {"type": INTERVAL_MONTHS, "value": str(count)}}


def null(data_type: t.DataType | None = None) -> Json:
    """NULL, of a type."""
    if data_type is not None and not data_type._nullable:
        raise ApiError(f"there is no NULL of {data_type.sql()}: take the nullable type")
    return {"literal": {"type": "NULL" if data_type is None else data_type.nullable().sql()}}


def cast(arg: Json, data_type: t.DataType) -> Json:
    """A cast."""
    return {"cast": {"arg": arg, "type": data_type.sql()}}


def literal(value: Any, data_type: t.DataType | None = None) -> Json:
    """A value as a literal of the type that SQL would give it, or of data_type."""
    if isinstance(data_type, t.UserDefinedType):
        return literal(data_type.to_sql_type(value), data_type.sql_type())
    if value is None:
        return null(data_type)
    if data_type is None:
        return _inferred(value)
    if isinstance(data_type, (t.ArrayType, t.MapType, t.RowType, t.MultisetType)):
        return _nested(value, data_type)
    if isinstance(data_type, t.YearMonthIntervalType) and isinstance(value, int):
        return months(value)
    return cast(_inferred(value), data_type)


def _inferred(value: Any) -> Json:
    if isinstance(value, bool):
        return _typed("BOOLEAN", "TRUE" if value else "FALSE")
    if isinstance(value, int):
        return _integer(int(value))
    if isinstance(value, float):
        return _typed("DOUBLE", _double(float(value)))
    if isinstance(value, str):
        return text(value)
    if isinstance(value, (bytes, bytearray)):
        return {"sql": f"x'{bytes(value).hex()}'"}
    if isinstance(value, decimal.Decimal):
        return _decimal(value)
    if isinstance(value, datetime.datetime):
        return _timestamp(value)
    if isinstance(value, datetime.date):
        return _typed("DATE", value.isoformat())
    if isinstance(value, datetime.time):
        precision = 6 if value.microsecond % 1000 else 3 if value.microsecond else 0
        return _typed(f"TIME({precision})", value.isoformat())
    if isinstance(value, datetime.timedelta):
        return interval(value // _MS)
    if isinstance(value, (list, dict, Row, tuple, set)):
        return _collection(value)
    if hasattr(value, "item"):  # a scalar of numpy
        return _inferred(value.item())
    raise ApiError(f"lit() has no SQL type for a {type(value).__name__}: {value!r}")


def _typed(data_type: str, value: str) -> Json:
    return {"literal": {"type": data_type + " NOT NULL", "value": value}}


def _integer(value: int) -> Json:
    if -_INT_MAX - 1 <= value <= _INT_MAX:
        return _typed("INT", str(value))
    if -_LONG_MAX - 1 <= value <= _LONG_MAX:
        return _typed("BIGINT", str(value))
    return _decimal(decimal.Decimal(value))


def _double(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return repr(value)


def _decimal(value: decimal.Decimal) -> Json:
    if not value.is_finite():
        raise ApiError(f"{value} is no value of DECIMAL")
    _, digits, exponent = value.as_tuple()
    assert isinstance(exponent, int)
    scale = max(-exponent, 0)
    precision = len(digits) + max(exponent, 0)
    if scale >= precision:  # a digit in front of the point, as in Flink
        precision = scale + 1
    if precision > 38:
        raise ApiError(f"{value} has {precision} digits, a DECIMAL at most 38")
    return _typed(f"DECIMAL({precision}, {scale})", format(value, "f"))


def _timestamp(value: datetime.datetime) -> Json:
    precision = 6 if value.microsecond % 1000 else 3
    if value.tzinfo is None:
        return _typed(f"TIMESTAMP({precision})", value.isoformat(sep=" "))
    instant = value.astimezone(datetime.timezone.utc)
    epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
    count = (instant - epoch) // _MS
    ltz = call("toTimestampLtz", _typed("BIGINT", str(count)), _typed("INT", "3"))
    return ltz if precision == 3 else cast(ltz, t.LocalZonedTimestampType(6))


def _collection(value: Any) -> Json:
    if isinstance(value, dict):
        return call("map", *(literal(x) for pair in value.items() for x in pair))
    name = "row" if isinstance(value, (Row, tuple)) else "array"
    return call(name, *(literal(x) for x in value))


def _nested(value: Any, data_type: t.DataType) -> Json:
    if isinstance(data_type, t.ArrayType):
        items = [literal(x, data_type.element_type) for x in value]
    elif isinstance(data_type, t.MapType):
        pairs = value.items()
        kinds = (data_type.key_type, data_type.value_type)
        items = [literal(x, k) for pair in pairs for x, k in zip(pair, kinds, strict=True)]
    elif isinstance(data_type, t.RowType):
        values = value.values() if isinstance(value, dict) else value
        types = data_type.field_types()
        items = [literal(x, k) for x, k in zip(values, types, strict=True)]
    else:
        raise ApiError(f"there are no literals of {data_type.sql()}")
    if not items:
        return cast(call("array" if isinstance(data_type, t.ArrayType) else "map"), data_type)
    return {"literal": {"type": data_type.sql(), "items": items}}


def shown(e: Json) -> str:
    """An expression as Flink's summary writes it: plus(a, 1)."""
    if "column" in e:
        return str(e["column"])
    if "literal" in e:
        return _shown_literal(e["literal"])
    if "call" in e:
        return _shown_call(e["call"]["name"], [shown(a) for a in e["call"].get("args", [])])
    if "udf" in e:
        return f"{e['udf']['function']['name']}({', '.join(map(shown, e['udf'].get('args', [])))})"
    if "cast" in e:
        name = "TRY_CAST" if e["cast"].get("try") else "cast"
        return f"{name}({shown(e['cast']['arg'])}, {e['cast']['type']})"
    if "as" in e:
        names = ", ".join(f"'{n}'" for n in e["as"]["names"])
        return f"as({shown(e['as']['arg'])}, {names})"
    if "over" in e:
        return f"over({shown(e['over']['arg'])}, {e['over']['window']})"
    if "columns" in e:
        name = "withoutColumns" if e["columns"].get("inverted") else "withColumns"
        return f"{name}({', '.join(map(shown, e['columns']['args']))})"
    if "sql" in e:
        return _shown_sql(str(e["sql"]))
    return "*" if "star" in e else "table"


_TRIMMED = {"trim": "true, true", "trimLeading": "true, false", "trimTrailing": "false, true"}


def _shown_call(name: str, args: list[str]) -> str:
    """A call; a few show their arguments in another order than they are written in."""
    if name in _TRIMMED:
        character = args[1] if len(args) > 1 else "' '"
        return f"trim({_TRIMMED[name]}, {character}, {args[0]})"
    if name in ("log", "extract") and len(args) == 2:
        args = args[::-1]
    return f"{shown_name(name)}({', '.join(args)})"


def _shown_sql(sql: str) -> str:
    """Bytes as Java's signed numbers; other text stands in brackets."""
    if not sql.startswith("x'"):
        return f"[{sql}]"
    return str([b - 256 if b > 127 else b for b in bytes.fromhex(sql[2:-1])])


def _shown_literal(value: Json) -> str:
    if "items" in value:
        return f"[{', '.join(map(shown, value['items']))}]"
    if "value" not in value:
        return "null"
    if isinstance(value["value"], _Symbol):
        return value["value"].shown
    if value["type"].startswith("CHAR"):
        return "'" + str(value["value"]).replace("'", "''") + "'"
    if value["type"].startswith("BOOLEAN"):
        return str(value["value"]).lower()
    if value["type"].startswith("DOUBLE"):
        return java_double(float(value["value"]))
    return str(value["value"])
