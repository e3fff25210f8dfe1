"""Slot sharing groups that ask for resources."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from headrace.common import Types
from headrace.datastream import (
    MapFunction,
    RuntimeContext,
    SlotSharingGroup,
    StreamExecutionEnvironment,
)
from headrace.util.exceptions import ApiError, HeadraceError

MakeEnv = Callable[..., StreamExecutionEnvironment]


def group(name: str, mebibytes: int, **external: float) -> SlotSharingGroup:
    builder = SlotSharingGroup.builder(name).set_cpu_cores(0.1).set_task_heap_memory_mb(10)
    for kind, amount in external.items():
        builder.set_external_resource(kind, amount)
    return builder.set_managed_memory_mb(mebibytes).build()


@pytest.mark.parametrize("registered", [False, True])
def test_a_group_with_memory_of_its_own_runs(make_env: MakeEnv, registered: bool) -> None:
    env = make_env(2, **{"taskmanager.memory.managed.size": "64 mb"})
    heavy = group("heavy", 20)
    if registered:
        env.register_slot_sharing_group(heavy)
    counts = (
        env.from_collection(range(1000), Types.LONG())
        .key_by(lambda n: n % 10, Types.LONG())
        .reduce(lambda a, b: a + b)
        .slot_sharing_group("heavy" if registered else heavy)
    )
    with counts.execute_and_collect() as found:
        assert len(list(found)) == 1000


def test_what_is_missing_is_told(make_env: MakeEnv) -> None:
    settings = {
        "taskmanager.memory.managed.size": "64 mb",
        "external-resource.gpu.amount": "1",
        "restart-strategy.type": "none",
    }
    env = make_env(2, **settings)
    numbers = env.from_collection([1], Types.LONG()).rebalance()
    numbers.map(lambda n: n, Types.LONG()).slot_sharing_group(group("big", 40, gpu=1)).print()
    with pytest.raises(HeadraceError, match="16 mb of 80 mb managed memory, 1 of 2 gpu missing"):
        env.execute("big")


def test_one_name_has_one_set_of_resources(make_env: MakeEnv) -> None:
    env = make_env(1)
    env.register_slot_sharing_group(group("heavy", 20))
    env.from_collection([1]).map(str).slot_sharing_group(group("heavy", 30)).print()
    with pytest.raises(ApiError, match=r"'heavy' of Map \(.*register it once"):
        env.execute("two")


class Units(MapFunction):
    """Emits its subtask and the indexes of a resource that it sees."""

    def __init__(self, name: str) -> None:
        self.name = name

    def open(self, runtime_context: RuntimeContext) -> None:
        units = runtime_context.get_external_resource_infos(self.name)
        indexes = sorted(int(u.get_property("index") or "") for u in units)
        self.seen = runtime_context.get_index_of_this_subtask(), tuple(indexes)

    def map(self, value: int) -> tuple[int, tuple[int, ...]]:
        return self.seen


@pytest.mark.parametrize("mode", ["thread", "process"])
def test_subtasks_see_the_external_resources_of_their_slot(make_env: MakeEnv, mode: str) -> None:
    settings = {"external-resource.gpu.amount": "5", "python.execution-mode": mode}
    numbers = make_env(2, **settings).from_collection(range(8), Types.INT()).rebalance()
    first = numbers.map(Units("gpu")).slot_sharing_group(group("a", 1, gpu=2))
    second = numbers.map(Units("gpu")).slot_sharing_group(group("b", 1, gpu=0.5))
    rest = numbers.map(Units("gpu"))
    none = numbers.map(Units("fpga"))
    kinds = [first, second, rest, none]
    tagged = [s.map(lambda v, i=i: (i, *v)) for i, s in enumerate(kinds)]
    with tagged[0].union(*tagged[1:]).execute_and_collect() as found:
        seen = set(found)
    every = (0, 1, 2, 3, 4)
    assert seen == {
        (0, 0, (0, 1)),
        (0, 1, (2, 3)),
        (1, 0, (4,)),
        (1, 1, (4,)),
        (2, 0, every),
        (2, 1, every),
        (3, 0, ()),
        (3, 1, ()),
    }
