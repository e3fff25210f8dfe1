"""The plans of the 22 queries are those of plans.txt: order and kind of joins and aggregations.

TPCH_RECORD=1 writes the file anew, to be read before it is committed.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

import tpch

SCALE = 0.02
GOLDEN = tpch.HERE / "plans.txt"
LINE = re.compile(r"(?P<indent>[ :|+-]*)(?:Exchange\(.*?\) )?(?P<name>[\w: ]+)\(id=")
WHY = re.compile(r"why=\[(?P<how>[^(]*?) \([^)]*\), (?P<built>[\w ]+),|why=\[(?P<text>[^\]]*)\]")


def shape(plan: str) -> Iterator[str]:
    """The joins, aggregations and sources of a plan, indented by depth."""
    depths: list[int] = []
    for line in plan[plan.index("== Optimized Execution Plan ==") :].splitlines()[1:]:
        found = LINE.match(line)
        if found is None:
            continue
        while depths and depths[-1] >= len(found["indent"]):
            depths.pop()
        name = found["name"]
        if name.startswith("Source"):
            yield "  " * len(depths) + name.removeprefix("Source: ")
        elif name in ("Join", "GroupAggregate", "SortAggregate"):
            why = WHY.search(line)
            assert why is not None, line
            how = f"{why['how']}, {why['built']}" if why["how"] else f"{name}: {why['text']}"
            yield "  " * len(depths) + how
            depths.append(len(found["indent"]))


def test_plans() -> None:
    config = {"taskmanager.memory.managed.size": "1gb", "parallelism.default": "2"}
    env = tpch.environment(tpch.data(SCALE), config)
    got = ""
    for name in tpch.QUERIES:
        plan = env.explain_sql(tpch.query(name, SCALE))
        got += "\n".join([name, *("  " + line for line in shape(plan))]) + "\n"
    if os.environ.get("TPCH_RECORD"):
        GOLDEN.write_text(got)
    assert got == GOLDEN.read_text()
