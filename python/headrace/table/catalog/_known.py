"""Catalogs that a program makes and registers."""

from __future__ import annotations

from headrace.table._engine import Engine
from headrace.table.catalog._catalog import Catalog
from headrace.table.catalog._identifier import ObjectPath


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
    """The tables of a PostgreSQL, MySQL, MariaDB or SQLite server.

    A server that cannot be reached, or refuses the user, raises an error here.
    """

    def __init__(
        self, catalog_name: str, default_database: str, username: str, pwd: str, base_url: str
    ) -> None:
        from headrace.common.configuration import Configuration

        super().__init__(Engine(Configuration()), catalog_name)
        options = {
            "type": "jdbc",
            "default-database": default_database,
            "username": username,
            "password": pwd,
            "base-url": base_url,
        }
        self._options = ", ".join(
            f"'{key}' = '{value.replace(chr(39), chr(39) * 2)}'" for key, value in options.items()
        )
        self._engine.execute_sql(f"CREATE CATALOG `{catalog_name}` WITH ({self._options})")

    def _move(self, engine: Engine, name: str) -> None:
        """Opens the catalog in another session, where it lives from now on."""
        engine.execute_sql(f"CREATE CATALOG `{name}` WITH ({self._options})")
        self._engine.close()
        self._engine, self._name = engine, name
