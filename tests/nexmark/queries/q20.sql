SELECT auction, bidder, price, channel, url, b.customTime AS bid_customTime, b.extra AS bid_extra,
    itemName, description, initialBid, reserve, a.customTime AS auction_customTime, expires, seller,
    category, a.extra AS auction_extra
FROM bid AS b
JOIN auction AS a ON b.auction = a.id
WHERE a.category = 10
