"""Errors that the engine raises and that are not the user's own."""

from __future__ import annotations

__all__ = [
    "ApiError",
    "CatalogException",
    "ConnectorUnavailableError",
    "DatabaseAlreadyExistException",
    "DatabaseNotExistException",
    "FunctionAlreadyExistException",
    "FunctionNotExistException",
    "HeadraceError",
    "JobCancelledError",
    "JobFailedError",
    "PartitionAlreadyExistsException",
    "PartitionNotExistException",
    "SqlParserException",
    "TableAlreadyExistException",
    "TableException",
    "TableNotExistException",
    "ValidationException",
]


class HeadraceError(Exception):
    """The base of every error that headrace itself raises."""


class ApiError(HeadraceError):
    """A program that cannot be built: the message says what to write instead."""


class ConnectorUnavailableError(HeadraceError):
    """A connector that this build of the engine does not have."""


class JobFailedError(HeadraceError):
    """A job that ended in failure. A user's exception is raised as itself; this is its cause."""


class JobCancelledError(HeadraceError):
    """A job that was cancelled before its end."""


class TableException(HeadraceError):
    """A table program that the engine cannot run."""


class ValidationException(TableException):
    """A table program whose names, types or shapes do not fit."""


class SqlParserException(TableException):
    """SQL text that does not parse."""


class CatalogException(TableException):
    """A catalog operation that failed."""


class DatabaseNotExistException(CatalogException):
    """The database named does not exist."""


class DatabaseAlreadyExistException(CatalogException):
    """The database named exists already."""


class TableNotExistException(CatalogException):
    """The table or view named does not exist."""


class TableAlreadyExistException(CatalogException):
    """The table or view named exists already."""


class PartitionNotExistException(CatalogException):
    """There is no such partition."""


class PartitionAlreadyExistsException(CatalogException):
    """There is such a partition already."""


class FunctionNotExistException(CatalogException):
    """The function named does not exist."""


class FunctionAlreadyExistException(CatalogException):
    """The function named exists already."""
