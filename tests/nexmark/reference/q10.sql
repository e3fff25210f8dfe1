SELECT auction, bidder, price, customTime, extra, strftime(customTime, '%Y-%m-%d'),
    strftime(customTime, '%H:%M')
FROM bid
