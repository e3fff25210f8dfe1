SELECT auction, bidder, 0.908 * price AS price,
    CASE
        WHEN HOUR(customTime) >= 8 AND HOUR(customTime) <= 18 THEN 'dayTime'
        WHEN HOUR(customTime) <= 6 OR HOUR(customTime) >= 20 THEN 'nightTime'
        ELSE 'otherTime'
    END AS bidTimeType,
    customTime, extra, count_char(extra, 'c') AS c_counts
FROM bid
WHERE 0.908 * price > 1000000 AND 0.908 * price < 50000000
