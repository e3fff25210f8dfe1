SELECT * FROM (
    SELECT *, row_number() OVER (PARTITION BY auction ORDER BY price DESC, customTime) AS n FROM bid
)
WHERE n <= 10
