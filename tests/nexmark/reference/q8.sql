WITH p AS (
    SELECT DISTINCT id, name, epoch_ms(customTime) // 10000 AS w FROM person
), a AS (
    SELECT DISTINCT seller, epoch_ms(customTime) // 10000 AS w FROM auction
)
SELECT p.id, p.name, make_timestamp(w * 10000000)
FROM p JOIN a USING (w) WHERE p.id = a.seller
