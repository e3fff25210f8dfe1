"""The methods of table environments about catalogs, tables, functions and modules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from headrace.table._engine import Engine
from headrace.table._function import Declared
from headrace.table._rels import Json, path
from headrace.table.table_descriptor import TableDescriptor
from headrace.table.udf import (
    AggregateFunction,
    AsyncScalarFunction,
    ScalarFunction,
    TableAggregateFunction,
    TableFunction,
    UserDefinedFunctionWrapper,
    udaf,
    udf,
    udtaf,
    udtf,
)
from headrace.util.exceptions import ApiError

_DECLARING: tuple[tuple[type, Callable[..., Any]], ...] = (
    (ScalarFunction, udf),
    (AsyncScalarFunction, udf),
    (TableFunction, udtf),
    (AggregateFunction, udaf),
    (TableAggregateFunction, udtaf),
)


class CatalogMethods:
    """What a table environment knows by name."""

    _engine: Engine

    def _names(self, verb: str) -> list[str]:
        return sorted(self._engine.catalog(verb).get("names", []))

    # ------------------------------------------------------------ catalogs and databases

    def get_current_catalog(self) -> str:
        """The catalog in which names without one are looked up."""
        return str(self._engine.catalog("current")["names"][0])

    def use_catalog(self, catalog_name: str) -> None:
        """Changes the current catalog; its default database becomes the current one."""
        self._engine.catalog("use_catalog", path=[catalog_name])

    def get_current_database(self) -> str:
        """The database in which names without one are looked up."""
        return str(self._engine.catalog("current")["names"][1])

    def use_database(self, database_name: str) -> None:
        """Changes the current database."""
        self._engine.catalog("use_database", path=[database_name])

    def list_catalogs(self) -> list[str]:
        """The catalogs."""
        return self._names("list_catalogs")

    def list_databases(self) -> list[str]:
        """The databases of the current catalog."""
        return self._names("list_databases")

    # ------------------------------------------------------------ tables and views

    def create_temporary_table(
        self, path: str, descriptor: TableDescriptor, ignoreIfExists: bool = False
    ) -> None:
        """Makes a table that this environment alone knows."""
        self._create_table(path, descriptor, ignoreIfExists, True)

    def create_table(
        self, path: str, descriptor: TableDescriptor, ignoreIfExists: bool = False
    ) -> None:
        """Makes a table in a catalog."""
        self._create_table(path, descriptor, ignoreIfExists, False)

    def _create_table(
        self, name: str, descriptor: TableDescriptor, ignore: bool, temporary: bool
    ) -> None:
        self._engine.catalog(
            "create_table",
            path=path(name),
            descriptor=descriptor._to_json(),
            ignoreIfExists=ignore,
            temporary=temporary,
        )

    def list_tables(self) -> list[str]:
        """The tables and views of the current database, temporary ones too."""
        return self._names("list_tables")

    def list_views(self) -> list[str]:
        """The views of the current database, temporary ones too."""
        return self._names("list_views")

    def list_temporary_tables(self) -> list[str]:
        """The temporary tables and views of the current database."""
        return self._names("list_temporary_tables")

    def list_temporary_views(self) -> list[str]:
        """The temporary views of the current database."""
        return self._names("list_temporary_views")

    def list_materialized_tables(self) -> list[str]:
        """The materialized tables of the current database: the engine makes none."""
        return []

    def _drop(self, verb: str, name: str, temporary: bool) -> bool:
        reply = self._engine.catalog(verb, path=path(name), temporary=temporary)
        return bool(reply.get("found"))

    def drop_temporary_table(self, table_path: str) -> bool:
        """Drops a temporary table; says whether there was one."""
        return self._drop("drop_table", table_path, True)

    def drop_table(self, table_path: str, ignore_if_not_exists: bool = True) -> bool:
        """Drops a table of a catalog; says whether there was one."""
        return self._found(self._drop("drop_table", table_path, False), "table", table_path,
                           ignore_if_not_exists)

    def drop_temporary_view(self, view_path: str) -> bool:
        """Drops a temporary view; says whether there was one."""
        return self._drop("drop_view", view_path, True)

    def drop_view(self, view_path: str, ignore_if_not_exists: bool = True) -> bool:
        """Drops a view of a catalog; says whether there was one."""
        return self._found(self._drop("drop_view", view_path, False), "view", view_path,
                           ignore_if_not_exists)

    def _found(self, found: bool, kind: str, name: str, ignore: bool) -> bool:
        if not found and not ignore:
            from headrace.util.exceptions import ValidationException

            raise ValidationException(f"there is no {kind} '{name}'")
        return found

    # ------------------------------------------------------------ functions

    def create_temporary_system_function(self, name: str, function: Any) -> None:
        """Makes a function known in all databases, in place of a built-in one of the name."""
        self._create_function([name], function, {"system": "true", "replace": "true"})

    def create_temporary_function(self, path: str, function: Any) -> None:
        """Makes a function known in a database."""
        from headrace.table._rels import path as parts

        self._create_function(parts(path), function, {"replace": "true"})

    def _create_function(self, names: list[str], function: Any, options: Json) -> None:
        self._engine.catalog(
            "create_function",
            path=names,
            function=declared(function).to_json(names[-1]),
            temporary=True,
            options=options,
        )

    def drop_temporary_system_function(self, name: str) -> bool:
        """Drops a function that is known in all databases; says whether there was one."""
        reply = self._engine.catalog(
            "drop_function", path=[name], temporary=True, options={"system": "true"}
        )
        return bool(reply.get("found"))

    def drop_temporary_function(self, path: str) -> bool:
        """Drops a temporary function; says whether there was one."""
        return self._drop("drop_function", path, True)

    def drop_function(self, path: str) -> bool:
        """Drops a function of a catalog; says whether there was one."""
        return self._drop("drop_function", path, False)

    def list_user_defined_functions(self) -> list[str]:
        """The functions that were created."""
        return self._names("list_user_functions")

    def list_functions(self) -> list[str]:
        """All functions, built-in ones too."""
        return self._names("list_functions")


def declared(function: Any) -> Declared:
    """The declaration of a function: of a udf, or of a function object, declared by its methods."""
    if isinstance(function, UserDefinedFunctionWrapper):
        return function._declared
    for base, declare in _DECLARING:
        if isinstance(function, base):
            made: Declared = declare(function)._declared
            return made
    raise ApiError(f"a function declared by udf(), udtf(), udaf() or udtaf(), not {function!r}")
