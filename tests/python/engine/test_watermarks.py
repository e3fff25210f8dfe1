"""Watermark generators written in Python."""

from __future__ import annotations

from typing import Any

from programs import MakeEnv

from headrace.common import (
    TimestampAssigner,
    WatermarkGenerator,
    WatermarkOutput,
    WatermarkStrategy,
)
from headrace.datastream import ProcessFunction


class Times(TimestampAssigner):
    def extract_timestamp(self, value: Any, record_timestamp: int) -> int:
        return int(value)


class Hundreds(WatermarkGenerator):
    """A watermark at each full hundred, and one of its own count."""

    def __init__(self, step: int = 100) -> None:
        self.step = step

    def on_event(self, event: Any, event_timestamp: int, output: WatermarkOutput) -> None:
        if event % self.step == 0:
            output.emit_watermark(event_timestamp)


class Seen(ProcessFunction):
    def process_element(self, value: Any, ctx: Any) -> Any:
        yield value, max(ctx.timer_service().current_watermark(), -1)


def seen(make_env: MakeEnv, strategy: WatermarkStrategy) -> list[Any]:
    stream = make_env(1).from_collection([50, 100, 150, 200, 250])
    timed = stream.assign_timestamps_and_watermarks(strategy.with_timestamp_assigner(Times()))
    return list(timed.process(Seen()).execute_and_collect())


def test_a_generator_class(make_env: MakeEnv) -> None:
    found = seen(make_env, WatermarkStrategy.for_generator(Hundreds))
    assert found == [(50, -1), (100, -1), (150, 100), (200, 100), (250, 200)]


def test_a_function_that_makes_a_generator(make_env: MakeEnv) -> None:
    found = seen(make_env, WatermarkStrategy.for_generator(lambda: Hundreds(50)))
    assert found == [(50, -1), (100, 50), (150, 100), (200, 150), (250, 200)]
