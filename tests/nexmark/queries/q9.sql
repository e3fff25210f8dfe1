SELECT id, itemName, description, initialBid, reserve, customTime, expires, seller, category, extra,
    auction, bidder, price, bid_customTime, bid_extra
FROM (
    SELECT a.*, b.auction, b.bidder, b.price, b.customTime AS bid_customTime, b.extra AS bid_extra,
        ROW_NUMBER() OVER (PARTITION BY a.id ORDER BY b.price DESC, b.customTime ASC) AS rownum
    FROM auction AS a, bid AS b
    WHERE a.id = b.auction AND b.customTime BETWEEN a.customTime AND a.expires
)
WHERE rownum <= 1
