SELECT auction, bidder, price, customTime, extra,
    DATE_FORMAT(customTime, 'yyyy-MM-dd') AS dt, DATE_FORMAT(customTime, 'HH:mm') AS hm
FROM bid
