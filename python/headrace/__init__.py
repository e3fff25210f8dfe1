"""headrace: stream and batch dataflow jobs in one process, with PyFlink's API.

    >>> import headrace
    >>> isinstance(headrace.__version__, str)
    True
"""

from __future__ import annotations

__all__ = ["__version__"]

__version__ = "0.1.0.dev0"
