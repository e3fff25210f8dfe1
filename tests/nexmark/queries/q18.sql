SELECT auction, bidder, price, channel, url, customTime, extra
FROM (
    SELECT *, ROW_NUMBER() OVER (
        PARTITION BY bidder, auction ORDER BY customTime DESC) AS rank_number
    FROM bid
)
WHERE rank_number <= 1
