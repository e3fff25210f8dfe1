"""Says of a failure why the job was not started again."""

from __future__ import annotations

from headrace.common.configuration import Configuration
from headrace.common.time import parse_duration_ms
from headrace.util.exceptions import JobFailedError


def name_restart_strategy(error: BaseException, conf: Configuration) -> None:
    """Adds the restart strategy to the job's failure at the end of the chain of causes."""
    last = error
    while last.__cause__ is not None:
        last = last.__cause__
    if isinstance(last, JobFailedError) and "RestartBackoffTimeStrategy" not in str(last):
        last.args = (f"{last}\nno restart any more, by {_strategy(conf)}",)


def _strategy(conf: Configuration) -> str:
    """The strategy under the name that Flink gives it, which people search logs for."""
    kind = conf.get_string("restart-strategy.type", "")
    if not kind:
        checkpoints = conf.contains_key("execution.checkpointing.interval")
        kind = "exponential-delay" if checkpoints else "none"
    if kind in ("fixed-delay", "fixeddelay"):
        attempts = conf.get_integer("restart-strategy.fixed-delay.attempts", 1)
        delay = parse_duration_ms(conf.get_string("restart-strategy.fixed-delay.delay", "1 s"))
        return (
            "FixedDelayRestartBackoffTimeStrategy"
            f"(maxNumberRestartAttempts={attempts}, backoffTimeMS={delay})"
        )
    names = {
        "failure-rate": "FailureRateRestartBackoffTimeStrategy",
        "failurerate": "FailureRateRestartBackoffTimeStrategy",
        "exponential-delay": "ExponentialDelayRestartBackoffTimeStrategy",
        "exponentialdelay": "ExponentialDelayRestartBackoffTimeStrategy",
    }
    return names.get(kind, "NoRestartBackoffTimeStrategy")
