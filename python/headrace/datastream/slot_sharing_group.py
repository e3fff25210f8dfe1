"""Slot sharing groups and the resources they ask for."""

from __future__ import annotations

from functools import total_ordering

__all__ = ["MemorySize", "SlotSharingGroup"]


@total_ordering
class MemorySize:
    """A number of bytes.

    >>> str(MemorySize.of_mebi_bytes(3)), MemorySize(bytes_size=4096).get_kibi_bytes()
    ('3 mb', 4)
    """

    def __init__(self, bytes_size: int) -> None:
        if bytes_size < 0:
            raise ValueError("a memory size must not be negative")
        self._bytes = bytes_size

    @staticmethod
    def of_mebi_bytes(mebi_bytes: int) -> MemorySize:
        """So many times 2**20 bytes."""
        return MemorySize(mebi_bytes << 20)

    def get_bytes(self) -> int:
        """Bytes."""
        return self._bytes

    def get_kibi_bytes(self) -> int:
        """Whole kibibytes."""
        return self._bytes >> 10

    def get_mebi_bytes(self) -> int:
        """Whole mebibytes."""
        return self._bytes >> 20

    def get_gibi_bytes(self) -> int:
        """Whole gibibytes."""
        return self._bytes >> 30

    def get_tebi_bytes(self) -> int:
        """Whole tebibytes."""
        return self._bytes >> 40

    def __eq__(self, other: object) -> bool:
        return isinstance(other, MemorySize) and self._bytes == other._bytes

    def __hash__(self) -> int:
        return hash(self._bytes)

    def __lt__(self, other: MemorySize) -> bool:
        return self._bytes < other._bytes

    def __le__(self, other: MemorySize) -> bool:
        return self._bytes <= other._bytes

    def __str__(self) -> str:
        for shift, unit in ((40, "tb"), (30, "gb"), (20, "mb"), (10, "kb")):
            if self._bytes and self._bytes % (1 << shift) == 0:
                return f"{self._bytes >> shift} {unit}"
        return f"{self._bytes} bytes"


class SlotSharingGroup:
    """A group of operators that share slots.

    >>> SlotSharingGroup.builder("heavy").set_cpu_cores(1.0).build().get_name()
    'heavy'
    """

    def __init__(
        self,
        name: str,
        cpu_cores: float | None = None,
        task_heap_memory: MemorySize | None = None,
        task_off_heap_memory: MemorySize | None = None,
        managed_memory: MemorySize | None = None,
        external_resources: dict[str, float] | None = None,
    ) -> None:
        self._name = name
        self._cpu_cores = cpu_cores
        self._task_heap_memory = task_heap_memory
        self._task_off_heap_memory = task_off_heap_memory
        self._managed_memory = managed_memory
        self._external_resources = dict(external_resources or {})

    @staticmethod
    def builder(name: str) -> SlotSharingGroup.Builder:
        """Starts a group of that name."""
        return SlotSharingGroup.Builder(name)

    def get_name(self) -> str:
        """The name."""
        return self._name

    def get_managed_memory(self) -> MemorySize | None:
        """The managed memory asked for."""
        return self._managed_memory

    def get_task_heap_memory(self) -> MemorySize | None:
        """The heap memory asked for."""
        return self._task_heap_memory

    def get_task_off_heap_memory(self) -> MemorySize | None:
        """The memory outside the heap asked for."""
        return self._task_off_heap_memory

    def get_cpu_cores(self) -> float | None:
        """The cores asked for."""
        return self._cpu_cores

    def get_external_resources(self) -> dict[str, float]:
        """Other resources asked for, by name."""
        return dict(self._external_resources)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SlotSharingGroup) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash(self._name)

    class Builder:
        """Builds a SlotSharingGroup."""

        def __init__(self, name: str) -> None:
            self._group = SlotSharingGroup(name)

        def set_cpu_cores(self, cpu_cores: float) -> SlotSharingGroup.Builder:
            """Asks for cores."""
            self._group._cpu_cores = cpu_cores
            return self

        def set_task_heap_memory(self, task_heap_memory: MemorySize) -> SlotSharingGroup.Builder:
            """Asks for heap memory."""
            self._group._task_heap_memory = task_heap_memory
            return self

        def set_task_heap_memory_mb(self, task_heap_memory_mb: int) -> SlotSharingGroup.Builder:
            """Asks for heap memory, in mebibytes."""
            return self.set_task_heap_memory(MemorySize.of_mebi_bytes(task_heap_memory_mb))

        def set_task_off_heap_memory(
            self, task_off_heap_memory: MemorySize
        ) -> SlotSharingGroup.Builder:
            """Asks for memory outside the heap."""
            self._group._task_off_heap_memory = task_off_heap_memory
            return self

        def set_task_off_heap_memory_mb(
            self, task_off_heap_memory_mb: int
        ) -> SlotSharingGroup.Builder:
            """Asks for memory outside the heap, in mebibytes."""
            return self.set_task_off_heap_memory(MemorySize.of_mebi_bytes(task_off_heap_memory_mb))

        def set_managed_memory(self, managed_memory: MemorySize) -> SlotSharingGroup.Builder:
            """Asks for managed memory."""
            self._group._managed_memory = managed_memory
            return self

        def set_managed_memory_mb(self, managed_memory_mb: int) -> SlotSharingGroup.Builder:
            """Asks for managed memory, in mebibytes."""
            return self.set_managed_memory(MemorySize.of_mebi_bytes(managed_memory_mb))

        def set_external_resource(self, name: str, value: float) -> SlotSharingGroup.Builder:
            """Asks for another resource."""
            self._group._external_resources[name] = value
            return self

        def build(self) -> SlotSharingGroup:
            """The group."""
            return self._group


def group_name(group: str | SlotSharingGroup) -> str:
    """The name of a group given in either form."""
    if isinstance(group, SlotSharingGroup):
        return group.get_name()
    if isinstance(group, str):
        return group
    raise TypeError(f"a slot sharing group is a name or a SlotSharingGroup, not {group!r}")
