"""Records what Flink answers: record.py FILE writes, for each of statements.sql, the operators of
Flink's physical plan from the root down with the row kinds that flow out of each, as JSON."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

from pyflink.table import EnvironmentSettings, ExplainDetail, TableEnvironment

HERE = Path(__file__).resolve().parent


def main() -> None:
    env = TableEnvironment.create(EnvironmentSettings.in_streaming_mode())
    for ddl in (HERE / "tables.sql").read_text().split(";\n"):
        env.execute_sql(ddl.strip().rstrip(";"))
    out = {}
    for sql in (HERE / "statements.sql").read_text().split(";\n"):
        sql = sql.strip().rstrip(";")
        try:
            text = env.explain_sql(sql, ExplainDetail.CHANGELOG_MODE)
        except Exception as e:  # noqa: BLE001 - what Flink refuses is recorded as refused
            out[sql] = [["refused", str(e).split("\n")[1][:200]]]
            continue
        physical = text.split("== Optimized Physical Plan ==")[1].split("==")[0]
        nodes = []
        for line in physical.splitlines():
            m = re.match(r"^[ :|+-]*(\w+)\(.*changelogMode=\[([\w,]*)\]", line)
            if m:
                nodes.append([m[1], m[2]])
        out[sql] = nodes
    Path(sys.argv[1]).write_text(json.dumps(out, indent=1) + "\n")


main()
