SELECT auction, bidder, 0.908 * price,
    CASE
        WHEN hour(customTime) BETWEEN 8 AND 18 THEN 'dayTime'
        WHEN hour(customTime) <= 6 OR hour(customTime) >= 20 THEN 'nightTime'
        ELSE 'otherTime'
    END,
    customTime, extra, length(extra) - length(replace(extra, 'c', ''))
FROM bid
WHERE 0.908 * price > 1000000 AND 0.908 * price < 50000000
