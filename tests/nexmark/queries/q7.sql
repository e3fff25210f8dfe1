SELECT b.auction, b.bidder, b.price, b.customTime, b.extra
FROM bid AS b
JOIN (
    SELECT MAX(price) AS maxprice, window_end AS customTime
    FROM TABLE(TUMBLE(TABLE bid, DESCRIPTOR(customTime), INTERVAL '10' SECOND))
    GROUP BY window_start, window_end
) AS best
ON b.price = best.maxprice
WHERE b.customTime BETWEEN best.customTime - INTERVAL '10' SECOND AND best.customTime
