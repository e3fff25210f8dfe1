"""How a table environment is set up."""

from __future__ import annotations

from headrace.common.configuration import Configuration

__all__ = ["EnvironmentSettings"]

_MODE = "execution.runtime-mode"
_CATALOG = "table.builtin-catalog-name"
_DATABASE = "table.builtin-database-name"


class EnvironmentSettings:
    """Streaming or batch, and the configuration to begin with.

    >>> EnvironmentSettings.in_batch_mode().is_streaming_mode()
    False
    """

    class Builder:
        """Builds EnvironmentSettings; streaming unless said otherwise."""

        def __init__(self) -> None:
            self._conf = Configuration()
            self._conf.set_string(_MODE, "STREAMING")

        def with_configuration(self, config: Configuration) -> EnvironmentSettings.Builder:
            """Takes over all settings of a configuration."""
            self._conf.add_all(config)
            return self

        def in_batch_mode(self) -> EnvironmentSettings.Builder:
            """Inputs end and are read to their end."""
            self._conf.set_string(_MODE, "BATCH")
            return self

        def in_streaming_mode(self) -> EnvironmentSettings.Builder:
            """Results come while inputs do, and are updated."""
            self._conf.set_string(_MODE, "STREAMING")
            return self

        def with_built_in_catalog_name(
            self, built_in_catalog_name: str
        ) -> EnvironmentSettings.Builder:
            """Names the catalog that is there from the beginning."""
            self._conf.set_string(_CATALOG, built_in_catalog_name)
            return self

        def with_built_in_database_name(
            self, built_in_database_name: str
        ) -> EnvironmentSettings.Builder:
            """Names the database that is there from the beginning."""
            self._conf.set_string(_DATABASE, built_in_database_name)
            return self

        def build(self) -> EnvironmentSettings:
            """The settings."""
            return EnvironmentSettings(Configuration(self._conf))

    def __init__(self, configuration: Configuration) -> None:
        self._conf = configuration

    def get_built_in_catalog_name(self) -> str:
        """The catalog that is there from the beginning."""
        return self._conf.get_string(_CATALOG, "default_catalog")

    def get_built_in_database_name(self) -> str:
        """The database that is there from the beginning."""
        return self._conf.get_string(_DATABASE, "default_database")

    def is_streaming_mode(self) -> bool:
        """Whether results come while inputs do."""
        return self._conf.get_string(_MODE, "STREAMING").upper() != "BATCH"

    def get_configuration(self) -> Configuration:
        """The configuration to begin with."""
        return Configuration(self._conf)

    @staticmethod
    def new_instance() -> EnvironmentSettings.Builder:
        """A builder."""
        return EnvironmentSettings.Builder()

    @staticmethod
    def in_streaming_mode() -> EnvironmentSettings:
        """Settings for streaming."""
        return EnvironmentSettings.new_instance().in_streaming_mode().build()

    @staticmethod
    def in_batch_mode() -> EnvironmentSettings:
        """Settings for batch."""
        return EnvironmentSettings.new_instance().in_batch_mode().build()
