SELECT bidder, price, channel, url, b.extra AS bid_extra, p.id AS person_id, name, emailAddress,
    creditCard, city, state, p.extra AS person_extra, itemName, description, initialBid, reserve,
    a.customTime AS auction_customTime, expires, seller, category, a.extra AS auction_extra
FROM bid AS b
JOIN person AS p ON p.id = b.bidder
JOIN auction AS a ON a.seller = b.bidder
