"""A catalog of a session, and what the session itself does not keep of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from headrace.table.catalog._identifier import ObjectPath
from headrace.table.catalog._objects import (
    CatalogBaseTable,
    CatalogDatabase,
    CatalogFunction,
    CatalogPartitionSpec,
)
from headrace.table.catalog._parts import Models, Partitions, Statistics
from headrace.table.schema import Schema
from headrace.util.exceptions import (
    ApiError,
    DatabaseAlreadyExistException,
    DatabaseNotExistException,
    FunctionAlreadyExistException,
    FunctionNotExistException,
    TableAlreadyExistException,
    TableNotExistException,
    ValidationException,
)

if TYPE_CHECKING:
    from headrace.table._engine import Engine


class Catalog(Models, Statistics, Partitions):
    """Databases with tables, views and functions, in a session of the engine.

    TableEnvironment.get_catalog() gives it. Row counts are the engine's own, which ANALYZE TABLE
    finds; other statistics, models and declared partitions are kept in this process.
    """

    def __init__(self, engine: Engine, name: str) -> None:
        super().__init__()
        self._engine = engine
        self._name = name

    def _call(self, verb: str, *path: str, **fields: Any) -> dict[str, Any]:
        return self._engine.catalog(verb, path=[self._name, *path], **fields)

    # ------------------------------------------------------------ databases

    def get_default_database(self) -> str:
        """The database that is current after use_catalog()."""
        return str(self._call("default_database")["text"])

    def list_databases(self) -> list[str]:
        """The databases."""
        return sorted(self._call("list_databases").get("names", []))

    def get_database(self, database_name: str) -> CatalogDatabase:
        """A database."""
        self._check_database(database_name)
        reply = self._call("get_database", database_name)
        return CatalogDatabase(reply.get("options") or {}, reply.get("text"))

    def database_exists(self, database_name: str) -> bool:
        """Whether there is a database of the name."""
        return database_name in self.list_databases()

    def _check_database(self, name: str) -> None:
        if not self.database_exists(name):
            raise DatabaseNotExistException(f"catalog '{self._name}' has no database '{name}'")

    def create_database(self, name: str, database: CatalogDatabase, ignore_if_exists: bool) -> None:
        """Makes a database."""
        if self.database_exists(name):
            if ignore_if_exists:
                return
            raise DatabaseAlreadyExistException(f"database '{name}' exists already")
        self._put_database("create_database", name, database)

    def _put_database(self, verb: str, name: str, database: CatalogDatabase) -> None:
        described = {"comment": database.get_comment() or ""}
        self._call(verb, name, options=database.get_properties(), descriptor=described)

    def drop_database(self, name: str, ignore_if_exists: bool) -> None:
        """Drops an empty database; ignore_if_exists: it may be missing."""
        if not self.database_exists(name):
            if ignore_if_exists:
                return
            self._check_database(name)
        self._call("drop_database", name)

    def alter_database(
        self, name: str, new_database: CatalogDatabase, ignore_if_not_exists: bool
    ) -> None:
        """Gives a database other properties."""
        if not self.database_exists(name):
            if ignore_if_not_exists:
                return
            self._check_database(name)
        self._put_database("alter_database", name, new_database)

    # ------------------------------------------------------------ tables and views

    def list_tables(self, database_name: str) -> list[str]:
        """The tables and views of a database."""
        self._check_database(database_name)
        return sorted(self._call("list_catalog_tables", database_name).get("names", []))

    def list_views(self, database_name: str) -> list[str]:
        """The views of a database."""
        self._check_database(database_name)
        return sorted(self._call("list_catalog_views", database_name).get("names", []))

    def list_materialized_tables(self, database_name: str) -> list[str]:
        """The materialized tables of a database: the engine makes none."""
        self._check_database(database_name)
        return []

    def table_exists(self, table_path: ObjectPath) -> bool:
        """Whether there is a table or view of the name."""
        database = table_path.get_database_name()
        return self.database_exists(database) and table_path.get_object_name() in self.list_tables(
            database
        )

    def _check_table(self, path: ObjectPath) -> None:
        if not self.table_exists(path):
            raise TableNotExistException(f"catalog '{self._name}' has no table '{path}'")

    def get_table(self, table_path: ObjectPath) -> CatalogBaseTable:
        """A table or view."""
        self._check_table(table_path)
        reply = self._call("describe_table", *_names(table_path))
        found = reply.get("descriptor") or {}
        schema, comment = Schema(found.get("schema") or {}), found.get("comment")
        if reply.get("isView"):
            text = str(reply.get("text", ""))
            return CatalogBaseTable(schema, {}, comment, query=(text, text))
        options, keys = found.get("options") or {}, found.get("partitionKeys") or ()
        return CatalogBaseTable(schema, options, comment, keys)

    def drop_table(self, table_path: ObjectPath, ignore_if_not_exists: bool) -> None:
        """Drops a table or view."""
        if not self.table_exists(table_path):
            if ignore_if_not_exists:
                return
            self._check_table(table_path)
        view = table_path.get_object_name() in self.list_views(table_path.get_database_name())
        self._call("drop_view" if view else "drop_table", *_names(table_path))

    def rename_table(
        self, table_path: ObjectPath, new_table_name: str, ignore_if_not_exists: bool
    ) -> None:
        """Renames a table or view."""
        if not self.table_exists(table_path):
            if ignore_if_not_exists:
                return
            self._check_table(table_path)
        self._call("rename_table", *_names(table_path), options={"to": new_table_name})

    def create_table(
        self, table_path: ObjectPath, table: CatalogBaseTable, ignore_if_exists: bool
    ) -> None:
        """Makes a table, or a view of a query."""
        self._check_database(table_path.get_database_name())
        if self.table_exists(table_path):
            if ignore_if_exists:
                return
            raise TableAlreadyExistException(f"table '{table_path}' exists already")
        self._put_table(table_path, table)

    def _put_table(self, path: ObjectPath, table: CatalogBaseTable) -> None:
        query = table.get_expanded_query()
        if query is None:
            self._call("create_table", *_names(path), descriptor=table._descriptor())
            return
        name = ".".join(f"`{p}`" for p in (self._name, *_names(path)))
        self._engine.execute_sql(f"CREATE VIEW {name} AS {query}")

    def alter_table(
        self, table_path: ObjectPath, new_table: CatalogBaseTable, ignore_if_not_exists: bool
    ) -> None:
        """Puts another table in the place of one."""
        if not self.table_exists(table_path):
            if ignore_if_not_exists:
                return
            self._check_table(table_path)
        self.drop_table(table_path, False)
        self._put_table(table_path, new_table)

    # ------------------------------------------------------------ partitions and statistics

    def _found_partitions(self, path: ObjectPath) -> list[CatalogPartitionSpec]:
        described = self._call("describe_table", *_names(path)).get("descriptor") or {}
        if not described.get("partitionKeys"):
            return []
        name = ".".join(f"`{p}`" for p in (self._name, *_names(path)))
        try:
            reply = self._engine.execute_sql(f"SHOW PARTITIONS {name}")
        except ValidationException:  # a connector that cannot list them
            return []
        from headrace.table.table_result import TableResult

        with TableResult(self._engine, reply).collect() as rows:
            texts = [str(row[0]) for row in rows]
        return [CatalogPartitionSpec(dict(p.split("=", 1) for p in t.split("/"))) for t in texts]

    def _known_rows(self, path: ObjectPath) -> int:
        text = self._call("get_statistics", *_names(path)).get("text")
        return int(json.loads(text)["rows"]) if text else -1

    def _know_rows(self, path: ObjectPath, rows: int) -> None:
        if rows >= 0:
            given = {"statistics": json.dumps({"rows": rows})}
            self._call("set_statistics", *_names(path), options=given)

    # ------------------------------------------------------------ functions

    def list_functions(self, database_name: str) -> list[str]:
        """The functions of a database."""
        self._check_database(database_name)
        return sorted(self._call("list_catalog_functions", database_name).get("names", []))

    def list_procedures(self, database_name: str) -> list[str]:
        """The procedures of a database: the engine has none."""
        self._check_database(database_name)
        return []

    def get_function(self, function_path: ObjectPath) -> CatalogFunction:
        """A function."""
        self._check_function(function_path)
        return CatalogFunction(str(self._call("get_function", *_names(function_path))["text"]))

    def get_procedure(self, procedure_path: ObjectPath) -> Any:
        """Raises: there are none."""
        raise FunctionNotExistException(f"there is no procedure '{procedure_path}'")

    def function_exists(self, function_path: ObjectPath) -> bool:
        """Whether there is a function of the name."""
        database = function_path.get_database_name()
        name = function_path.get_object_name().lower()
        return self.database_exists(database) and name in self.list_functions(database)

    def _check_function(self, path: ObjectPath) -> None:
        if not self.function_exists(path):
            raise FunctionNotExistException(f"catalog '{self._name}' has no function '{path}'")

    def create_function(
        self, function_path: ObjectPath, function: CatalogFunction, ignore_if_exists: bool
    ) -> None:
        """Makes a function of one that a module has."""
        if self.function_exists(function_path):
            if ignore_if_exists:
                return
            raise FunctionAlreadyExistException(f"function '{function_path}' exists already")
        if function.get_function_language() != "PYTHON":
            raise ApiError("functions are in Python: CatalogFunction.create_instance(path)")
        self._put_function(function_path, function)

    def _put_function(self, path: ObjectPath, function: CatalogFunction) -> None:
        name = ".".join(f"`{p}`" for p in (self._name, *_names(path)))
        text = function.get_class_name()
        self._engine.execute_sql(f"CREATE FUNCTION {name} AS '{text}' LANGUAGE PYTHON")

    def alter_function(
        self, function_path: ObjectPath, new_function: CatalogFunction, ignore_if_not_exists: bool
    ) -> None:
        """Puts another function in the place of one."""
        if not self.function_exists(function_path):
            if ignore_if_not_exists:
                return
            self._check_function(function_path)
        self.drop_function(function_path, False)
        self._put_function(function_path, new_function)

    def drop_function(self, function_path: ObjectPath, ignore_if_not_exists: bool) -> None:
        """Drops a function."""
        if not self.function_exists(function_path):
            if ignore_if_not_exists:
                return
            self._check_function(function_path)
        self._call("drop_function", *_names(function_path))


def _names(path: ObjectPath) -> tuple[str, str]:
    return path.get_database_name(), path.get_object_name()
