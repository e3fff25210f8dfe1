"""Configuration: string values under Flink's keys."""

from __future__ import annotations

import base64
from typing import Any

__all__ = ["Configuration"]


class Configuration:
    """Settings by key, read and written with a type.

    >>> conf = Configuration()
    >>> conf.set_integer("parallelism.default", 4).get_integer("parallelism.default", 1)
    4
    """

    def __init__(
        self, other: Configuration | None = None, values: dict[str, str] | None = None
    ) -> None:
        self._values: dict[str, str] = dict(other._values) if other is not None else {}
        self._values.update(values or {})

    @classmethod
    def from_dict(cls, map: dict[str, str]) -> Configuration:
        """A configuration of these settings."""
        return cls(values={key: str(value) for key, value in map.items()})

    @staticmethod
    def parse_list_value(value: str) -> list[str]:
        """The items of a list value, in YAML's form `[a, b]` or Flink's `a;b`.

        >>> Configuration.parse_list_value("[a, 'b']"), Configuration.parse_list_value("a;b")
        (['a', 'b'], ['a', 'b'])
        """
        if not value:
            return []
        text = value.strip()
        if text.startswith("[") and text.endswith("]"):
            items = [item.strip() for item in text[1:-1].split(",")]
            return [item.strip("'\"") for item in items if item]
        return [item for item in text.split(";") if item]

    def get_string(self, key: str, default_value: str) -> str:
        """The value, or the default where the key is not set."""
        return self._values.get(key, default_value)

    def set_string(self, key: str, value: str) -> Configuration:
        """Sets a string."""
        self._values[_key(key)] = str(value)
        return self

    def get_integer(self, key: str, default_value: int) -> int:
        """The value as an integer."""
        return int(self._values[key]) if key in self._values else default_value

    def set_integer(self, key: str, value: int) -> Configuration:
        """Sets an integer."""
        return self.set_string(key, str(int(value)))

    def get_boolean(self, key: str, default_value: bool) -> bool:
        """The value as a boolean."""
        text = self._values.get(key)
        if text is None:
            return default_value
        if text.lower() not in ("true", "false"):
            raise ValueError(f"{key}: {text!r} is neither true nor false")
        return text.lower() == "true"

    def set_boolean(self, key: str, value: bool) -> Configuration:
        """Sets a boolean."""
        return self.set_string(key, "true" if value else "false")

    def get_float(self, key: str, default_value: float) -> float:
        """The value as a float."""
        return float(self._values[key]) if key in self._values else default_value

    def set_float(self, key: str, value: float) -> Configuration:
        """Sets a float."""
        return self.set_string(key, repr(float(value)))

    def get_bytearray(self, key: str, default_value: bytearray) -> bytearray:
        """The value as bytes."""
        if key not in self._values:
            return default_value
        return bytearray(base64.b64decode(self._values[key]))

    def set_bytearray(self, key: str, value: bytearray) -> Configuration:
        """Sets bytes, kept as base64."""
        return self.set_string(key, base64.b64encode(bytes(value)).decode("ascii"))

    def key_set(self) -> set[str]:
        """The keys that are set."""
        return set(self._values)

    def add_all_to_dict(self, target_dict: dict[str, Any]) -> None:
        """Copies all settings into a dict."""
        target_dict.update(self._values)

    def add_all(self, other: Configuration, prefix: str | None = None) -> Configuration:
        """Takes all settings of another configuration, the prefix put before each key."""
        for key, value in other._values.items():
            self._values[(prefix or "") + key] = value
        return self

    def contains_key(self, key: str) -> bool:
        """Whether the key is set."""
        return key in self._values

    def to_dict(self) -> dict[str, str]:
        """A copy of the settings."""
        return dict(self._values)

    def remove_config(self, key: str) -> bool:
        """Removes a setting; whether there was one."""
        return self._values.pop(key, None) is not None

    def __hash__(self) -> int:
        return hash(frozenset(self._values.items()))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Configuration) and self._values == other._values

    def __str__(self) -> str:
        return str(dict(sorted(self._values.items())))


def _key(key: str) -> str:
    if not isinstance(key, str) or not key:
        raise TypeError(f"a configuration key must be a non-empty string, not {key!r}")
    return key
