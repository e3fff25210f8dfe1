"""What happens to complete partitions of files, and when they are complete, in Python: the
classes for ``'sink.partition-commit.policy.kind' = 'custom'`` and
``'partition.time-extractor.kind' = 'custom'``."""

from __future__ import annotations

import datetime
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["PartitionCommitContext", "PartitionCommitPolicy", "PartitionTimeExtractor"]


@dataclass(frozen=True)
class PartitionCommitContext:
    """The partition that is complete."""

    catalog_name: str
    database_name: str
    table_name: str
    partition_path: str
    partition_keys: list[str]
    partition_values: list[str]

    @property
    def partition_spec(self) -> dict[str, str]:
        """The values by their keys."""
        return dict(zip(self.partition_keys, self.partition_values, strict=True))


class PartitionCommitPolicy(ABC):
    """Does something with a complete partition: tells a catalog, starts a job, merges files.

    An object is made once in a process. After a failure a partition may be committed again."""

    @abstractmethod
    def commit(self, context: PartitionCommitContext) -> None:
        """The files of the partition are all there. An exception fails the job."""


class PartitionTimeExtractor(ABC):
    """Finds the time of a partition, which the watermark has to pass."""

    @abstractmethod
    def extract(self, partition_keys: Sequence[str],
                partition_values: Sequence[str]) -> datetime.datetime:
        """The time, as local time of ``sink.partition-commit.watermark-time-zone``."""
