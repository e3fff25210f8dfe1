"""Wrong programs fail where they are written, in one line that says what to write instead."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from headrace.common import Types
from headrace.datastream import DataStream, MapFunction, StreamExecutionEnvironment


def pairs() -> DataStream[Any]:
    env = StreamExecutionEnvironment.get_execution_environment()
    return env.from_collection([(1, 2)])


async def later(value: Any) -> Any:
    return value


def items(value: Any) -> Iterator[Any]:
    yield value


class Later(MapFunction):
    async def map(self, value: Any) -> Any:
        return value


@pytest.mark.parametrize(
    ("build", "text"),
    [
        (lambda s: s.reduce(lambda a, b: a), r"reduce.*of keyed streams, as in ds.key_by"),
        (lambda s: s.window(None), r"window.*of keyed streams"),
        (lambda s: s.flatmap(lambda v: [v]), r"no attribute 'flatmap'$"),
        (lambda s: s.map(lambda a, b: a), r"called with one argument.*<lambda>\(a, b\)"),
        (lambda s: s.key_by(lambda: 1), r"called with one argument, as in key_by"),
        (lambda s: s.key_by(lambda v: v[0]).reduce(lambda a: a), r"called with 2 arguments"),
        (lambda s: s.partition_custom(lambda k: 0, lambda v: v), r"called with 2 arguments"),
        (lambda s: s._env.set_parallelism("2"), r"parallelism.*not '2'"),
        (lambda s: s.map(str).set_parallelism("2"), r"parallelism.*not '2'"),
        (lambda s: s.map(later), r"later is a coroutine function.*AsyncDataStream"),
        (lambda s: s.map(Later()), r"map is a coroutine function.*AsyncDataStream"),
        (lambda s: s.map(items), r"items yields, but map\(\) gives one result.*flat_map"),
        (lambda s: s.filter(items), r"items yields, but filter"),
        (lambda s: s.union(pairs()), r"two environments"),
    ],
)
def test_wrong_use_is_refused(build: Callable[[Any], Any], text: str) -> None:
    with pytest.raises((TypeError, ValueError, AttributeError), match=text):
        build(pairs())


def test_what_can_be_called_is_taken() -> None:
    stream = pairs()
    for function in (str, print, lambda *a: a, lambda a, b=1: a, Double().map):
        stream.map(function)
    stream.flat_map(items)


class Double(MapFunction):
    def map(self, value: Any) -> Any:
        return value * 2


def test_checkpoint_intervals_are_numbers() -> None:
    env = StreamExecutionEnvironment.get_execution_environment()
    with pytest.raises(TypeError, match=r"takes milliseconds.*not '10s'"):
        env.enable_checkpointing("10s")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("nmae", r"key_by\('nmae'\): the elements have no such field; did you mean 'name'\?"),
        (2, r"key_by\(2\): the elements have the fields 0 to 1"),
        (["name", "zz"], r"key_by\('zz'\).*they are name, n"),
    ],
)
def test_keys_by_fields_that_are_not_there(field: Any, text: str) -> None:
    env = StreamExecutionEnvironment.get_execution_environment()
    named = Types.ROW_NAMED(["name", "n"], [Types.STRING(), Types.INT()])
    with pytest.raises(ValueError, match=text):
        env.from_collection([("a", 1)], named).key_by(field)
