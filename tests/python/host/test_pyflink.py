"""The import shim: pyflink's names are headrace's modules."""

from __future__ import annotations

import sys

import pytest

import headrace.pyflink


@pytest.fixture
def shim():
    headrace.pyflink.install()
    yield
    headrace.pyflink.uninstall()


@pytest.mark.usefixtures("shim")
def test_modules_are_the_same_objects() -> None:
    import pyflink.common.typeinfo

    import headrace.common.typeinfo

    assert pyflink.common.typeinfo is headrace.common.typeinfo
    assert headrace.common.typeinfo.__spec__ is not None
    assert headrace.common.typeinfo.__spec__.name == "headrace.common.typeinfo"
    assert headrace.common.typeinfo.__name__ == "headrace.common.typeinfo"


@pytest.mark.usefixtures("shim")
def test_missing_module_names_both() -> None:
    with pytest.raises(ModuleNotFoundError, match=r"headrace\.gelly.*pyflink\.gelly"):
        __import__("pyflink.gelly")


def test_uninstall_takes_it_back() -> None:
    headrace.pyflink.install()
    __import__("pyflink.common")
    headrace.pyflink.uninstall()
    assert not [n for n in sys.modules if n.startswith("pyflink")]
    assert not [f for f in sys.meta_path if type(f).__module__ == "headrace.pyflink"]
