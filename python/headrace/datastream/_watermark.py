"""Watermark strategies in planpb's form."""

from __future__ import annotations

from headrace.common.watermark_strategy import WatermarkStrategy
from headrace.datastream._graph import Json, UserFunction


def watermark_json(strategy: WatermarkStrategy) -> Json:
    """A planpb.WatermarkOp."""
    if not isinstance(strategy, WatermarkStrategy):
        raise TypeError(
            "a watermark strategy comes from WatermarkStrategy, as in "
            f"WatermarkStrategy.for_monotonous_timestamps(), not {strategy!r}"
        )
    out: Json = {"kind": strategy._kind}
    if strategy._delay_ms:
        out["delayMs"] = str(strategy._delay_ms)
    if strategy._assigner is not None:
        out["assigner"] = UserFunction(strategy._assigner).to_json()
    if strategy._generator is not None:
        out["generator"] = UserFunction(strategy._generator).to_json()
    if strategy._idle_ms:
        out["idleMs"] = str(strategy._idle_ms)
    if strategy._alignment is not None:
        group, drift, interval = strategy._alignment
        out["alignmentGroup"] = group
        out["alignmentDriftMs"] = str(drift)
        out["alignmentIntervalMs"] = str(interval)
    return out
