"""The packages that jobs need. Importing this module fails with advice where one is missing.

The API imports it, and headrace itself does not: ``headrace doctor`` works without them.
"""

from __future__ import annotations

import importlib.util
import sys

__all__: list[str] = []

_NAMES = ("pyarrow", "cloudpickle")


def _check() -> None:
    missing = [n for n in _NAMES if n not in sys.modules and importlib.util.find_spec(n) is None]
    if missing:
        names = " ".join(missing)
        raise ModuleNotFoundError(
            f"headrace needs {' and '.join(missing)}, not installed in this Python "
            f"({sys.executable or 'python'} -m pip install {names})",
            name=missing[0],
        )


_check()
