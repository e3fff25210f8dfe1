"""Tells the C half what is done in Python. Imported once, by C, when the first task starts."""

from __future__ import annotations

import enum
import importlib

from headrace._runtime import keys, native, objects

native.hooks(
    keys.encode_value,
    keys.decode_value,
    objects.copy,
    objects.dumps,
    objects.loads,
    objects.IMMUTABLE,
    enum.EnumMeta,
)
native.row_type(importlib.import_module("headrace.common.types").Row)
