"""The 22 queries of TPC-H on Flink's batch mode, with what makes it fastest: room for its joins and
sorts, its order of joins. Flink's Parquet format comes from Maven Central on first use."""
import os
import subprocess
from pathlib import Path

import tpch22

from pyflink.table import EnvironmentSettings, TableEnvironment

JARS = Path(os.environ["BENCH_ROOT"]) / "build/bench/flink-parquet"
ARTIFACTS = [
    "org.apache.flink:flink-sql-parquet:2.3.0",
    "org.apache.hadoop:hadoop-client-api:3.3.6",  # what Parquet's own reader is made of
    "org.apache.hadoop:hadoop-client-runtime:3.3.6",
]
SETTINGS = {
    "parallelism.default": str(os.cpu_count() or 1),
    "taskmanager.memory.managed.size": "3gb",
    "taskmanager.memory.network.min": "512mb",
    "taskmanager.memory.network.max": "512mb",
    "pipeline.object-reuse": "true",
    "table.optimizer.join-reorder-enabled": "true",
}


def jars() -> str:
    """The addresses of the jars, as pipeline.jars wants them."""
    found = []
    for artifact in ARTIFACTS:
        jar = JARS / "{1}-{2}.jar".format(*artifact.split(":"))
        if not jar.exists():
            subprocess.run(["mvn", "-q", "-B", "dependency:copy", f"-Dartifact={artifact}",
                            f"-DoutputDirectory={JARS}"], check=True)
        found.append(jar.as_uri())
    return ";".join(found)


env = TableEnvironment.create(EnvironmentSettings.in_batch_mode())
for key, value in {**SETTINGS, "pipeline.jars": jars()}.items():
    env.get_config().set(key, value)
for statement in tpch22.tpch.tables(tpch22.DIRECTORY):
    env.execute_sql(statement)
tpch22.timed(lambda sql: tpch22.tpch.rows(env, sql))
