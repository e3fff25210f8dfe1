"""Typed configuration options.

>>> ConfigOptions.key("my.retries").int_type().default_value(3).key
'my.retries'
"""

from __future__ import annotations

from typing import Generic, TypeVar

__all__ = ["ConfigOption", "ConfigOptions"]

T = TypeVar("T")


class ConfigOption(Generic[T]):
    """A key with a type and, possibly, a default."""

    def __init__(self, key: str, option_type: type, default: T | None = None) -> None:
        self.key = key
        self.option_type = option_type
        self.default = default

    def __repr__(self) -> str:
        return f"ConfigOption({self.key!r}, default={self.default!r})"


class ConfigOptions:
    """Where an option begins."""

    @staticmethod
    def key(key: str) -> ConfigOptions.OptionBuilder:
        """Starts an option of that key."""
        return ConfigOptions.OptionBuilder(key)

    class OptionBuilder:
        """Asks for the type."""

        def __init__(self, key: str) -> None:
            self._key = key

        def boolean_type(self) -> ConfigOptions.TypedConfigOptionBuilder[bool]:
            """A boolean."""
            return ConfigOptions.TypedConfigOptionBuilder(self._key, bool)

        def int_type(self) -> ConfigOptions.TypedConfigOptionBuilder[int]:
            """An integer."""
            return ConfigOptions.TypedConfigOptionBuilder(self._key, int)

        def long_type(self) -> ConfigOptions.TypedConfigOptionBuilder[int]:
            """An integer."""
            return ConfigOptions.TypedConfigOptionBuilder(self._key, int)

        def float_type(self) -> ConfigOptions.TypedConfigOptionBuilder[float]:
            """A float."""
            return ConfigOptions.TypedConfigOptionBuilder(self._key, float)

        def double_type(self) -> ConfigOptions.TypedConfigOptionBuilder[float]:
            """A float."""
            return ConfigOptions.TypedConfigOptionBuilder(self._key, float)

        def string_type(self) -> ConfigOptions.TypedConfigOptionBuilder[str]:
            """A string."""
            return ConfigOptions.TypedConfigOptionBuilder(self._key, str)

    class TypedConfigOptionBuilder(Generic[T]):
        """Asks for the default."""

        def __init__(self, key: str, option_type: type[T]) -> None:
            self._key = key
            self._type = option_type

        def default_value(self, value: T) -> ConfigOption[T]:
            """The option with that default."""
            return ConfigOption(self._key, self._type, value)

        def no_default_value(self) -> ConfigOption[T]:
            """The option without a default."""
            return ConfigOption(self._key, self._type)
