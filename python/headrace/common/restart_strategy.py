"""What happens to a job after a failure."""

from __future__ import annotations

__all__ = ["RestartStrategies", "RestartStrategyConfiguration"]


class RestartStrategyConfiguration:
    """A restart strategy, as the settings that express it."""

    def __init__(self, settings: dict[str, str], description: str) -> None:
        self._settings = settings
        self._description = description

    def get_description(self) -> str:
        """One line that says what the strategy does."""
        return self._description

    def settings(self) -> dict[str, str]:
        """The configuration keys of the strategy."""
        return dict(self._settings)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RestartStrategyConfiguration):
            return False
        return type(self) is type(other) and self._settings == other._settings

    def __hash__(self) -> int:
        return hash(frozenset(self._settings.items()))


class RestartStrategies:
    """Makes restart strategies.

    >>> RestartStrategies.fixed_delay_restart(3, 1000).get_restart_attempts()
    3
    """

    class NoRestartStrategyConfiguration(RestartStrategyConfiguration):
        """The job fails with its first failure."""

        def __init__(self) -> None:
            super().__init__({"restart-strategy.type": "none"}, "Restart deactivated.")

    class FixedDelayRestartStrategyConfiguration(RestartStrategyConfiguration):
        """A number of attempts, each after the same delay."""

        def __init__(
            self, restart_attempts: int, delay_between_attempts_interval: int | None = None
        ) -> None:
            delay = delay_between_attempts_interval or 0
            if restart_attempts < 0 or delay < 0:
                raise ValueError("restart attempts and the delay must not be negative")
            self._attempts, self._delay_ms = int(restart_attempts), int(delay)
            super().__init__(
                {
                    "restart-strategy.type": "fixed-delay",
                    "restart-strategy.fixed-delay.attempts": str(self._attempts),
                    "restart-strategy.fixed-delay.delay": f"{self._delay_ms} ms",
                },
                f"Restart with fixed delay ({self._delay_ms} ms). "
                f"#{self._attempts} restart attempts.",
            )

        def get_restart_attempts(self) -> int:
            """How often the job is restarted."""
            return self._attempts

        def get_delay_between_attempts_interval(self) -> int:
            """The delay in milliseconds."""
            return self._delay_ms

    class FailureRateRestartStrategyConfiguration(RestartStrategyConfiguration):
        """Restarts until failures come too often."""

        def __init__(
            self,
            max_failure_rate: int,
            failure_interval: int,
            delay_between_attempts_interval: int,
        ) -> None:
            self._rate = int(max_failure_rate)
            self._interval_ms = int(failure_interval)
            self._delay_ms = int(delay_between_attempts_interval)
            prefix = "restart-strategy.failure-rate"
            super().__init__(
                {
                    "restart-strategy.type": "failure-rate",
                    f"{prefix}.max-failures-per-interval": str(self._rate),
                    f"{prefix}.failure-rate-interval": f"{self._interval_ms} ms",
                    f"{prefix}.delay": f"{self._delay_ms} ms",
                },
                f"Failure rate restart with maximum of {self._rate} failures within interval "
                f"{self._interval_ms} ms and fixed delay {self._delay_ms} ms.",
            )

        def get_max_failure_rate(self) -> int:
            """How many failures an interval may hold."""
            return self._rate

        def get_failure_interval(self) -> int:
            """The interval in milliseconds."""
            return self._interval_ms

        def get_delay_between_attempts_interval(self) -> int:
            """The delay in milliseconds."""
            return self._delay_ms

    class FallbackRestartStrategyConfiguration(RestartStrategyConfiguration):
        """What the configuration says."""

        def __init__(self) -> None:
            super().__init__({}, "Cluster level default restart strategy")

    @staticmethod
    def no_restart() -> RestartStrategyConfiguration:
        """The job fails with its first failure."""
        return RestartStrategies.NoRestartStrategyConfiguration()

    @staticmethod
    def fall_back_restart() -> RestartStrategyConfiguration:
        """What the configuration says."""
        return RestartStrategies.FallbackRestartStrategyConfiguration()

    @staticmethod
    def fixed_delay_restart(
        restart_attempts: int, delay_between_attempts: int
    ) -> RestartStrategies.FixedDelayRestartStrategyConfiguration:
        """A number of attempts, each after a delay in milliseconds."""
        return RestartStrategies.FixedDelayRestartStrategyConfiguration(
            restart_attempts, delay_between_attempts
        )

    @staticmethod
    def failure_rate_restart(
        failure_rate: int, failure_interval: int, delay_interval: int
    ) -> RestartStrategies.FailureRateRestartStrategyConfiguration:
        """Restarts while no interval (milliseconds) holds more failures than failure_rate."""
        return RestartStrategies.FailureRateRestartStrategyConfiguration(
            failure_rate, failure_interval, delay_interval
        )
