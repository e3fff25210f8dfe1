SELECT * EXCLUDE (rownum) FROM (
    SELECT a.*, b.auction, b.bidder, b.price, b.customTime AS bid_customTime, b.extra AS bid_extra,
        row_number() OVER (PARTITION BY a.id ORDER BY b.price DESC, b.customTime) AS rownum
    FROM auction AS a, bid AS b
    WHERE a.id = b.auction AND b.customTime BETWEEN a.customTime AND a.expires
)
WHERE rownum <= 1
