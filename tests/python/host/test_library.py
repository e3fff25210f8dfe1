"""The extension module in an ordinary Python: loading, threads, fork, spawn, panic, the end."""

from __future__ import annotations

import subprocess
import sys

import pytest


def run(script: str, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-X", "dev", *options, "-c", script]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def passes(script: str, *options: str) -> str:
    done = run(script, *options)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


def test_import_starts_no_python_thread_and_leaves_signals_alone() -> None:
    passes("""
import signal, threading
before = signal.getsignal(signal.SIGINT)
from headrace import _core
assert threading.active_count() == 1
assert signal.getsignal(signal.SIGINT) is before is signal.default_int_handler
assert _core._native.__name__ == "headrace._native"
""")


def test_engine_and_package_have_one_version() -> None:
    import headrace
    from headrace import _core

    assert _core.engine_version() == headrace.__version__


def test_every_native_name_is_declared_and_used() -> None:
    from pathlib import Path

    from headrace import _core, _native

    names = {n for n in dir(_native) if not n.startswith("_")}
    stub = Path(_core.__file__).with_name("_native.pyi").read_text()
    assert names == {
        line.split("(")[0].removeprefix("def ") for line in stub.splitlines() if line[:4] == "def "
    }
    source = Path(_core.__file__).read_text()
    assert {n for n in names if f"_native.{n}" not in source} == {"debug_panic"}


def test_pandas_is_not_imported() -> None:
    passes("import sys, headrace._core; assert 'pandas' not in sys.modules")


def test_threads_call_side_by_side() -> None:
    passes("""
import threading
from headrace import _core
def work():
    for _ in range(200): _core.engine_version(); _core.counters()
threads = [threading.Thread(target=work) for _ in range(8)]
for t in threads: t.start()
for t in threads: t.join()
""")


def test_fork_is_refused_with_advice() -> None:
    passes("""
import os, warnings
warnings.simplefilter("ignore")
from headrace import _core
pid = os.fork()
if pid == 0:
    try: _core.engine_version()
    except RuntimeError as e: os._exit(7 if "'spawn'" in str(e) else 8)
    os._exit(9)
assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7
_core.engine_version()
""")


def test_a_forked_child_that_never_calls_ends_well() -> None:
    passes("""
import os, sys, warnings
warnings.simplefilter("ignore")
from headrace import _core
pid = os.fork()
if pid == 0: sys.exit(3)
assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 3
""")


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_new_processes_work(method: str, tmp_path) -> None:
    script = tmp_path / "main.py"
    script.write_text(f"""
import multiprocessing
from headrace import _core
if __name__ == "__main__":
    with multiprocessing.get_context({method!r}).Pool(1) as pool:
        assert pool.apply(_core.engine_version) == _core.engine_version()
""")
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_panic_is_an_error_and_the_process_lives() -> None:
    passes("""
from headrace import _core
try: _core._native.debug_panic("on purpose")
except RuntimeError as e: assert "headrace panicked: on purpose" in str(e)
else: assert 0
try: _core.Session()
except RuntimeError as e: assert "panicked earlier" in str(e)
else: assert 0
assert _core.engine_version()
""")


def test_nothing_is_called_after_the_end() -> None:
    passes("""
import atexit
from headrace import _core
assert _core._native.shutdown() == 0
assert _core.engine_version()
""")


def test_wrong_arguments() -> None:
    from headrace import _native

    with pytest.raises(RuntimeError, match="session_call takes"):
        _native.session_call()  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        _native.session_call("x", b"")  # type: ignore[arg-type]
    with pytest.raises(RuntimeError, match="closed"):
        _native.session_call(12345, b"{}")


def test_the_command_is_the_engines() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "headrace", "version"], capture_output=True, text=True
    )
    import headrace

    assert done.returncode == 0
    assert done.stdout.startswith(f"headrace {headrace.__version__} (go")
