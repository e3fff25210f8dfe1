WITH started AS (
    SELECT bidder, customTime, customTime - lag(customTime) OVER w > INTERVAL 10 SECOND AS fresh
    FROM bid WINDOW w AS (PARTITION BY bidder ORDER BY customTime)
), numbered AS (
    SELECT bidder, customTime, count(*) FILTER (WHERE fresh) OVER (
        PARTITION BY bidder ORDER BY customTime) AS session
    FROM started
)
SELECT bidder, count(*), min(customTime), max(customTime) + INTERVAL 10 SECOND
FROM numbered GROUP BY bidder, session
