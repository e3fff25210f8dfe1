SELECT category, sum(final) // count(*)
FROM (
    SELECT max(b.price) AS final, a.category
    FROM auction AS a, bid AS b
    WHERE a.id = b.auction AND b.customTime BETWEEN a.customTime AND a.expires
    GROUP BY a.id, a.category
)
GROUP BY category
