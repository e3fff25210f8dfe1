"""Functions keep the file they come from on their way into a task."""

from __future__ import annotations

import traceback
from pathlib import Path

import pytest
from programs import MakeEnv

from headrace._runtime import pickling


def test_code_keeps_its_file() -> None:
    function = pickling.loads(pickling.dumps(lambda v: v))
    assert function.__code__.co_filename == __file__


def test_a_traceback_names_the_users_line(make_env: MakeEnv, tmp_path: Path) -> None:
    script = tmp_path / "job.py"
    script.write_text("def divide(v):\n    return 1 / v\n")
    scope: dict[str, object] = {"__name__": "__main__"}
    exec(compile(script.read_text(), str(script), "exec"), scope)
    env = make_env(1, **{"restart-strategy.type": "none"})
    divided = env.from_collection([0]).map(scope["divide"])  # type: ignore[call-overload]
    with pytest.raises(ZeroDivisionError) as raised:
        list(divided.execute_and_collect())
    assert f'"{script}", line 2, in divide' in "".join(traceback.format_exception(raised.value))
