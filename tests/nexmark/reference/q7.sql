WITH best AS (
    SELECT max(price) AS maxprice,
        make_timestamp((epoch_ms(customTime) // 10000 + 1) * 10000000) AS customTime
    FROM bid GROUP BY 2
)
SELECT b.auction, b.bidder, b.price, b.customTime, b.extra
FROM bid AS b JOIN best ON b.price = best.maxprice
WHERE b.customTime BETWEEN best.customTime - INTERVAL 10 SECOND AND best.customTime
