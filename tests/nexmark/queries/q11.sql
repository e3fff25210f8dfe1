SELECT bidder, COUNT(*) AS bid_count,
    SESSION_START(customTime, INTERVAL '10' SECOND) AS starttime,
    SESSION_END(customTime, INTERVAL '10' SECOND) AS endtime
FROM bid
GROUP BY bidder, SESSION(customTime, INTERVAL '10' SECOND)
