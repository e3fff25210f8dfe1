"""Functions as Flink's summaries of expressions name them: older ones as in the Table API, newer
ones as in SQL."""

from __future__ import annotations

import re

_NEWER = frozenset(
    [
        "MAP_KEYS", "MAP_VALUES", "MAP_UNION", "MAP_ENTRIES", "MAP_FROM_ARRAYS",
        "SOURCE_WATERMARK", "COALESCE", "ARRAY_APPEND", "ARRAY_CONTAINS", "ARRAY_SORT",
        "ARRAY_DISTINCT", "ARRAY_POSITION", "ARRAY_PREPEND", "ARRAY_REMOVE",
        "ARRAY_REVERSE", "ARRAY_SLICE", "ARRAY_UNION", "ARRAY_CONCAT", "ARRAY_MAX",
        "ARRAY_JOIN", "ARRAY_MIN", "SPLIT", "URL_DECODE", "URL_ENCODE", "INET_ATON",
        "INET_NTOA", "ARRAY_EXCEPT", "ARRAY_INTERSECT", "ARRAY_AGG", "PERCENTILE", "LIKE",
        "REGEXP_COUNT", "REGEXP_EXTRACT_ALL", "REGEXP_INSTR", "REGEXP_SUBSTR", "JSON_QUOTE",
        "JSON_UNQUOTE", "PRINTF", "BTRIM", "ELT", "OBJECT_OF", "OBJECT_UPDATE", "UNHEX",
        "TO_TIMESTAMP_LTZ", "CURRENT_WATERMARK", "IS_JSON", "JSON_EXISTS", "JSON_VALUE",
        "JSON_QUERY", "JSON_STRING", "JSON_OBJECT", "JSON_ARRAY", "JSON", "BITMAP_AND",
        "BITMAP_ANDNOT", "BITMAP_AND_AGG", "BITMAP_AND_CARDINALITY_AGG", "BITMAP_BUILD",
        "BITMAP_BUILD_AGG", "BITMAP_BUILD_CARDINALITY_AGG", "BITMAP_CARDINALITY",
        "BITMAP_FROM_BYTES", "BITMAP_OR", "BITMAP_OR_AGG", "BITMAP_OR_CARDINALITY_AGG",
        "BITMAP_TO_ARRAY", "BITMAP_TO_BYTES", "BITMAP_TO_STRING", "BITMAP_XOR",
        "BITMAP_XOR_AGG", "BITMAP_XOR_CARDINALITY_AGG",
    ]
)
_OWN = {
    "ifNull": "IFNULL",
    "startsWith": "STARTSWITH",
    "endsWith": "ENDSWITH",
    "translate": "TRANSLATE3",
    "concatWs": "concat_ws",
    "firstValue": "first_value",
    "lastValue": "last_value",
    "JSON_OBJECTAGG": "JSON_OBJECTAGG_NULL_ON_NULL",
    "JSON_OBJECTAGG ABSENT ON NULL": "JSON_OBJECTAGG_ABSENT_ON_NULL",
    "JSON_ARRAYAGG": "JSON_ARRAYAGG_ABSENT_ON_NULL",
    "JSON_ARRAYAGG NULL ON NULL": "JSON_ARRAYAGG_NULL_ON_NULL",
}
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def shown_name(name: str) -> str:
    """A function of the Table API by the name that a summary has for it.

    >>> shown_name("arrayAppend"), shown_name("charLength")
    ('ARRAY_APPEND', 'charLength')
    """
    if name in _OWN:
        return _OWN[name]
    newer = _HUMP.sub("_", name).upper()
    return newer if newer in _NEWER else name
