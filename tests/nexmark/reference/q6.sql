WITH winning AS (
    SELECT a.id, a.seller, b.price, b.customTime,
        row_number() OVER (PARTITION BY a.id, a.seller ORDER BY b.price DESC, b.customTime) AS n
    FROM auction AS a, bid AS b
    WHERE a.id = b.auction AND b.customTime BETWEEN a.customTime AND a.expires
)
SELECT seller, sum(price) OVER w // count(*) OVER w
FROM winning WHERE n = 1
WINDOW w AS (PARTITION BY seller ORDER BY customTime ROWS BETWEEN 10 PRECEDING AND CURRENT ROW)
