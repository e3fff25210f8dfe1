"""The pytest plugin, used as a project of a user would use it."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

USER_TESTS = '''
from headrace.common import Time
from headrace.datastream import KeyedProcessFunction, ProcessWindowFunction
from headrace.datastream.state import ValueStateDescriptor
from headrace.datastream.window import TumblingEventTimeWindows
from headrace.testing import At, Watermark, bounded_source
from headrace.common import Types


class Silence(KeyedProcessFunction):
    """Says when a key has been silent for a second."""

    def open(self, runtime_context):
        self.due = runtime_context.get_state(ValueStateDescriptor("due", Types.LONG()))
        self.seen = runtime_context.get_int_counter("seen")

    def process_element(self, value, ctx):
        self.seen.add(1)
        timers = ctx.timer_service()
        if self.due.value() is not None:
            timers.delete_processing_time_timer(self.due.value())
        self.due.update(timers.current_processing_time() + 1000)
        timers.register_processing_time_timer(self.due.value())

    def on_timer(self, timestamp, ctx):
        self.due.clear()
        yield ctx.get_current_key(), timestamp


def silence(env):
    return env.from_collection([]).key_by(lambda v: v).process(Silence())


def test_timers(headrace_env, headrace_clock, operator_harness):
    harness = operator_harness(silence(headrace_env))
    harness.push("a")
    headrace_clock.advance(900)
    harness.push("a")
    headrace_clock.advance(900)
    assert harness.take() == []
    headrace_clock.advance(100)
    assert harness.take() == [("a", 1900)]
    assert harness.state_size() == 0
    assert harness.accumulators() == {"seen": 2}


def test_restore(headrace_env, headrace_clock, operator_harness):
    harness = operator_harness(silence(headrace_env))
    harness.push("a")
    saved = harness.snapshot()
    headrace_clock.advance(2000)
    assert harness.take() == [("a", 1000)]
    harness.restore(saved)
    assert harness.take() == [("a", 1000)]


class Names(ProcessWindowFunction):
    def process(self, key, context, elements):
        yield context.window().start, sorted(elements)


def test_late_elements(headrace_env):
    stream = bounded_source(
        headrace_env, At(10, "a"), At(999, "b"), Watermark(999), At(20, "late"), At(1500, "c")
    )
    windows = stream.key_by(lambda v: 0).window(TumblingEventTimeWindows.of(Time.seconds(1)))
    with windows.process(Names()).execute_and_collect() as results:
        assert list(results) == [(0, ["a", "b"]), (1000, ["c"])]
'''


def test_a_users_tests_pass(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_user=USER_TESTS)
    result = pytester.runpytest_subprocess("-q", *_plugin())
    result.assert_outcomes(passed=3)


def _plugin() -> list[str]:
    """Names the plugin where the installed package has no entry point for it yet."""
    from importlib.metadata import entry_points

    found = any(point.name == "headrace" for point in entry_points(group="pytest11"))
    return [] if found else ["-p", "headrace.testing.plugin"]


def test_the_entry_point_is_declared() -> None:
    project = Path(__file__).resolve().parents[3] / "pyproject.toml"
    assert 'headrace = "headrace.testing.plugin"' in project.read_text()
