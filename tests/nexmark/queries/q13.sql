SELECT b.auction, b.bidder, b.price, b.customTime, s.`value`
FROM timed_bid AS b
JOIN side_input FOR SYSTEM_TIME AS OF b.p_time AS s ON MOD(b.auction, 10000) = s.key
