"""Results of DataStream jobs as the program reads them."""

from __future__ import annotations

import gc
import sys
from collections import Counter
from typing import Any

import pytest

from headrace.common import Types
from headrace.datastream import StreamExecutionEnvironment


@pytest.fixture
def env() -> StreamExecutionEnvironment:
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    return env


def test_elements_come_one_by_one_or_all_at_once(env: StreamExecutionEnvironment) -> None:
    stream = env.from_collection(range(50_000)).map(lambda x: x + 1)
    with stream.execute_and_collect() as elements:
        assert iter(elements) is elements
        assert [next(elements), elements.next()] == [1, 2]
        assert list(elements) == list(range(3, 50_001))
        with pytest.raises(StopIteration):
            next(elements)


def test_closing_ends_the_elements_at_once(env: StreamExecutionEnvironment) -> None:
    elements = env.from_collection(range(200_000)).execute_and_collect()
    seen = 0
    for _ in elements:
        seen += 1
        if seen == 10:
            elements.close()
    assert seen == 10
    assert list(elements) == []
    elements.close()


def test_a_limit_gives_a_list(env: StreamExecutionEnvironment) -> None:
    assert env.from_collection(range(100_000)).execute_and_collect("job", 3) == [0, 1, 2]


def test_failure_is_raised_where_the_elements_are_read(env: StreamExecutionEnvironment) -> None:
    stream = env.from_collection(range(100_000)).map(lambda x: 1 // (70_000 - x))
    elements = stream.execute_and_collect()
    with pytest.raises(ZeroDivisionError):
        list(elements)
    assert list(elements) == []


def test_references_move_and_none_is_lost(env: StreamExecutionEnvironment) -> None:
    """Texts go through as they are: counted again afterwards, each has the references it had."""
    texts = [f"text {i}" for i in range(30_000)]
    before = [sys.getrefcount(t) for t in texts]
    for _ in range(2):
        with env.from_collection(texts).map(lambda t: t).execute_and_collect() as elements:
            got = list(elements)
        assert all(a is b for a, b in zip(got, texts, strict=True))
        del got
    stream = env.from_collection(texts).map(lambda t: t)
    with stream.execute_and_collect() as elements:
        next(elements)  # and the rest is dropped
    del stream, elements
    env.close() if hasattr(env, "close") else None
    globals().pop("env", None)
    _drain()
    after = [sys.getrefcount(t) for t in texts]
    # What the sources of these jobs hold is let go with their session.
    lost = Counter(b - a for a, b in zip(before, after, strict=True) if b < a)
    assert not lost


def _drain() -> None:
    from headrace import _core

    gc.collect()
    for _ in range(3):
        _core.Session().close()


class Box:
    def __init__(self, v: int) -> None:
        self.v = v


def test_the_program_may_change_what_it_gave(env: StreamExecutionEnvironment) -> None:
    data: list[Any] = [[1], {"a": [2]}, (3, [4]), Box(5), bytearray(b"6")]
    stream = env.from_collection(data).map(
        lambda x: x.v if isinstance(x, Box) else x,
    )
    elements = stream.execute_and_collect()
    data[0].append(0)
    data[1]["a"].append(0)
    data[2][1].append(0)
    data[3].v = 0
    data[4][:] = b"changed"
    data.clear()
    assert list(elements) == [[1], {"a": [2]}, (3, [4]), 5, bytearray(b"6")]


def test_typed_elements(env: StreamExecutionEnvironment) -> None:
    rows = [(i, None if i % 3 else str(i)) for i in range(40_000)]
    kind = Types.TUPLE([Types.LONG(), Types.STRING()])
    with env.from_collection(rows, kind).execute_and_collect() as elements:
        assert list(elements) == rows
