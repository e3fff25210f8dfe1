CREATE TABLE orders (id BIGINT, cust BIGINT, item STRING, price DECIMAL(10, 2), qty INT, ts TIMESTAMP(3), pt AS PROCTIME(), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND) WITH ('connector' = 'filesystem', 'path' = '/nowhere/orders', 'format' = 'csv');
CREATE TABLE ships (id BIGINT, order_id BIGINT, ts TIMESTAMP(3), pt AS PROCTIME(), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND) WITH ('connector' = 'filesystem', 'path' = '/nowhere/ships', 'format' = 'csv');
CREATE TABLE plain (id BIGINT, cust BIGINT, v STRING, tags ARRAY<STRING>) WITH ('connector' = 'filesystem', 'path' = '/nowhere/plain', 'format' = 'json');
CREATE TABLE customers (id BIGINT, name STRING, country STRING, PRIMARY KEY (id) NOT ENFORCED) WITH ('connector' = 'filesystem', 'path' = '/nowhere/customers', 'format' = 'csv');
CREATE TABLE changes (id BIGINT, name STRING, v INT, PRIMARY KEY (id) NOT ENFORCED) WITH ('connector' = 'filesystem', 'path' = '/nowhere/changes', 'format' = 'debezium-json');
CREATE TABLE keyless (id BIGINT, name STRING, v INT) WITH ('connector' = 'filesystem', 'path' = '/nowhere/keyless', 'format' = 'debezium-json');
CREATE TABLE versions (id BIGINT, rate DECIMAL(10, 2), ts TIMESTAMP(3), WATERMARK FOR ts AS ts, PRIMARY KEY (id) NOT ENFORCED) WITH ('connector' = 'filesystem', 'path' = '/nowhere/versions', 'format' = 'debezium-json');
CREATE TABLE any_sink (k BIGINT, n BIGINT) WITH ('connector' = 'print');
CREATE TABLE any_keyed (k BIGINT, n BIGINT, PRIMARY KEY (k) NOT ENFORCED) WITH ('connector' = 'print');
CREATE TABLE hole (k BIGINT, n BIGINT) WITH ('connector' = 'blackhole');
CREATE TABLE hole_keyed (k BIGINT, n BIGINT, PRIMARY KEY (k) NOT ENFORCED) WITH ('connector' = 'blackhole');
CREATE VIEW last_customer AS SELECT id, name, country FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY id ORDER BY name DESC) AS rn FROM customers) WHERE rn = 1;
CREATE VIEW rates AS SELECT cust, price, ts FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY cust ORDER BY ts DESC) AS rn FROM orders) WHERE rn = 1
