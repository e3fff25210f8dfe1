"""Runs a PyFlink program on headrace: ``python -m headrace.pyflink job.py [arguments]``.

Or, in a program of your own, ``import headrace.pyflink; headrace.pyflink.install()``: from then on
``import pyflink.table`` gives ``headrace.table``, and so on for every module below ``pyflink``.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import os
import runpy
import sys
from collections.abc import Callable, Sequence
from types import ModuleType, TracebackType

__all__ = ["install", "uninstall"]

_FROM, _TO = "pyflink", "headrace"


class _Alias(importlib.abc.Loader):
    """Loads a module of headrace in the name of one of pyflink: the same module object."""

    def __init__(self, target: str) -> None:
        self.target = target

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        module = importlib.import_module(self.target)
        self._spec = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        # The import system has put the alias's spec into the module: the real one goes back.
        module.__spec__ = self._spec


class _Finder(importlib.abc.MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != _FROM and not fullname.startswith(_FROM + "."):
            return None
        real = _TO + fullname[len(_FROM) :]
        try:
            found = importlib.util.find_spec(real)
        except ModuleNotFoundError:
            found = None
        if found is None:
            raise ModuleNotFoundError(
                f"headrace has no module '{real}', which '{fullname}' would be", name=fullname
            )
        return importlib.machinery.ModuleSpec(
            fullname, _Alias(real), is_package=found.submodule_search_locations is not None
        )


_finder = _Finder()


def install() -> None:
    """Makes ``pyflink`` mean headrace for imports from now on; twice does no harm."""
    if _finder in sys.meta_path:
        return
    loaded = sys.modules.get(_FROM)
    if loaded is not None and loaded is not sys.modules.get(_TO):
        raise ImportError("the real pyflink has been imported already in this process")
    sys.meta_path.insert(0, _finder)


def uninstall() -> None:
    """Takes ``install`` back, and the modules imported through it."""
    if _finder in sys.meta_path:
        sys.meta_path.remove(_finder)
    for name in [n for n in sys.modules if n == _FROM or n.startswith(_FROM + ".")]:
        del sys.modules[name]


def _from_script(script: str) -> Callable[..., None]:
    """Shows an exception from the script's own frame on, without those that ran the script."""

    def show(kind: type[BaseException], error: BaseException, tb: TracebackType | None) -> None:
        own = tb
        while own is not None and own.tb_frame.f_code.co_filename != script:
            own = own.tb_next
        sys.__excepthook__(kind, error.with_traceback(own or tb), own or tb)

    return show


def _main(argv: list[str]) -> None:
    if not argv:
        sys.exit("usage: python -m headrace.pyflink SCRIPT [ARGUMENTS]")
    install()
    sys.argv[:] = argv
    sys.path[0] = os.path.dirname(os.path.abspath(argv[0]))
    sys.excepthook = _from_script(argv[0])
    runpy.run_path(argv[0], run_name="__main__")


if __name__ == "__main__":
    _main(sys.argv[1:])
