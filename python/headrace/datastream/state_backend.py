"""Where keyed state lives while a job runs."""

from __future__ import annotations

from enum import Enum

__all__ = [
    "CustomStateBackend",
    "EmbeddedRocksDBStateBackend",
    "HashMapStateBackend",
    "PredefinedOptions",
    "StateBackend",
]


class StateBackend:
    """A place for state, as the settings that express it."""

    def __init__(self, settings: dict[str, str]) -> None:
        self._settings = settings

    def settings(self) -> dict[str, str]:
        """The configuration keys of the back end."""
        return dict(self._settings)


class HashMapStateBackend(StateBackend):
    """In memory.

    >>> str(HashMapStateBackend())
    'HashMapStateBackend'
    """

    def __init__(self) -> None:
        super().__init__({"state.backend.type": "hashmap"})

    def __str__(self) -> str:
        return "HashMapStateBackend"


class PredefinedOptions(Enum):
    """What kind of disk the state is on."""

    DEFAULT = 0
    SPINNING_DISK_OPTIMIZED = 1
    SPINNING_DISK_OPTIMIZED_HIGH_MEM = 2
    FLASH_SSD_OPTIMIZED = 3


class EmbeddedRocksDBStateBackend(StateBackend):
    """On local disk, with a cache in memory; the store is pebble, the keys are RocksDB's.

    >>> EmbeddedRocksDBStateBackend(True).is_incremental_checkpoints_enabled()
    True
    """

    def __init__(self, enable_incremental_checkpointing: bool | None = None) -> None:
        super().__init__({"state.backend.type": "rocksdb"})
        if enable_incremental_checkpointing is not None:
            if not isinstance(enable_incremental_checkpointing, bool):
                raise TypeError(
                    "Unsupported input for 'enable_incremental_checkpointing': "
                    f"{enable_incremental_checkpointing!r}, write True or False"
                )
            incremental = "true" if enable_incremental_checkpointing else "false"
            self._settings["execution.checkpointing.incremental"] = incremental
        self._options = PredefinedOptions.DEFAULT
        self._factory: str | None = None

    def set_db_storage_paths(self, *paths: str) -> None:
        """Says where on disk the state is; several paths share it."""
        if paths:
            self._settings["state.backend.rocksdb.localdir"] = ",".join(paths)
        else:
            self._settings.pop("state.backend.rocksdb.localdir", None)

    def get_db_storage_paths(self) -> list[str] | None:
        """Where on disk the state is, None for the working directory."""
        paths = self._settings.get("state.backend.rocksdb.localdir")
        return paths.split(",") if paths else None

    def is_incremental_checkpoints_enabled(self) -> bool:
        """Whether a checkpoint writes only what has changed."""
        return self._settings.get("execution.checkpointing.incremental") == "true"

    def set_predefined_options(self, options: PredefinedOptions) -> None:
        """Says what kind of disk the state is on."""
        if not isinstance(options, PredefinedOptions):
            raise TypeError(f"set_predefined_options() takes PredefinedOptions, not {options!r}")
        self._options = options
        self._settings["state.backend.rocksdb.predefined-options"] = options.name

    def get_predefined_options(self) -> PredefinedOptions:
        """What kind of disk the state is on."""
        return self._options

    def set_options(self, options_factory_class_name: str) -> None:
        """Kept for export to a Flink cluster; has no effect here."""
        self._factory = options_factory_class_name
        self._settings["state.backend.rocksdb.options-factory"] = options_factory_class_name

    def get_options(self) -> str | None:
        """What set_options was given."""
        return self._factory

    def get_number_of_transfer_threads(self) -> int:
        """How many files are copied at a time."""
        return int(self._settings.get("state.backend.rocksdb.checkpoint.transfer.thread.num", "4"))

    def set_number_of_transfer_threads(self, number_of_transfering_threads: int) -> None:
        """Says how many files are copied at a time."""
        if number_of_transfering_threads < 1:
            raise ValueError("The number of threads used to transfer files must be at least one")
        key = "state.backend.rocksdb.checkpoint.transfer.thread.num"
        self._settings[key] = str(number_of_transfering_threads)

    def __str__(self) -> str:
        return f"EmbeddedRocksDBStateBackend({self._settings})"


class CustomStateBackend(StateBackend):
    """A back end by its name and configuration keys."""

    def __init__(self, name: str, settings: dict[str, str] | None = None) -> None:
        super().__init__({"state.backend.type": name, **(settings or {})})
