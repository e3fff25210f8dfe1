"""Modules: sets of functions that an environment may use."""

from __future__ import annotations

__all__ = ["Module", "ModuleEntry"]


class Module:
    """A set of functions by name."""

    def __init__(self, j_module: str = "core") -> None:
        self._kind = j_module


class ModuleEntry:
    """A loaded module, and whether it is in use."""

    def __init__(self, name: str, used: bool) -> None:
        self._name = name
        self._used = used

    def name(self) -> str:
        """The name."""
        return self._name

    def used(self) -> bool:
        """Whether its functions can be called."""
        return self._used

    def __repr__(self) -> str:
        return f"ModuleEntry{{name='{self._name}', used={str(self._used).lower()}}}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ModuleEntry) and (self._name, self._used) == (
            other._name,
            other._used,
        )

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __lt__(self, other: ModuleEntry) -> bool:
        return self._name < other._name

    def __hash__(self) -> int:
        return hash((self._name, self._used))
