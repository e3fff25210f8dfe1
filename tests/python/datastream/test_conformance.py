"""The conformance cases on memory_engine: the API, its lowering and the operators in Python.

The native engine runs them all in tests/conformance. Left out here is what memory_engine does not
have: the clock, checkpoints, conversions at typed edges, places in error messages, tables.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

CORPUS = Path(__file__).resolve().parents[2] / "conformance" / "datastream"
LEFT_OUT = ("table_", "recovery_", "err_", "sink_print_")
LEFT_OUT_TAGS = {"quirk", "timing"}
LEFT_OUT_CASES = {
    "async_timeout_fails",
    "basic_chained_row_names",
    "basic_context_job_parameters",
    "basic_exception_types",
    "basic_flat_map_not_iterable",
    "cfg_execute_async",
    "cfg_execute_twice",
    "side_output_chain_of_sides",
    "side_output_timer_and_keyed",
    "side_output_types",
    "src_file_formats",
    "types_row_from_function",
    "win_aggregate_types",
}


def cases() -> list[Any]:
    found = []
    for path in sorted((CORPUS / "cases").glob("*.py")):
        if path.stem.startswith(LEFT_OUT) or path.stem in LEFT_OUT_CASES:
            continue
        module = load(path)
        if LEFT_OUT_TAGS & set(module.TAGS):
            continue
        found += [pytest.param(path, mode, id=f"{path.stem}-{mode}") for mode in module.MODES]
    return found


def load(path: Path) -> Any:
    """The case as a module that is not in sys.modules, so that functions go by value."""
    spec = importlib.util.spec_from_file_location(f"case_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.usefixtures("engine")
@pytest.mark.skipif(not CORPUS.is_dir(), reason="the conformance corpus is not here")
@pytest.mark.parametrize(("path", "mode"), cases() if CORPUS.is_dir() else [])
def test_case(path: Path, mode: str) -> None:
    sys.path.insert(0, str(CORPUS))
    try:
        import harness
    finally:
        sys.path.remove(str(CORPUS))
    module = load(path)
    expected = json.loads((CORPUS / "expected" / mode / f"{path.stem}.json").read_text())
    namespace = harness.M("headrace", mode, os.fspath(path))
    try:
        result = module.run(namespace)
    finally:
        namespace.cleanup()
    ordered = getattr(module, "ORDERED", False)
    assert harness.normalise(result, ordered, "headrace") == expected["result"]
