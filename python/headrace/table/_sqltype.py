"""Reads SQL types as the engine writes them."""

from __future__ import annotations

import re
from collections.abc import Callable

from headrace.table import types as t

_TOKEN = re.compile(r"\s*(`(?:[^`]|``)*`|'(?:[^']|'')*'|[A-Za-z_][A-Za-z_0-9]*|\d+|[<>(),])")
_PLAIN: dict[str, Callable[[], t.DataType]] = {
    "NULL": t.NullType, "BOOLEAN": t.BooleanType, "TINYINT": t.TinyIntType,
    "SMALLINT": t.SmallIntType, "INT": t.IntType, "BIGINT": t.BigIntType, "FLOAT": t.FloatType,
    "DOUBLE": t.DoubleType, "DATE": t.DateType, "STRING": lambda: t.VarCharType(t._MAX),
    "BYTES": lambda: t.VarBinaryType(t._MAX), "BITMAP": t.BitmapType,
    "VARIANT": t.VariantType,
}
_SIZED: dict[str, Callable[[int], t.DataType]] = {
    "CHAR": t.CharType, "VARCHAR": t.VarCharType, "BINARY": t.BinaryType,
    "VARBINARY": t.VarBinaryType, "TIME": t.TimeType, "TIMESTAMP": t.TimestampType,
    "TIMESTAMP_LTZ": t.LocalZonedTimestampType,
}


def parse(text: str) -> t.DataType:
    """The type that the text writes.

    >>> parse("ROW<`a` INT NOT NULL, `b` ARRAY<STRING>>").field_names()
    ['a', 'b']
    """
    reader = _Reader(_TOKEN.findall(text))
    return reader.type()


class _Reader:
    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens
        self.at = 0

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def next(self) -> str:
        token = self.peek()
        self.at += 1
        return token

    def accept(self, token: str) -> bool:
        if self.peek().upper() == token:
            self.at += 1
            return True
        return False

    def type(self) -> t.DataType:
        found = self.root()
        if self.accept("NOT"):
            self.next()
            return found.not_null()
        return found

    def root(self) -> t.DataType:
        word = self.next().upper()
        if word in _PLAIN:
            return _PLAIN[word]()
        if word in _SIZED:
            return _SIZED[word](self.numbers()[0])
        if word == "DECIMAL":
            precision, scale = self.numbers()
            return t.DecimalType(precision, scale)
        if word == "INTERVAL":
            return self.interval()
        if word == "ARRAY":
            return t.ArrayType(self.arguments()[0])
        if word == "MULTISET":
            return t.MultisetType(self.arguments()[0])
        if word == "MAP":
            key, value = self.arguments()
            return t.MapType(key, value)
        if word == "ROW":
            return self.row()
        if word == "RAW":
            self.next()
            name = self.next().strip("'")
            self.next()
            return t.RawType(name)
        raise ValueError(f"no SQL type {word!r}")

    def numbers(self) -> list[int]:
        out = []
        self.next()
        while not self.accept(")"):
            token = self.next()
            if token != ",":
                out.append(int(token))
        return out

    def interval(self) -> t.DataType:
        unit = self.next().upper()
        while self.peek().upper() in ("TO", "MONTH", "SECOND", "DAY", "HOUR", "MINUTE"):
            self.next()
        if self.peek() == "(":
            self.numbers()
        if unit in ("YEAR", "MONTH"):
            return t.YearMonthIntervalType(True)
        return t.DayTimeIntervalType(True)

    def arguments(self) -> list[t.DataType]:
        out = []
        self.next()
        while not self.accept(">"):
            if not self.accept(","):
                out.append(self.type())
        return out

    def row(self) -> t.RowType:
        fields = []
        self.next()
        while not self.accept(">"):
            if self.accept(","):
                continue
            name = self.next()
            if name.startswith("`"):
                name = name[1:-1].replace("``", "`")
            data_type = self.type()
            note = None
            if self.peek().startswith("'"):
                note = self.next()[1:-1].replace("''", "'")
            fields.append(t.RowField(name, data_type, note))
        return t.RowType(fields)
