"""Serializers that window assigners name for their windows."""

from __future__ import annotations

from abc import ABC, abstractmethod
from io import BytesIO
from typing import Any, Generic, TypeVar

__all__ = ["TypeSerializer", "VoidNamespaceSerializer"]

T = TypeVar("T")


class TypeSerializer(ABC, Generic[T]):
    """Writes one element to a byte stream and reads it back."""

    @abstractmethod
    def serialize(self, element: T, stream: BytesIO) -> None:
        """Writes the element."""

    @abstractmethod
    def deserialize(self, stream: BytesIO) -> T:
        """Reads an element."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TypeSerializer) and self._identity() == other._identity()

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(type(self))

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"

    def _identity(self) -> tuple[type, dict[str, Any]]:
        return type(self), vars(self)


class VoidNamespaceSerializer(TypeSerializer[bytes]):
    """Writes nothing: state without a window."""

    def serialize(self, element: bytes, stream: BytesIO) -> None:
        """Writes nothing."""

    def deserialize(self, stream: BytesIO) -> bytes:
        """Reads nothing."""
        return b""
