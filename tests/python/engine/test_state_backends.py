"""State back ends and what is set of them, over a restart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from headrace.common import Types
from headrace.datastream import KeyedProcessFunction, StreamExecutionEnvironment
from headrace.datastream.state import ListStateDescriptor, ValueStateDescriptor

MakeEnv = Callable[..., StreamExecutionEnvironment]

COUNT, KEYS = 3000, 500


class Sums(KeyedProcessFunction):
    """The sum of a key and its elements so far."""

    def open(self, runtime_context: Any) -> None:
        self.sum = runtime_context.get_state(ValueStateDescriptor("sum", Types.LONG()))
        self.all = runtime_context.get_list_state(ListStateDescriptor("all", Types.LONG()))

    def process_element(self, value: Any, ctx: Any) -> Any:
        self.sum.update((self.sum.value() or 0) + value)
        self.all.add(value)
        yield ctx.get_current_key(), self.sum.value(), len(list(self.all.get()))


@pytest.mark.parametrize("changelog", ["false", "true"])
@pytest.mark.parametrize("incremental", ["false", "true"])
@pytest.mark.parametrize("backend", ["hashmap", "rocksdb"])
def test_state_over_a_restart(
    make_env: MakeEnv,
    parallelism: int,
    fail_once: Callable[..., Any],
    backend: str,
    incremental: str,
    changelog: str,
) -> None:
    env = make_env(
        parallelism,
        **{
            "state.backend.type": backend,
            "execution.checkpointing.incremental": incremental,
            "state.changelog.enabled": changelog,
            "taskmanager.memory.managed.size": "64 kb",
        },
    )
    stream = env.from_collection(list(range(COUNT))).map(fail_once(2000, pause=0.0002))
    with stream.key_by(lambda n: n % KEYS).process(Sums()).execute_and_collect() as found:
        last = {key: (total, count) for key, total, count in sorted(found, key=lambda v: v[2])}
    want = {key: (sum(range(key, COUNT, KEYS)), COUNT // KEYS) for key in range(KEYS)}
    assert last == want


def test_an_unknown_back_end_is_refused(make_env: MakeEnv) -> None:
    stream = make_env(1, **{"state.backend.type": "rocksbd"}).from_collection([1])
    with pytest.raises(Exception, match="rocksdb"), stream.execute_and_collect() as found:
        list(found)
