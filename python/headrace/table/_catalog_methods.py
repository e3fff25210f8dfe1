"""The methods of table environments about catalogs, tables, functions and modules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from headrace.common.configuration import Configuration
from headrace.table._engine import Engine
from headrace.table._function import Declared
from headrace.table._rels import Json
from headrace.table._rels import path as _path
from headrace.table.catalog import (
    Catalog,
    CatalogDescriptor,
    GenericInMemoryCatalog,
    JdbcCatalog,
    ObjectPath,
)
from headrace.table.model_descriptor import ModelDescriptor
from headrace.table.module import Module, ModuleEntry
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
from headrace.util.exceptions import ApiError, CatalogException, ValidationException

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
    _conf: Configuration

    def __init__(self) -> None:
        self._known: dict[str, Catalog] = {}
        self._temporary_models: dict[ObjectPath, ModelDescriptor] = {}

    def _names(self, verb: str) -> list[str]:
        return sorted(self._engine.catalog(verb).get("names", []))

    # ------------------------------------------------------------ catalogs and databases

    def get_current_catalog(self) -> str:
        """The catalog in which names without one are looked up."""
        return str(self._engine.catalog("current")["names"][0])

    def use_catalog(self, catalog_name: str) -> None:
        """Changes the current catalog; its default database becomes the current one."""
        self._use("use_catalog", catalog_name)

    def get_current_database(self) -> str:
        """The database in which names without one are looked up."""
        return str(self._engine.catalog("current")["names"][1])

    def use_database(self, database_name: str) -> None:
        """Changes the current database."""
        self._use("use_database", database_name)

    def _use(self, verb: str, name: str) -> None:
        try:
            self._engine.catalog(verb, path=[name])
        except ValidationException as error:  # as in Flink
            raise CatalogException(str(error)) from None

    def list_catalogs(self) -> list[str]:
        """The catalogs."""
        return self._names("list_catalogs")

    def list_databases(self) -> list[str]:
        """The databases of the current catalog."""
        return self._names("list_databases")

    def create_catalog(self, catalog_name: str, catalog_descriptor: CatalogDescriptor) -> None:
        """Makes a catalog of the descriptor's options and registers it."""
        options = catalog_descriptor._configuration.to_dict()
        listed = ", ".join(f"{_quoted(k)} = {_quoted(v)}" for k, v in options.items())
        self._engine.execute_sql(f"CREATE CATALOG `{catalog_name}` WITH ({listed})")

    def register_catalog(self, catalog_name: str, catalog: Catalog) -> None:
        """Registers a catalog that the program made: its tables are known from here on."""
        if not isinstance(catalog, (GenericInMemoryCatalog, JdbcCatalog)):
            raise ApiError(
                f"register_catalog() takes a GenericInMemoryCatalog or a JdbcCatalog, not "
                f"{catalog!r}; other kinds are made by CREATE CATALOG"
            )
        catalog._move(self._engine, catalog_name)
        self._known[catalog_name] = catalog

    def get_catalog(self, catalog_name: str) -> Catalog | None:
        """A catalog by name, None where there is none."""
        if catalog_name not in self.list_catalogs():
            self._known.pop(catalog_name, None)
            return None
        return self._known.setdefault(catalog_name, Catalog(self._engine, catalog_name))

    # ------------------------------------------------------------ modules

    def load_module(self, module_name: str, module: Module) -> None:
        """Loads a module under its name, in use behind those before it."""
        if module._kind != module_name:
            raise ValidationException(
                f"a module is loaded under its own name '{module._kind}', not '{module_name}'"
            )
        self._engine.execute_sql(f"LOAD MODULE `{module_name}`")

    def unload_module(self, module_name: str) -> None:
        """Forgets a module."""
        self._engine.execute_sql(f"UNLOAD MODULE `{module_name}`")

    def use_modules(self, *module_names: str) -> None:
        """Says which of the loaded modules are in use, and their order."""
        self._engine.catalog("use_modules", path=list(module_names))

    def list_modules(self) -> list[str]:
        """The modules in use, in their order."""
        return [entry.name() for entry in self.list_full_modules() if entry.used()]

    def list_full_modules(self) -> list[ModuleEntry]:
        """All loaded modules, those in use first."""
        answer = self._engine.catalog("list_modules")
        used = int(answer.get("used", 0))
        names = answer.get("names", [])
        return [ModuleEntry(name, at < used) for at, name in enumerate(names)]

    # ------------------------------------------------------------ models

    def _model_path(self, name: str) -> tuple[Catalog, ObjectPath]:
        parts = _path(name)
        current = [self.get_current_catalog(), self.get_current_database()]
        cat, db, model = [*current[: 3 - len(parts)], *parts]
        catalog = self.get_catalog(cat)
        if catalog is None:
            raise ValidationException(f"there is no catalog '{cat}'")
        return catalog, ObjectPath(db, model)

    def create_model(
        self, model_path: str, model_descriptor: ModelDescriptor, ignore_if_exists: bool = False
    ) -> None:
        """Declares a model in a catalog."""
        catalog, name = self._model_path(model_path)
        catalog.create_model(name, model_descriptor, ignore_if_exists)

    def create_temporary_model(
        self, model_path: str, model_descriptor: ModelDescriptor, ignore_if_exists: bool = False
    ) -> None:
        """Declares a model that this environment alone knows."""
        _, name = self._model_path(model_path)
        if name in self._temporary_models and not ignore_if_exists:
            raise ValidationException(f"temporary model '{model_path}' exists already")
        self._temporary_models.setdefault(name, model_descriptor)

    def list_models(self) -> list[str]:
        """The models of the current database, temporary ones too."""
        catalog, name = self._model_path("any")
        stored = catalog.list_models(name.get_database_name())
        return sorted({*stored, *self.list_temporary_models()})

    def list_temporary_models(self) -> list[str]:
        """The temporary models of the current database."""
        database = self.get_current_database()
        paths = self._temporary_models
        return sorted(p.get_object_name() for p in paths if p.get_database_name() == database)

    def drop_model(self, model_path: str, ignore_if_not_exists: bool = True) -> bool:
        """Drops a model of a catalog; says whether there was one."""
        catalog, name = self._model_path(model_path)
        found = catalog.model_exists(name)
        catalog.drop_model(name, ignore_if_not_exists)
        return found

    def drop_temporary_model(self, model_path: str) -> bool:
        """Drops a temporary model; says whether there was one."""
        return self._temporary_models.pop(self._model_path(model_path)[1], None) is not None

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
            path=_path(name),
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
        reply = self._engine.catalog(verb, path=_path(name), temporary=temporary)
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
            raise ValidationException(f"there is no {kind} '{name}'")
        return found

    # ------------------------------------------------------------ functions

    def create_temporary_system_function(self, name: str, function: Any) -> None:
        """Makes a function known in all databases, in place of a built-in one of the name."""
        self._create_function([name], function, {"system": "true", "replace": "true"})

    def create_temporary_function(self, path: str, function: Any) -> None:
        """Makes a function known in a database."""
        self._create_function(_path(path), function, {"replace": "true"})

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


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def declared(function: Any) -> Declared:
    """The declaration of a function: of a udf, or of a function object, declared by its methods."""
    if isinstance(function, UserDefinedFunctionWrapper):
        return function._declared
    for base, declare in _DECLARING:
        if isinstance(function, base):
            made: Declared = declare(function)._declared
            return made
    raise ApiError(f"a function declared by udf(), udtf(), udaf() or udtaf(), not {function!r}")
