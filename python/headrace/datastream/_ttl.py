"""How long state lives."""

from __future__ import annotations

from abc import ABC
from enum import Enum

from headrace.common.time import Time, millis_of


class StateTtlConfig:
    """The time to live of a state.

    >>> config = StateTtlConfig.new_builder(Time.seconds(1)).update_ttl_on_read_and_write().build()
    >>> config.get_update_type().name, config.is_enabled()
    ('OnReadAndWrite', True)
    """

    class UpdateType(Enum):
        """What starts the time anew."""

        Disabled = 0
        OnCreateAndWrite = 1
        OnReadAndWrite = 2

    class StateVisibility(Enum):
        """Whether a value past its time may still be seen."""

        ReturnExpiredIfNotCleanedUp = 0
        NeverReturnExpired = 1

    class TtlTimeCharacteristic(Enum):
        """Which time counts."""

        ProcessingTime = 0

    def __init__(
        self,
        update_type: UpdateType,
        state_visibility: StateVisibility,
        ttl_time_characteristic: TtlTimeCharacteristic,
        ttl: Time,
        cleanup_strategies: StateTtlConfig.CleanupStrategies,
    ) -> None:
        if millis_of(ttl, "ttl") <= 0:
            raise ValueError("the time to live must be longer than nothing")
        self._update_type = update_type
        self._state_visibility = state_visibility
        self._characteristic = ttl_time_characteristic
        self._ttl = ttl if isinstance(ttl, Time) else Time(millis_of(ttl, "ttl"))
        self._cleanup = cleanup_strategies

    @staticmethod
    def new_builder(ttl: Time) -> StateTtlConfig.Builder:
        """Starts with the time to live."""
        return StateTtlConfig.Builder(ttl)

    def get_update_type(self) -> UpdateType:
        """What starts the time anew."""
        return self._update_type

    def get_state_visibility(self) -> StateVisibility:
        """Whether a value past its time may still be seen."""
        return self._state_visibility

    def get_ttl(self) -> Time:
        """The time to live."""
        return self._ttl

    def get_ttl_time_characteristic(self) -> TtlTimeCharacteristic:
        """Which time counts."""
        return self._characteristic

    def is_enabled(self) -> bool:
        """Whether values expire at all."""
        return self._update_type is not StateTtlConfig.UpdateType.Disabled

    def get_cleanup_strategies(self) -> StateTtlConfig.CleanupStrategies:
        """When expired values are removed."""
        return self._cleanup

    def __repr__(self) -> str:
        return (
            f"StateTtlConfig<updateType={self._update_type}, "
            f"stateVisibility={self._state_visibility}, "
            f"ttlTimeCharacteristic={self._characteristic}, ttl={self._ttl}>"
        )

    class Builder:
        """Builds a StateTtlConfig."""

        def __init__(self, ttl: Time) -> None:
            self._ttl = ttl
            self._update_type = StateTtlConfig.UpdateType.OnCreateAndWrite
            self._visibility = StateTtlConfig.StateVisibility.NeverReturnExpired
            self._characteristic = StateTtlConfig.TtlTimeCharacteristic.ProcessingTime
            self._in_background = True
            self._strategies: dict[
                StateTtlConfig.CleanupStrategies.Strategies,
                StateTtlConfig.CleanupStrategies.CleanupStrategy,
            ] = {}

        def set_update_type(self, update_type: StateTtlConfig.UpdateType) -> StateTtlConfig.Builder:
            """Says what starts the time anew."""
            self._update_type = update_type
            return self

        def update_ttl_on_create_and_write(self) -> StateTtlConfig.Builder:
            """Writing starts the time anew."""
            return self.set_update_type(StateTtlConfig.UpdateType.OnCreateAndWrite)

        def update_ttl_on_read_and_write(self) -> StateTtlConfig.Builder:
            """Writing and reading start the time anew."""
            return self.set_update_type(StateTtlConfig.UpdateType.OnReadAndWrite)

        def set_state_visibility(
            self, state_visibility: StateTtlConfig.StateVisibility
        ) -> StateTtlConfig.Builder:
            """Says whether a value past its time may still be seen."""
            self._visibility = state_visibility
            return self

        def return_expired_if_not_cleaned_up(self) -> StateTtlConfig.Builder:
            """A value past its time may still be seen."""
            return self.set_state_visibility(
                StateTtlConfig.StateVisibility.ReturnExpiredIfNotCleanedUp
            )

        def never_return_expired(self) -> StateTtlConfig.Builder:
            """A value past its time is never seen."""
            return self.set_state_visibility(StateTtlConfig.StateVisibility.NeverReturnExpired)

        def set_ttl_time_characteristic(
            self, ttl_time_characteristic: StateTtlConfig.TtlTimeCharacteristic
        ) -> StateTtlConfig.Builder:
            """Says which time counts."""
            self._characteristic = ttl_time_characteristic
            return self

        def use_processing_time(self) -> StateTtlConfig.Builder:
            """The clock counts."""
            return self.set_ttl_time_characteristic(
                StateTtlConfig.TtlTimeCharacteristic.ProcessingTime
            )

        def cleanup_full_snapshot(self) -> StateTtlConfig.Builder:
            """Leaves expired values out of snapshots."""
            cleanup = StateTtlConfig.CleanupStrategies
            self._strategies[cleanup.Strategies.FULL_STATE_SCAN_SNAPSHOT] = cleanup.EMPTY_STRATEGY
            return self

        def cleanup_incrementally(
            self, cleanup_size: int, run_cleanup_for_every_record: bool
        ) -> StateTtlConfig.Builder:
            """Looks at some values with each access."""
            cleanup = StateTtlConfig.CleanupStrategies
            strategy = cleanup.IncrementalCleanupStrategy(
                cleanup_size, run_cleanup_for_every_record
            )
            self._strategies[cleanup.Strategies.INCREMENTAL_CLEANUP] = strategy
            return self

        def cleanup_in_rocksdb_compact_filter(
            self, query_time_after_num_entries: int, periodic_compaction_time: Time | None = None
        ) -> StateTtlConfig.Builder:
            """Removes expired values when the store on disk is compacted."""
            cleanup = StateTtlConfig.CleanupStrategies
            strategy = cleanup.RocksdbCompactFilterCleanupStrategy(
                query_time_after_num_entries, periodic_compaction_time
            )
            self._strategies[cleanup.Strategies.ROCKSDB_COMPACTION_FILTER] = strategy
            return self

        def disable_cleanup_in_background(self) -> StateTtlConfig.Builder:
            """Removes expired values only when they are read."""
            self._in_background = False
            return self

        def set_ttl(self, ttl: Time) -> StateTtlConfig.Builder:
            """Sets the time to live."""
            self._ttl = ttl
            return self

        def build(self) -> StateTtlConfig:
            """The configuration."""
            return StateTtlConfig(
                self._update_type,
                self._visibility,
                self._characteristic,
                self._ttl,
                StateTtlConfig.CleanupStrategies(dict(self._strategies), self._in_background),
            )

    class CleanupStrategies:
        """When expired values are removed."""

        class Strategies(Enum):
            """The ways."""

            FULL_STATE_SCAN_SNAPSHOT = 0
            INCREMENTAL_CLEANUP = 1
            ROCKSDB_COMPACTION_FILTER = 2

        class CleanupStrategy(ABC):  # noqa: B024
            """One way."""

        class EmptyCleanupStrategy(CleanupStrategy):
            """A way without settings."""

        class IncrementalCleanupStrategy(CleanupStrategy):
            """Some values with each access."""

            def __init__(self, cleanup_size: int, run_cleanup_for_every_record: bool) -> None:
                self._cleanup_size = cleanup_size
                self._every_record = run_cleanup_for_every_record

            def get_cleanup_size(self) -> int:
                """How many values are looked at."""
                return self._cleanup_size

            def run_cleanup_for_every_record(self) -> bool:
                """Whether every element counts as an access."""
                return self._every_record

        class RocksdbCompactFilterCleanupStrategy(CleanupStrategy):
            """When the store on disk is compacted."""

            def __init__(
                self,
                query_time_after_num_entries: int,
                periodic_compaction_time: Time | None = None,
            ) -> None:
                self._entries = query_time_after_num_entries
                self._period = periodic_compaction_time or Time.days(30)

            def get_query_time_after_num_entries(self) -> int:
                """After how many values the clock is read again."""
                return self._entries

            def get_periodic_compaction_time(self) -> Time:
                """How old a file gets before it is compacted."""
                return self._period

        EMPTY_STRATEGY = EmptyCleanupStrategy()

        def __init__(
            self,
            strategies: dict[
                StateTtlConfig.CleanupStrategies.Strategies,
                StateTtlConfig.CleanupStrategies.CleanupStrategy,
            ],
            is_cleanup_in_background: bool,
        ) -> None:
            self._strategies = strategies
            self._in_background = is_cleanup_in_background

        def is_cleanup_in_background(self) -> bool:
            """Whether values are removed before they are read."""
            return self._in_background

        def in_full_snapshot(self) -> bool:
            """Whether expired values are left out of snapshots."""
            full = StateTtlConfig.CleanupStrategies.Strategies.FULL_STATE_SCAN_SNAPSHOT
            return full in self._strategies

        def get_incremental_cleanup_strategy(
            self,
        ) -> StateTtlConfig.CleanupStrategies.IncrementalCleanupStrategy | None:
            """The settings of that way, a default one in the background."""
            cleanup = StateTtlConfig.CleanupStrategies
            found = self._strategies.get(cleanup.Strategies.INCREMENTAL_CLEANUP)
            if found is None and self._in_background:
                return cleanup.IncrementalCleanupStrategy(5, False)
            assert found is None or isinstance(found, cleanup.IncrementalCleanupStrategy)
            return found

        def get_rocksdb_compact_filter_cleanup_strategy(
            self,
        ) -> StateTtlConfig.CleanupStrategies.RocksdbCompactFilterCleanupStrategy | None:
            """The settings of that way, a default one in the background."""
            cleanup = StateTtlConfig.CleanupStrategies
            found = self._strategies.get(cleanup.Strategies.ROCKSDB_COMPACTION_FILTER)
            if found is None and self._in_background:
                return cleanup.RocksdbCompactFilterCleanupStrategy(1000)
            assert found is None or isinstance(found, cleanup.RocksdbCompactFilterCleanupStrategy)
            return found
