"""headrace: stream and batch dataflow jobs in one process, with PyFlink's API.

    >>> import headrace
    >>> isinstance(headrace.__version__, str)
    True
"""

# No import from __future__ here: a Python too old for it must get as far as the check.
import sys

__all__ = ["__version__"]

__version__ = "0.1.0.dev0"

if sys.version_info < (3, 10):  # noqa: UP036 - pip checks it, a copied package or PYTHONPATH not
    raise ImportError(
        "headrace needs Python 3.10 or newer, but %s is Python %d.%d.%d (make a virtual"  # noqa: UP031
        " environment with a newer Python and install headrace there)"
        % ((sys.executable,) + sys.version_info[:3])  # noqa: RUF005
    )
