"""Predicates for retry strategies.

>>> empty_result_predicate([]), has_exception_predicate(ValueError())
(True, True)
"""

from __future__ import annotations

from typing import Any

__all__ = ["empty_result_predicate", "exception_type_predicate", "has_exception_predicate"]


def empty_result_predicate(result: list[Any]) -> bool:
    """Whether there is no result."""
    return not result


def has_exception_predicate(error: Exception | None) -> bool:
    """Whether there was an exception."""
    return error is not None


def exception_type_predicate(error: Exception, expected_error_type: type[BaseException]) -> bool:
    """Whether the exception is of that very type."""
    return type(error) is expected_error_type
