"""Plans that are kept: INSERTs as JSON text."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from headrace.table._rels import Json
from headrace.util.exceptions import ApiError

if TYPE_CHECKING:
    from headrace.table.table_environment import TableEnvironment

_VERSION = 1


def of_inserts(inserts: list[Json], t_env: TableEnvironment) -> str:
    """The plan of INSERTs, which must bind as the catalog is now."""
    t_env._explain_inserts(inserts, [])
    for insert in inserts:
        _check(insert)
    return json.dumps({"headracePlan": _VERSION, "inserts": inserts}, indent=2)


def _check(node: object) -> None:
    """Refuses what does not outlive the process."""
    if isinstance(node, dict):
        if "inline" in node or "streamScan" in node:
            raise ApiError(
                "a plan cannot be kept that reads rows of this process (from_elements, "
                "from_pandas, from_data_stream): put them into a table of a connector"
            )
        for value in node.values():
            _check(value)
    elif isinstance(node, list):
        for value in node:
            _check(value)


def inserts(text: str) -> list[Json]:
    """The INSERTs of a plan."""
    try:
        plan = json.loads(text)
    except ValueError as error:
        raise ApiError(f"this is no plan: {error}") from error
    version = plan.get("headracePlan") if isinstance(plan, dict) else None
    if version != _VERSION:
        raise ApiError(
            f"this is no plan of version {_VERSION} of headrace: compile_plan() writes them"
        )
    found: list[Json] = plan["inserts"]
    return found
