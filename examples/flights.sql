-- Flights out of New York in 2013 by hour and carrier, in plain SQL:
--   headrace sql -f examples/flights.sql
-- examples/flights.py unpacks the file and does the same in Python.
CREATE TABLE flights (
    `year` INT, `month` INT, `day` INT,
    dep_time INT, sched_dep_time INT, dep_delay DOUBLE,
    arr_time INT, sched_arr_time INT, arr_delay DOUBLE,
    carrier STRING, flight INT, tailnum STRING, origin STRING, dest STRING,
    air_time DOUBLE, distance DOUBLE, `hour` INT, `minute` INT, time_hour STRING,
    departure AS TO_TIMESTAMP(time_hour, 'yyyy-MM-dd''T''HH:mm:ss''Z'''),
    WATERMARK FOR departure AS departure - INTERVAL '366' DAY(3)
) WITH (
    'connector' = 'filesystem', 'path' = 'examples/out/flights.csv',
    'format' = 'csv', 'csv.null-literal' = 'NA'
);

CREATE TEMPORARY VIEW hourly AS
SELECT window_start, carrier,
       COUNT(DISTINCT origin || '-' || dest) AS routes,
       COUNT(*) AS flights,
       AVG(dep_delay) AS avg_delay,
       MAX(distance / (air_time / 60)) AS top_mph
FROM TABLE(TUMBLE(TABLE flights, DESCRIPTOR(departure), INTERVAL '1' HOUR))
WHERE dep_delay IS NOT NULL AND air_time > 0
GROUP BY window_start, window_end, carrier;

CREATE TABLE hourly_parquet (
    window_start TIMESTAMP(3), carrier STRING, routes BIGINT, flights BIGINT,
    avg_delay DOUBLE, top_mph DOUBLE
) WITH ('connector' = 'filesystem', 'path' = 'examples/out/hourly_sql', 'format' = 'parquet');

INSERT INTO hourly_parquet SELECT * FROM hourly;

SET 'execution.runtime-mode' = 'batch'; -- the final answer, not how it came about
SELECT carrier, SUM(flights) AS flights, MAX(avg_delay) AS worst_hour, MAX(top_mph) AS top_mph
FROM hourly GROUP BY carrier ORDER BY flights DESC LIMIT 10;
