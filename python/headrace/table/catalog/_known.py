"""Catalogs that a program makes and registers."""

from __future__ import annotations

from headrace.table._engine import Engine
from headrace.table.catalog._catalog import Catalog
from headrace.table.catalog._identifier import ObjectPath
from headrace.util.exceptions import ConnectorUnavailableError


class GenericInMemoryCatalog(Catalog):
    """A catalog in memory, to be filled and given to TableEnvironment.register_catalog()."""

    def __init__(self, name: str, default_database: str = "default") -> None:
        from headrace.common.configuration import Configuration

        super().__init__(Engine(Configuration()), name)
        self._default = default_database
        options = f"'type' = 'generic_in_memory', 'default-database' = '{default_database}'"
        self._engine.execute_sql(f"CREATE CATALOG `{name}` WITH ({options})")

    def _move(self, engine: Engine, name: str) -> None:
        """Recreates what the catalog holds in another session, where it lives from now on."""
        options = f"'type' = 'generic_in_memory', 'default-database' = '{self._default}'"
        engine.execute_sql(f"CREATE CATALOG `{name}` WITH ({options})")
        there = Catalog(engine, name)
        for database in self.list_databases():
            there.create_database(database, self.get_database(database), True)
            for table in self.list_tables(database):
                path = ObjectPath(database, table)
                there.create_table(path, self.get_table(path), True)
        self._engine.close()
        self._engine, self._name = engine, name


class JdbcCatalog(Catalog):
    """A catalog over the tables of a database server, which this build has no connector for."""

    def __init__(
        self, catalog_name: str, default_database: str, username: str, pwd: str, base_url: str
    ) -> None:
        raise ConnectorUnavailableError(
            f"catalog '{catalog_name}': there is no JDBC in headrace; describe the tables of "
            f"{base_url} with CREATE TABLE and a connector"
        )
