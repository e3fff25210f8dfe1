"""The engine of these tests: memory_engine, in place of the native one."""

from __future__ import annotations

import sys
import types

import memory_engine
import pytest

import headrace


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    core = types.ModuleType("headrace._core")
    core.Session = memory_engine.Session  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "headrace._core", core)
    monkeypatch.setattr(headrace, "_core", core, raising=False)
    return core
