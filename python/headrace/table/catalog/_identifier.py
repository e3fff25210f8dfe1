"""Names of objects in a catalog."""

from __future__ import annotations

from functools import total_ordering


@total_ordering
class ObjectPath:
    """A database and the name of an object in it."""

    def __init__(self, database_name: str | None = None, object_name: str | None = None) -> None:
        if not database_name or not object_name:
            raise ValueError("an ObjectPath has a database and a name")
        self._database = database_name
        self._name = object_name

    def __str__(self) -> str:
        return self.get_full_name()

    def __repr__(self) -> str:
        return f"ObjectPath({self.get_full_name()})"

    def __hash__(self) -> int:
        return hash((self._database, self._name))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ObjectPath) and self.compare_to(other) == 0

    def __lt__(self, other: ObjectPath) -> bool:
        return self.compare_to(other) < 0

    def get_database_name(self) -> str:
        """The database."""
        return self._database

    def get_object_name(self) -> str:
        """The object."""
        return self._name

    def get_full_name(self) -> str:
        """Both with a dot in between."""
        return f"{self._database}.{self._name}"

    def compare_to(self, other: ObjectPath) -> int:
        """Negative, zero or positive, in the order of the full names."""
        mine, theirs = self.get_full_name(), other.get_full_name()
        return (mine > theirs) - (mine < theirs)

    @staticmethod
    def from_string(full_name: str) -> ObjectPath:
        """The path that get_full_name() gives."""
        parts = full_name.split(".")
        if len(parts) != 2:
            raise ValueError(f"'{full_name}' is not of the form database.object")
        return ObjectPath(*parts)


class ObjectIdentifier:
    """The full name of an object: catalog, database, object."""

    def __init__(self, catalog_name: str, database_name: str, object_name: str) -> None:
        self._parts = (catalog_name, database_name, object_name)

    @staticmethod
    def of(catalog_name: str, database_name: str, object_name: str) -> ObjectIdentifier:
        """The identifier of these names."""
        if None in (catalog_name, database_name, object_name):
            raise ValueError("an ObjectIdentifier has a catalog, a database and a name")
        return ObjectIdentifier(catalog_name, database_name, object_name)

    def __str__(self) -> str:
        return self.as_serializable_string()

    def __hash__(self) -> int:
        return hash(self._parts)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ObjectIdentifier) and self._parts == other._parts

    def get_catalog_name(self) -> str:
        """The catalog."""
        return self._parts[0]

    def get_database_name(self) -> str:
        """The database."""
        return self._parts[1]

    def get_object_name(self) -> str:
        """The object."""
        return self._parts[2]

    def to_object_path(self) -> ObjectPath:
        """The path in the catalog."""
        return ObjectPath(self._parts[1], self._parts[2])

    def to_list(self) -> list[str]:
        """The three names."""
        return list(self._parts)

    def as_serializable_string(self) -> str:
        """The name as SQL reads it, quoted."""
        return ".".join("`" + p.replace("`", "``") + "`" for p in self._parts)

    def as_summary_string(self) -> str:
        """The name for people."""
        return ".".join(self._parts)
