"""The enums that functions take: units of time and choices of the JSON functions."""

from __future__ import annotations

from enum import Enum


class _Symbol(Enum):
    """A word of SQL; ``_sql`` is how the engine takes it."""

    @property
    def _sql(self) -> str:
        return str(self.value)


class TimeIntervalUnit(_Symbol):
    """Units, and ranges of units, of an interval."""

    YEAR = "YEAR"
    YEAR_TO_MONTH = "YEAR TO MONTH"
    QUARTER = "QUARTER"
    MONTH = "MONTH"
    WEEK = "WEEK"
    DAY = "DAY"
    DAY_TO_HOUR = "DAY TO HOUR"
    DAY_TO_MINUTE = "DAY TO MINUTE"
    DAY_TO_SECOND = "DAY TO SECOND"
    HOUR = "HOUR"
    SECOND = "SECOND"
    HOUR_TO_MINUTE = "HOUR TO MINUTE"
    HOUR_TO_SECOND = "HOUR TO SECOND"
    MINUTE = "MINUTE"
    MINUTE_TO_SECOND = "MINUTE TO SECOND"


class TimePointUnit(_Symbol):
    """Units of a difference of times."""

    YEAR = "YEAR"
    MONTH = "MONTH"
    DAY = "DAY"
    HOUR = "HOUR"
    MINUTE = "MINUTE"
    SECOND = "SECOND"
    QUARTER = "QUARTER"
    WEEK = "WEEK"
    MILLISECOND = "MILLISECOND"
    MICROSECOND = "MICROSECOND"


class JsonType(_Symbol):
    """What is_json() asks for."""

    VALUE = "VALUE"
    SCALAR = "SCALAR"
    ARRAY = "ARRAY"
    OBJECT = "OBJECT"


class JsonExistsOnError(_Symbol):
    """What json_exists() gives for a text or path that is wrong."""

    TRUE = "TRUE"
    FALSE = "FALSE"
    UNKNOWN = "UNKNOWN"
    ERROR = "ERROR"


class JsonValueOnEmptyOrError(_Symbol):
    """What json_value() gives where there is no value."""

    NULL = "NULL"
    ERROR = "ERROR"
    DEFAULT = "DEFAULT"


class JsonQueryWrapper(_Symbol):
    """Whether json_query() puts its result into an array."""

    WITHOUT_ARRAY = "WITHOUT"
    CONDITIONAL_ARRAY = "WITH CONDITIONAL"
    UNCONDITIONAL_ARRAY = "WITH UNCONDITIONAL"


class JsonQueryOnEmptyOrError(_Symbol):
    """What json_query() gives where there is no value."""

    NULL = "NULL"
    EMPTY_ARRAY = "EMPTY ARRAY"
    EMPTY_OBJECT = "EMPTY OBJECT"
    ERROR = "ERROR"


class JsonOnNull(_Symbol):
    """Whether NULLs become JSON's null or are left out."""

    NULL = "NULL ON NULL"
    ABSENT = "ABSENT ON NULL"
