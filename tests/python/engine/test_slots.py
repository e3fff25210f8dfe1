"""Slot sharing groups that ask for resources."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from headrace.common import Types
from headrace.datastream import SlotSharingGroup, StreamExecutionEnvironment
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
