"""The 22 queries of TPC-H in batch mode."""
import tpch22

env = tpch22.tpch.environment(tpch22.DIRECTORY)
tpch22.timed(lambda sql: tpch22.tpch.rows(env, sql))
