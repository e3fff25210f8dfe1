"""Names that a module gives out for old programs, and imports from elsewhere when they are used.

>>> from headrace.datastream.connectors import FileSource
>>> FileSource.__module__
'headrace.datastream.connectors.file_system'
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any


def exports(module: str, homes: Mapping[str, Sequence[str]]) -> Callable[[str], Any]:
    """The ``__getattr__`` of a module: ``homes`` has the names, by the module that defines them."""
    home_of = {name: home for home, names in homes.items() for name in names}

    def load(name: str) -> Any:
        home = home_of.get(name)
        if home is None:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        return getattr(importlib.import_module(home), name)

    return load
