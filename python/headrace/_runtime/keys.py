"""The canonical encoding of keys, in Python: all of it, where C does only the common kinds.

Format and rules stand in cgo/python/key.h. Bytes once written are never changed under a version.
"""

from __future__ import annotations

import datetime
import decimal
import enum
import importlib
import io
import pickle
import struct
import uuid
import warnings
import zoneinfo
from typing import Any

__all__ = ["VERSION", "decode", "decode_key", "decode_value", "encode", "encode_value"]

VERSION = 1

_NONE, _FALSE, _TRUE, _INT, _FLOAT, _STR, _BYTES, _TUPLE = range(8)
_DATE, _TIME, _DATETIME, _TIMEDELTA, _DECIMAL, _ENUM, _ROW, _UUID = range(0x10, 0x18)
_OTHER = 0x7F

_PROTOCOL = 4
_warned: set[type] = set()


def encode(key: Any) -> bytes:
    """The key with the version byte.

    >>> encode(1).hex(), encode(True).hex(), encode("1").hex()
    ('01030101', '0102', '01050131')
    """
    return bytes((VERSION,)) + encode_value(key)


def encode_value(value: Any) -> bytes:
    """One value without the version byte."""
    out = bytearray()
    _put(out, value)
    return bytes(out)


def _varint(out: bytearray, n: int) -> None:
    while n >= 0x80:
        out.append(n & 0x7F | 0x80)
        n >>= 7
    out.append(n)


def _blob(out: bytearray, tag: int, raw: bytes) -> None:
    out.append(tag)
    _varint(out, len(raw))
    out += raw


def _put(out: bytearray, value: Any) -> None:
    kind = type(value)
    if value is None:
        out.append(_NONE)
    elif kind is bool:
        out.append(_TRUE if value else _FALSE)
    elif kind is int:
        size = (value + (value < 0)).bit_length() // 8 + 1 if value else 0
        _blob(out, _INT, value.to_bytes(size, "little", signed=True))
    elif kind is float:
        out.append(_FLOAT)
        out += struct.pack(">d", value)
    elif kind is str:
        _blob(out, _STR, value.encode("utf-8", "surrogatepass"))
    elif kind is bytes:
        _blob(out, _BYTES, value)
    elif kind is tuple:
        out.append(_TUPLE)
        _varint(out, len(value))
        for item in value:
            _put(out, item)
    else:
        _put_rare(out, value, kind)


def _put_rare(out: bytearray, value: Any, kind: type) -> None:
    if kind is datetime.datetime:
        out.append(_DATETIME)
        out += struct.pack(">iq?", value.toordinal(), _micros(value), value.fold)
        _put_zone(out, value.tzinfo)
    elif kind is datetime.date:
        out.append(_DATE)
        out += struct.pack(">i", value.toordinal())
    elif kind is datetime.time:
        out.append(_TIME)
        out += struct.pack(">q?", _micros(value), value.fold)
        _put_zone(out, value.tzinfo)
    elif kind is datetime.timedelta:
        out.append(_TIMEDELTA)
        out += struct.pack(">iii", value.days, value.seconds, value.microseconds)
    elif kind is decimal.Decimal:
        _blob(out, _DECIMAL, str(value).encode())
    elif isinstance(value, enum.Enum):
        out.append(_ENUM)
        for text in (kind.__module__, kind.__qualname__, str(value.name)):
            _put(out, text)
    elif kind is uuid.UUID:
        out.append(_UUID)
        out += value.bytes
    elif kind.__name__ == "Row" and hasattr(value, "get_row_kind"):
        _put_row(out, value)
    else:
        _warn(kind)
        _blob(out, _OTHER, _pickled(value))


def _micros(value: datetime.datetime | datetime.time) -> int:
    seconds = (value.hour * 60 + value.minute) * 60 + value.second
    return seconds * 1_000_000 + value.microsecond


def _put_zone(out: bytearray, zone: datetime.tzinfo | None) -> None:
    if zone is None:
        out.append(0)
    elif type(zone) is datetime.timezone:
        out.append(1)
        offset = zone.utcoffset(None)
        out += struct.pack(">q", offset // datetime.timedelta(microseconds=1))
    elif type(zone) is zoneinfo.ZoneInfo and zone.key is not None:
        _blob(out, 2, zone.key.encode())
    else:
        _blob(out, 3, _pickled(zone))


def _put_row(out: bytearray, row: Any) -> None:
    out.append(_ROW)
    out.append(row.get_row_kind().value)
    names = row._fields
    _put(out, None if names is None else tuple(names))
    _put(out, tuple(row._values))


def _pickled(value: Any) -> bytes:
    out = io.BytesIO()
    pickler = pickle.Pickler(out, _PROTOCOL)
    pickler.fast = True  # no memo: equal values give equal bytes whatever they share
    pickler.dump(value)
    return out.getvalue()


def _warn(kind: type) -> None:
    if kind not in _warned:
        _warned.add(kind)
        warnings.warn(
            f"keys of type {kind.__qualname__} are told apart by their pickled bytes; use a str, "
            "int, tuple or another plain value as the key",
            RuntimeWarning,
            stacklevel=2,
        )


class _Reader:
    def __init__(self, raw: bytes, at: int) -> None:
        self.raw = raw
        self.at = at

    def take(self, n: int) -> bytes:
        if self.at + n > len(self.raw):
            raise ValueError("these bytes are not an encoded key")
        self.at += n
        return self.raw[self.at - n : self.at]

    def varint(self) -> int:
        n = shift = 0
        while True:
            byte = self.take(1)[0]
            n |= (byte & 0x7F) << shift
            if byte < 0x80:
                return n
            shift += 7

    def blob(self) -> bytes:
        return self.take(self.varint())

    def value(self) -> Any:
        tag = self.take(1)[0]
        if tag in (_NONE, _FALSE, _TRUE):
            return (None, False, True)[tag]
        if tag == _INT:
            return int.from_bytes(self.blob(), "little", signed=True)
        if tag == _FLOAT:
            return struct.unpack(">d", self.take(8))[0]
        if tag == _STR:
            return self.blob().decode("utf-8", "surrogatepass")
        if tag == _BYTES:
            return self.blob()
        if tag == _TUPLE:
            return tuple([self.value() for _ in range(self.varint())])
        return self.rare(tag)

    def rare(self, tag: int) -> Any:
        if tag == _DATE:
            return datetime.date.fromordinal(struct.unpack(">i", self.take(4))[0])
        if tag == _DATETIME:
            day, micros, fold = struct.unpack(">iq?", self.take(13))
            return datetime.datetime.combine(
                datetime.date.fromordinal(day), self.clock(micros, fold)
            )
        if tag == _TIME:
            return self.clock(*struct.unpack(">q?", self.take(9)))
        if tag == _TIMEDELTA:
            return datetime.timedelta(*struct.unpack(">iii", self.take(12)))
        if tag == _DECIMAL:
            return decimal.Decimal(self.blob().decode())
        if tag == _ENUM:
            found: Any = importlib.import_module(self.value())
            for name in self.value().split("."):
                found = getattr(found, name)
            return found[self.value()]
        if tag == _UUID:
            return uuid.UUID(bytes=self.take(16))
        if tag == _ROW:
            return self.row()
        if tag == _OTHER:
            return pickle.loads(self.blob())
        raise ValueError("these bytes are not an encoded key")

    def clock(self, micros: int, fold: bool) -> datetime.time:
        zone = self.zone(self.take(1)[0])
        seconds, micros = divmod(micros, 1_000_000)
        minutes, seconds = divmod(seconds, 60)
        hours, minutes = divmod(minutes, 60)
        return datetime.time(hours, minutes, seconds, micros, zone, fold=int(fold))

    def zone(self, tag: int) -> datetime.tzinfo | None:
        if tag == 0:
            return None
        if tag == 1:
            micros = struct.unpack(">q", self.take(8))[0]
            return datetime.timezone(datetime.timedelta(microseconds=micros))
        raw = self.blob()
        return zoneinfo.ZoneInfo(raw.decode()) if tag == 2 else pickle.loads(raw)

    def row(self) -> Any:
        types: Any = importlib.import_module("headrace.common.types")
        kind = types.RowKind(self.take(1)[0])
        names = self.value()
        row = types.Row(*self.value())
        if names is not None:
            row.set_field_names(names)
        row.set_row_kind(kind)
        return row


def decode(raw: bytes) -> Any:
    """The key that encode() was given."""
    return decode_key(raw)[0]


def decode_key(raw: bytes) -> tuple[Any, int]:
    """The key at the start of the bytes and how many of them it took."""
    if not raw or raw[0] != VERSION:
        raise ValueError("these bytes are not an encoded key")
    reader = _Reader(raw, 1)
    value = reader.value()
    return value, reader.at


def decode_value(raw: bytes) -> tuple[Any, int]:
    """The value at the start of the bytes and how many of them it took."""
    reader = _Reader(raw, 0)
    value = reader.value()
    return value, reader.at
