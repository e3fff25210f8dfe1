SELECT seller, AVG(price) OVER (
    PARTITION BY seller ORDER BY customTime ROWS BETWEEN 10 PRECEDING AND CURRENT ROW) AS price
FROM (
    SELECT seller, price, customTime, ROW_NUMBER() OVER (
        PARTITION BY id, seller ORDER BY price DESC) AS rownum
    FROM (
        SELECT a.id, a.seller, b.price, b.customTime
        FROM auction AS a, bid AS b
        WHERE a.id = b.auction AND b.customTime BETWEEN a.customTime AND a.expires
    )
)
WHERE rownum <= 1
