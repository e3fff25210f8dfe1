TAGS = ["table", "types"]
MODES = ["streaming"]


def run(m):
    env = m.env()
    te = m.t_env(env)
    t = te.sql_query("SELECT CAST(1 AS TINYINT) AS a, CAST(2 AS BIGINT) AS b, CAST('x' AS STRING) AS c, TRUE AS d, CAST(1.5 AS DOUBLE) AS e, CAST(2.5 AS DECIMAL(5,2)) AS f, CAST(NULL AS INT) AS g, ARRAY[1,2] AS h, ROW(1,'y') AS i, MAP['k',1] AS j")
    ds = te.to_data_stream(t)
    return [m.collect(ds.map(lambda r: str(r))), str(ds.get_type())]
