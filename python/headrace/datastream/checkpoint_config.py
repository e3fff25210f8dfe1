"""Settings about checkpoints."""

from __future__ import annotations

from headrace.common.configuration import Configuration
from headrace.common.time import Duration, millis_of, parse_duration_ms
from headrace.datastream.checkpointing_mode import CheckpointingMode
from headrace.datastream.externalized_checkpoint_retention import ExternalizedCheckpointRetention

__all__ = ["CheckpointConfig", "ExternalizedCheckpointRetention"]

_PREFIX = "execution.checkpointing."


class CheckpointConfig:
    """A typed view of an environment's configuration.

    >>> config = CheckpointConfig(Configuration())
    >>> config.set_checkpoint_interval(5000).get_checkpoint_interval()
    5000
    """

    DEFAULT_MODE = CheckpointingMode.EXACTLY_ONCE
    DEFAULT_TIMEOUT = 600_000
    DEFAULT_MIN_PAUSE_BETWEEN_CHECKPOINTS = 0
    DEFAULT_MAX_CONCURRENT_CHECKPOINTS = 1

    def __init__(self, configuration: Configuration) -> None:
        self._conf = configuration

    def _millis(self, key: str, default: str) -> int:
        return parse_duration_ms(self._conf.get_string(_PREFIX + key, default))

    def _set(self, key: str, value: str) -> CheckpointConfig:
        self._conf.set_string(_PREFIX + key, value)
        return self

    def is_checkpointing_enabled(self) -> bool:
        """Whether an interval is set."""
        return self.get_checkpoint_interval() > 0

    def get_checkpointing_mode(self) -> CheckpointingMode:
        """What checkpoints guarantee."""
        if not self.is_checkpointing_enabled():
            return CheckpointingMode.AT_LEAST_ONCE
        return CheckpointingMode[self._conf.get_string(_PREFIX + "mode", "EXACTLY_ONCE").upper()]

    def set_checkpointing_mode(self, checkpointing_mode: CheckpointingMode) -> CheckpointConfig:
        """Says what checkpoints guarantee."""
        if not isinstance(checkpointing_mode, CheckpointingMode):
            raise TypeError(f"the mode is a CheckpointingMode, not {checkpointing_mode!r}")
        return self._set("mode", checkpointing_mode.name)

    def get_checkpoint_interval(self) -> int:
        """Milliseconds between checkpoints, -1 where there are none."""
        return self._millis("interval", "-1 ms")

    def set_checkpoint_interval(self, checkpoint_interval: int) -> CheckpointConfig:
        """Takes a checkpoint every so many milliseconds."""
        if checkpoint_interval < 10:
            raise ValueError(
                "Checkpoint interval must be larger than or equal to 10 ms, "
                f"not {checkpoint_interval}"
            )
        return self._set("interval", f"{checkpoint_interval} ms")

    def get_checkpoint_timeout(self) -> int:
        """Milliseconds after which a checkpoint is given up."""
        return self._millis("timeout", "10 min")

    def set_checkpoint_timeout(self, checkpoint_timeout: int) -> CheckpointConfig:
        """Says when a checkpoint is given up, in milliseconds."""
        if checkpoint_timeout < 10:
            raise ValueError("Checkpoint timeout must be larger than or equal to 10 ms")
        return self._set("timeout", f"{checkpoint_timeout} ms")

    def get_min_pause_between_checkpoints(self) -> int:
        """Milliseconds from the end of a checkpoint to the start of the next."""
        return self._millis("min-pause", "0 ms")

    def set_min_pause_between_checkpoints(
        self, min_pause_between_checkpoints: int
    ) -> CheckpointConfig:
        """Sets the pause between checkpoints, in milliseconds."""
        if min_pause_between_checkpoints < 0:
            raise ValueError("Pause value must be zero or positive")
        return self._set("min-pause", f"{min_pause_between_checkpoints} ms")

    def get_max_concurrent_checkpoints(self) -> int:
        """How many checkpoints may be under way at a time."""
        return self._conf.get_integer(_PREFIX + "max-concurrent-checkpoints", 1)

    def set_max_concurrent_checkpoints(self, max_concurrent_checkpoints: int) -> CheckpointConfig:
        """Says how many checkpoints may be under way at a time."""
        if max_concurrent_checkpoints < 1:
            raise ValueError("The maximum number of concurrent attempts must be at least one.")
        return self._set("max-concurrent-checkpoints", str(max_concurrent_checkpoints))

    def is_fail_on_checkpointing_errors(self) -> bool:
        """Whether the first failed checkpoint fails the job."""
        return self.get_tolerable_checkpoint_failure_number() == 0

    def set_fail_on_checkpointing_errors(
        self, fail_on_checkpointing_errors: bool
    ) -> CheckpointConfig:
        """Says whether the first failed checkpoint fails the job, or none does."""
        number = 0 if fail_on_checkpointing_errors else (1 << 31) - 1
        return self.set_tolerable_checkpoint_failure_number(number)

    def get_tolerable_checkpoint_failure_number(self) -> int:
        """How many checkpoints in a row may fail."""
        return self._conf.get_integer(_PREFIX + "tolerable-failed-checkpoints", 0)

    def set_tolerable_checkpoint_failure_number(
        self, tolerable_checkpoint_failure_number: int
    ) -> CheckpointConfig:
        """Says how many checkpoints in a row may fail."""
        if tolerable_checkpoint_failure_number < 0:
            raise ValueError("The tolerable failure checkpoint number must be non-negative.")
        return self._set("tolerable-failed-checkpoints", str(tolerable_checkpoint_failure_number))

    def set_externalized_checkpoint_retention(
        self, retention_mode: ExternalizedCheckpointRetention
    ) -> CheckpointConfig:
        """Says whether checkpoints are kept when the job is cancelled."""
        if not isinstance(retention_mode, ExternalizedCheckpointRetention):
            raise TypeError(f"an ExternalizedCheckpointRetention, not {retention_mode!r}")
        return self._set("externalized-checkpoint-retention", retention_mode.name)

    def is_externalized_checkpoints_enabled(self) -> bool:
        """Whether checkpoints are kept in some case."""
        none = ExternalizedCheckpointRetention.NO_EXTERNALIZED_CHECKPOINTS
        return self.get_externalized_checkpoint_retention() is not none

    def get_externalized_checkpoint_retention(self) -> ExternalizedCheckpointRetention:
        """Whether checkpoints are kept when the job is cancelled."""
        key = _PREFIX + "externalized-checkpoint-retention"
        name = self._conf.get_string(key, "NO_EXTERNALIZED_CHECKPOINTS")
        return ExternalizedCheckpointRetention[name.upper()]

    def is_unaligned_checkpoints_enabled(self) -> bool:
        """Whether checkpoints overtake elements under way."""
        exactly_once = self.get_checkpointing_mode() is CheckpointingMode.EXACTLY_ONCE
        return exactly_once and self._conf.get_boolean(_PREFIX + "unaligned.enabled", False)

    def enable_unaligned_checkpoints(self, enabled: bool = True) -> CheckpointConfig:
        """Lets checkpoints overtake elements under way, which become part of them."""
        return self._set("unaligned.enabled", "true" if enabled else "false")

    def disable_unaligned_checkpoints(self) -> CheckpointConfig:
        """Takes enable_unaligned_checkpoints back."""
        return self.enable_unaligned_checkpoints(False)

    def set_aligned_checkpoint_timeout(self, alignment_timeout: Duration) -> CheckpointConfig:
        """How long a checkpoint waits in line before it overtakes."""
        millis = millis_of(alignment_timeout, "alignment_timeout")
        return self._set("aligned-checkpoint-timeout", f"{millis} ms")

    def get_aligned_checkpoint_timeout(self) -> Duration:
        """How long a checkpoint waits in line before it overtakes."""
        return Duration.of_millis(self._millis("aligned-checkpoint-timeout", "0 ms"))

    def set_alignment_timeout(self, alignment_timeout: Duration) -> CheckpointConfig:
        """The older name of set_aligned_checkpoint_timeout."""
        return self.set_aligned_checkpoint_timeout(alignment_timeout)

    def get_alignment_timeout(self) -> Duration:
        """The older name of get_aligned_checkpoint_timeout."""
        return self.get_aligned_checkpoint_timeout()

    def set_force_unaligned_checkpoints(
        self, force_unaligned_checkpoints: bool = True
    ) -> CheckpointConfig:
        """Lets checkpoints overtake where a custom partitioner or iteration forbids it."""
        return self._set("unaligned.forced", "true" if force_unaligned_checkpoints else "false")

    def is_force_unaligned_checkpoints(self) -> bool:
        """Whether set_force_unaligned_checkpoints was called."""
        return self._conf.get_boolean(_PREFIX + "unaligned.forced", False)
