"""Functions that begin an expression: columns, literals, calls.

>>> from headrace.table.expressions import col, lit
>>> str(col("price") * lit(2))
'times(price, 2)'
"""

from __future__ import annotations

from typing import Any

from headrace.table import _json
from headrace.table import types as t
from headrace.table._expr.base import json_of, make, select_json
from headrace.table.expression import Expression, JsonOnNull, TimePointUnit
from headrace.table.udf import UserDefinedFunctionWrapper
from headrace.util.exceptions import ApiError

__all__ = [
    "CURRENT_RANGE",
    "CURRENT_ROW",
    "UNBOUNDED_RANGE",
    "UNBOUNDED_ROW",
    "and_",
    "array",
    "atan2",
    "call",
    "call_sql",
    "coalesce",
    "col",
    "concat",
    "concat_ws",
    "convert_tz",
    "current_database",
    "current_date",
    "current_time",
    "current_timestamp",
    "current_watermark",
    "date_format",
    "descriptor",
    "e",
    "from_unixtime",
    "if_then_else",
    "json",
    "json_array",
    "json_array_agg",
    "json_object",
    "json_object_agg",
    "json_string",
    "lit",
    "local_time",
    "local_timestamp",
    "log",
    "map_",
    "map_from_arrays",
    "negative",
    "not_",
    "null_of",
    "object_of",
    "or_",
    "pi",
    "rand",
    "rand_integer",
    "range_",
    "row",
    "row_interval",
    "source_watermark",
    "temporal_overlaps",
    "timestamp_diff",
    "to_date",
    "to_timestamp",
    "to_timestamp_ltz",
    "unix_timestamp",
    "uuid",
    "with_columns",
    "without_columns",
]


def _call(name: str, *args: Any) -> Expression:
    return make(_json.call(name, *(json_of(a) for a in args)))


def _given(name: str, *args: Any) -> Expression:
    """A call without the arguments that are None."""
    return _call(name, *(a for a in args if a is not None))


UNBOUNDED_ROW = Expression(_json.call("unboundedRow"))
UNBOUNDED_RANGE = Expression(_json.call("unboundedRange"))
CURRENT_ROW = Expression(_json.call("currentRow"))
CURRENT_RANGE = Expression(_json.call("currentRange"))


def col(name: str) -> Expression:
    """A column; "a.b" is the field b of the row a."""
    return make({"star": True} if name == "*" else _json.column(name))


def lit(v: Any, data_type: t.DataType | None = None) -> Expression:
    """A constant, of the type that SQL gives such a value or of data_type."""
    return make(_json.literal(v, data_type))


def range_(start: str | int, end: str | int) -> Expression:
    """The columns from one to another, for with_columns and without_columns."""
    return make(_json.call("rangeTo", _column_or_index(start), _column_or_index(end)))


def _column_or_index(value: Any) -> _json.Json:
    return _json.literal(value) if isinstance(value, int) else select_json(value)


def and_(predicate0: Any, predicate1: Any, *predicates: Any) -> Expression:
    """Whether all conditions hold."""
    return _call("and", predicate0, predicate1, *predicates)


def or_(predicate0: Any, predicate1: Any, *predicates: Any) -> Expression:
    """Whether any condition holds."""
    return _call("or", predicate0, predicate1, *predicates)


def not_(expression: Any) -> Expression:
    """Whether a condition does not hold."""
    return _call("not", expression)


def if_then_else(condition: Any, if_true: Any, if_false: Any) -> Expression:
    """One value where the condition holds, another where not."""
    return _call("ifThenElse", condition, if_true, if_false)


def current_database() -> Expression:
    """The name of the current database."""
    return _call("currentDatabase")


def current_date() -> Expression:
    """Today, in the session's time zone."""
    return _call("currentDate")


def current_time() -> Expression:
    """The time of day, in the session's time zone."""
    return _call("currentTime")


def current_timestamp() -> Expression:
    """Now, as a TIMESTAMP_LTZ(3)."""
    return _call("currentTimestamp")


def current_watermark(rowtimeAttribute: Any) -> Expression:
    """The watermark of a time attribute as the operator sees it, NULL before the first."""
    return make(_json.call("currentWatermark", select_json(rowtimeAttribute)))


def local_time() -> Expression:
    """The time of day, in the session's time zone."""
    return _call("localTime")


def local_timestamp() -> Expression:
    """Now, as a TIMESTAMP(3) in the session's time zone."""
    return _call("localTimestamp")


def temporal_overlaps(
    left_time_point: Any, left_temporal: Any, right_time_point: Any, right_temporal: Any
) -> Expression:
    """Whether two spans overlap, each a time and an end or a length."""
    spans = (left_time_point, left_temporal, right_time_point, right_temporal)
    return _call("temporalOverlaps", *spans)


def date_format(timestamp: Any, format: Any) -> Expression:
    """A time as text, in a pattern such as "yyyy-MM-dd"."""
    return _call("dateFormat", timestamp, format)


def timestamp_diff(
    time_point_unit: TimePointUnit, time_point1: Any, time_point2: Any
) -> Expression:
    """The number of whole units from one time to another."""
    return _call("timestampDiff", time_point_unit, time_point1, time_point2)


def convert_tz(date_str: Any, tz_from: Any, tz_to: Any) -> Expression:
    """A time as text in one time zone, as text in another."""
    return _call("convertTz", date_str, tz_from, tz_to)


def from_unixtime(unixtime: Any, format: Any = None) -> Expression:
    """Seconds since 1970 as text, in the session's time zone."""
    return _given("fromUnixtime", unixtime, format)


def unix_timestamp(date_str: Any = None, format: Any = None) -> Expression:
    """Seconds since 1970, of now or of a time as text."""
    return _given("unixTimestamp", date_str, format)


def to_date(date_str: Any, format: Any = None) -> Expression:
    """A text as a DATE."""
    return _given("toDate", date_str, format)


def to_timestamp(timestamp_str: Any, format: Any = None) -> Expression:
    """A text as a TIMESTAMP."""
    return _given("toTimestamp", timestamp_str, format)


def to_timestamp_ltz(*args: Any) -> Expression:
    """A number with its precision, or a text with its format and zone, as a TIMESTAMP_LTZ."""
    return _call("toTimestampLtz", *args)


def source_watermark() -> Expression:
    """In a schema's watermark: the watermark is the source's own."""
    return _call("sourceWatermark")


def array(head: Any, *tail: Any) -> Expression:
    """An ARRAY of these values."""
    return _call("array", head, *tail)


def row(head: Any, *tail: Any) -> Expression:
    """A ROW of these values."""
    return _call("row", head, *tail)


def map_(key: Any, value: Any, *tail: Any) -> Expression:
    """A MAP of keys and values in turn."""
    return _call("map", key, value, *tail)


def map_from_arrays(key: Any, value: Any) -> Expression:
    """A MAP of an array of keys and one of values."""
    return _call("mapFromArrays", key, value)


def object_of(class_name: str, *args: Any) -> Expression:
    """A structured value of names and values in turn."""
    return _call("objectOf", class_name, *args)


def row_interval(rows: int) -> Expression:
    """A number of rows, for windows."""
    return make({"literal": {"type": "BIGINT NOT NULL", "value": str(int(rows))}})


def pi() -> Expression:
    """3.14159…"""
    return _call("pi")


def e() -> Expression:
    """2.71828…"""
    return _call("e")


def rand(seed: Any = None) -> Expression:
    """A random number from 0 to 1, 1 excluded."""
    return _given("rand", seed)


def rand_integer(bound: Any, seed: Any = None) -> Expression:
    """A random whole number from 0 to the bound, which is excluded."""
    return _given("randInteger", bound) if seed is None else _given("randInteger", seed, bound)


def atan2(y: Any, x: Any) -> Expression:
    """The angle of the point (x, y)."""
    return _call("atan2", y, x)


def negative(v: Any) -> Expression:
    """The number with its sign turned."""
    return _call("minusPrefix", v)


def log(v: Any, base: Any = None) -> Expression:
    """The natural logarithm, or that to a base."""
    return _given("log", v, base)


def concat(first: Any, *others: Any) -> Expression:
    """The texts one after the other; NULL if any is NULL."""
    return _call("concat", first, *others)


def concat_ws(separator: Any, first: Any, *others: Any) -> Expression:
    """The texts with a separator in between, NULLs left out."""
    return _call("concatWs", separator, first, *others)


def uuid() -> Expression:
    """A new random UUID for each row."""
    return _call("uuid")


def null_of(data_type: t.DataType) -> Expression:
    """NULL of a type."""
    return make(_json.null(data_type))


def coalesce(*args: Any) -> Expression:
    """The first value that is not NULL."""
    return _call("coalesce", *args)


def with_columns(head: Any, *tails: Any) -> Expression:
    """In select: these columns; range_() gives several."""
    return _columns(False, head, *tails)


def without_columns(head: Any, *tails: Any) -> Expression:
    """In select: all columns but these."""
    return _columns(True, head, *tails)


def _columns(inverted: bool, *args: Any) -> Expression:
    return make({"columns": {"args": [_column_or_index(a) for a in args], "inverted": inverted}})


def json(value: Any) -> Expression:
    """Inside json_object and json_array: a text that is JSON already."""
    return _call("json", value)


def json_string(value: Any) -> Expression:
    """Any value as JSON."""
    return _call("jsonString", value)


def json_object(on_null: JsonOnNull = JsonOnNull.NULL, *args: Any) -> Expression:
    """A JSON object of keys and values in turn."""
    return _call("jsonObject", on_null, *args)


def json_object_agg(on_null: JsonOnNull, key_expr: Any, value_expr: Any) -> Expression:
    """A JSON object of the keys and values of all rows."""
    absent = on_null is JsonOnNull.ABSENT
    name = "JSON_OBJECTAGG ABSENT ON NULL" if absent else "JSON_OBJECTAGG"
    return _call(name, key_expr, value_expr)


def json_array(on_null: JsonOnNull = JsonOnNull.ABSENT, *args: Any) -> Expression:
    """A JSON array of these values."""
    return _call("jsonArray", on_null, *args)


def json_array_agg(on_null: JsonOnNull, item_expr: Any) -> Expression:
    """A JSON array of the values of all rows."""
    kept = on_null is JsonOnNull.NULL
    return _call("JSON_ARRAYAGG NULL ON NULL" if kept else "JSON_ARRAYAGG", item_expr)


def call(f: Any, *args: Any) -> Expression:
    """A call of a function, by name or of a udf object."""
    if isinstance(f, UserDefinedFunctionWrapper):
        return f(*args)
    if not isinstance(f, str):
        raise ApiError(f"call() takes a function's name or a udf, not {type(f).__name__}")
    return _call(f, *args)


def call_sql(sql_expression: str) -> Expression:
    """An expression in SQL."""
    return make({"sql": sql_expression})


def descriptor(*column_names: str) -> Expression:
    """Columns by name, for functions that take tables."""
    return make(_json.call("descriptor", *(_json.column(name) for name in column_names)))
