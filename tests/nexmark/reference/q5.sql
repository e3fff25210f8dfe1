WITH counts AS (
    SELECT auction, start, count(*) AS num
    FROM (
        SELECT auction, unnest(generate_series(
            epoch_ms(customTime) // 2000 * 2000 - 8000, epoch_ms(customTime), 2000)) AS start
        FROM bid
    )
    GROUP BY auction, start
)
SELECT auction, num
FROM counts JOIN (SELECT start, max(num) AS maxn FROM counts GROUP BY start) USING (start)
WHERE num >= maxn
