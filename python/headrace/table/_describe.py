"""What CREATE FUNCTION … AS 'module.attribute' LANGUAGE PYTHON names."""

from __future__ import annotations

import importlib
import json
import os
import sys

from headrace.table._catalog_methods import declared


def describe(path: str) -> str:
    """The function at a dotted path as a planpb Function in JSON; modules of the working
    directory are found too, as ``python job.py`` would find them."""
    module, _, name = path.rpartition(".")
    if not module:
        raise ValueError(f"'{path}' names no module: write 'module.attribute'")
    if os.getcwd() not in sys.path and "" not in sys.path:
        sys.path.insert(0, os.getcwd())
    return json.dumps(declared(getattr(importlib.import_module(module), name)).to_json())
