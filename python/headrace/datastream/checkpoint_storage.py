"""Where checkpoints are kept."""

from __future__ import annotations

__all__ = [
    "CheckpointStorage",
    "CustomCheckpointStorage",
    "FileSystemCheckpointStorage",
    "JobManagerCheckpointStorage",
]


class CheckpointStorage:
    """A place for checkpoints, as the settings that express it."""

    def __init__(self, settings: dict[str, str]) -> None:
        self._settings = settings

    def settings(self) -> dict[str, str]:
        """The configuration keys of the storage."""
        return dict(self._settings)


class JobManagerCheckpointStorage(CheckpointStorage):
    """In the memory of the process; lost with it.

    >>> JobManagerCheckpointStorage().get_max_state_size()
    5242880
    """

    DEFAULT_MAX_STATE_SIZE = 5 * 1024 * 1024

    def __init__(
        self, checkpoint_path: str | None = None, max_state_size: int | None = None
    ) -> None:
        settings = {"execution.checkpointing.storage": "jobmanager"}
        if checkpoint_path is not None:
            settings["execution.checkpointing.dir"] = checkpoint_path
        super().__init__(settings)
        self._path = checkpoint_path
        self._max_state_size = max_state_size or self.DEFAULT_MAX_STATE_SIZE

    def get_checkpoint_path(self) -> str | None:
        """Where metadata goes, None for nowhere."""
        return self._path

    def get_max_state_size(self) -> int:
        """How many bytes one state may have."""
        return self._max_state_size

    def get_savepoint_path(self) -> str | None:
        """Where savepoints go, None where each names its place."""
        return None

    def __str__(self) -> str:
        return f"JobManagerCheckpointStorage({self._path}, {self._max_state_size} bytes)"


class FileSystemCheckpointStorage(CheckpointStorage):
    """In a directory.

    >>> FileSystemCheckpointStorage("file:///data/checkpoints").get_checkpoint_path()
    'file:///data/checkpoints'
    """

    MAX_FILE_STATE_THRESHOLD = 1024 * 1024

    def __init__(
        self,
        checkpoint_path: str,
        file_state_size_threshold: int | None = None,
        write_buffer_size: int = -1,
    ) -> None:
        if not checkpoint_path:
            raise ValueError("FileSystemCheckpointStorage needs a directory")
        settings = {
            "execution.checkpointing.storage": "filesystem",
            "execution.checkpointing.dir": checkpoint_path,
        }
        if file_state_size_threshold is not None:
            if not 0 <= file_state_size_threshold <= self.MAX_FILE_STATE_THRESHOLD:
                raise ValueError(
                    f"the threshold must be 0 to {self.MAX_FILE_STATE_THRESHOLD} bytes"
                )
            settings["execution.checkpointing.data-inline-threshold"] = (
                f"{file_state_size_threshold} b"
            )
        super().__init__(settings)
        self._path = checkpoint_path
        self._threshold = 20 * 1024
        if file_state_size_threshold is not None:
            self._threshold = file_state_size_threshold
        self._write_buffer_size = write_buffer_size

    def get_checkpoint_path(self) -> str:
        """The directory."""
        return self._path

    def get_savepoint_path(self) -> str | None:
        """Where savepoints go, None where each names its place."""
        return None

    def get_min_file_size_threshold(self) -> int:
        """States up to so many bytes are part of the metadata file."""
        return self._threshold

    def get_write_buffer_size(self) -> int:
        """How many bytes are written at a time."""
        return max(self._write_buffer_size, self._threshold, 4096)

    def __str__(self) -> str:
        return f"FileSystemCheckpointStorage({self._path})"


class CustomCheckpointStorage(CheckpointStorage):
    """A storage that a plug-in provides, by its configuration keys."""

    def __init__(self, name: str, settings: dict[str, str] | None = None) -> None:
        super().__init__({"execution.checkpointing.storage": name, **(settings or {})})
