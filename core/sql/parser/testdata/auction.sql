-- Queries over an auction site: people, auctions, bids in one stream of events.
CREATE TABLE events (
  event_type INT,
  person ROW<id BIGINT, name VARCHAR, email VARCHAR, card VARCHAR, city VARCHAR, state VARCHAR,
             `dateTime` TIMESTAMP(3), extra VARCHAR>,
  auction ROW<id BIGINT, item VARCHAR, description VARCHAR, initialBid BIGINT, reserve BIGINT,
              `dateTime` TIMESTAMP(3), expires TIMESTAMP(3), seller BIGINT, category BIGINT>,
  bid ROW<auction BIGINT, bidder BIGINT, price BIGINT, channel VARCHAR, url VARCHAR,
          `dateTime` TIMESTAMP(3), extra VARCHAR>,
  ts AS CASE WHEN event_type = 0 THEN person.`dateTime` WHEN event_type = 1
        THEN auction.`dateTime` ELSE bid.`dateTime` END,
  WATERMARK FOR ts AS ts - INTERVAL '4' SECOND
) WITH ('connector' = 'datagen', 'rows-per-second' = '1000');

CREATE VIEW people AS SELECT person.id, person.name, person.city, person.state, ts
  FROM events WHERE event_type = 0;
CREATE VIEW auctions AS SELECT auction.id, auction.item, auction.reserve, auction.expires,
  auction.seller, auction.category, ts FROM events WHERE event_type = 1;
CREATE VIEW bids AS SELECT bid.auction, bid.bidder, bid.price, bid.channel, bid.url, ts
  FROM events WHERE event_type = 2;
CREATE TABLE side (k BIGINT, v VARCHAR) WITH ('connector' = 'filesystem', 'path' = '/data/side',
  'format' = 'csv');
CREATE TABLE sink (a BIGINT, b BIGINT, c VARCHAR, t TIMESTAMP(3)) WITH ('connector' = 'blackhole');
CREATE FUNCTION count_char AS 'functions.count_char' LANGUAGE PYTHON;

INSERT INTO sink SELECT auction, bidder, channel, ts FROM bids;
INSERT INTO sink SELECT auction, CAST(0.908 * price AS BIGINT), channel, ts FROM bids;
INSERT INTO sink SELECT auction, price, channel, ts FROM bids WHERE MOD(auction, 123) = 0;
INSERT INTO sink SELECT A.id, A.category, P.name, A.ts FROM auctions AS A
  INNER JOIN people AS P ON A.seller = P.id
  WHERE A.category = 10 AND (P.state = 'OR' OR P.state = 'ID' OR P.state = 'CA');
INSERT INTO sink SELECT category, CAST(AVG(final) AS BIGINT), 'x', MAX(ts) FROM (
  SELECT MAX(B.price) AS final, A.category, MAX(B.ts) AS ts FROM auctions A, bids B
  WHERE A.id = B.auction AND B.ts BETWEEN A.ts AND A.expires GROUP BY A.id, A.category
) AS Q GROUP BY category;
INSERT INTO sink SELECT AuctionBids.auction, AuctionBids.num, 'x', AuctionBids.starttime FROM (
  SELECT auction, COUNT(*) AS num, window_start AS starttime, window_end AS endtime
  FROM TABLE(HOP(TABLE bids, DESCRIPTOR(ts), INTERVAL '2' SECOND, INTERVAL '10' SECOND))
  GROUP BY auction, window_start, window_end
) AS AuctionBids JOIN (
  SELECT MAX(CountBids.num) AS maxn, CountBids.starttime, CountBids.endtime FROM (
    SELECT COUNT(*) AS num, window_start AS starttime, window_end AS endtime
    FROM TABLE(HOP(TABLE bids, DESCRIPTOR(ts), INTERVAL '2' SECOND, INTERVAL '10' SECOND))
    GROUP BY auction, window_start, window_end
  ) AS CountBids GROUP BY CountBids.starttime, CountBids.endtime
) AS MaxBids ON AuctionBids.starttime = MaxBids.starttime AND
  AuctionBids.endtime = MaxBids.endtime AND AuctionBids.num >= MaxBids.maxn;
INSERT INTO sink SELECT seller, CAST(AVG(final) OVER (PARTITION BY seller ORDER BY ts
    ROWS BETWEEN 10 PRECEDING AND CURRENT ROW) AS BIGINT), 'x', ts FROM (
  SELECT *, ROW_NUMBER() OVER (PARTITION BY id ORDER BY final DESC) AS rn FROM (
    SELECT A.id, A.seller, B.price AS final, B.ts FROM auctions AS A JOIN bids AS B
    ON A.id = B.auction AND B.ts BETWEEN A.ts AND A.expires) AS Q) AS R WHERE rn <= 1;
INSERT INTO sink SELECT B.auction, B.price, B.channel, B.ts FROM bids B JOIN (
  SELECT MAX(price) AS maxprice, window_end AS w
  FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '10' SECOND))
  GROUP BY window_start, window_end) B1
  ON B.price = B1.maxprice AND B.ts BETWEEN B1.w - INTERVAL '10' SECOND AND B1.w;
INSERT INTO sink SELECT P.id, A.seller, P.name, P.starttime FROM (
  SELECT id, name, window_start AS starttime, window_end AS endtime
  FROM TABLE(TUMBLE(TABLE people, DESCRIPTOR(ts), INTERVAL '10' SECOND))
  GROUP BY id, name, window_start, window_end) P
  JOIN (SELECT seller, window_start AS starttime, window_end AS endtime
  FROM TABLE(TUMBLE(TABLE auctions, DESCRIPTOR(ts), INTERVAL '10' SECOND))
  GROUP BY seller, window_start, window_end) A
  ON P.id = A.seller AND P.starttime = A.starttime AND P.endtime = A.endtime;
INSERT INTO sink SELECT id, price, channel, ts FROM (
  SELECT A.id, B.price, B.channel, B.ts, ROW_NUMBER() OVER (PARTITION BY A.id
    ORDER BY B.price DESC, B.ts ASC) AS rownum FROM auctions A, bids B
  WHERE A.id = B.auction AND B.ts BETWEEN A.ts AND A.expires) AS T WHERE rownum <= 1;
INSERT INTO sink SELECT auction, bidder, DATE_FORMAT(ts, 'yyyy-MM-dd HH:mm'), ts FROM bids;
INSERT INTO sink SELECT bidder, COUNT(*), 'x', SESSION_START(ts, INTERVAL '10' SECOND)
  FROM bids GROUP BY bidder, SESSION(ts, INTERVAL '10' SECOND);
INSERT INTO sink SELECT bidder, COUNT(*), 'x', window_start
  FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '10' SECOND))
  GROUP BY bidder, window_start, window_end;
INSERT INTO sink SELECT B.auction, B.bidder, S.v, B.ts FROM bids AS B
  JOIN side FOR SYSTEM_TIME AS OF B.ts AS S ON MOD(B.auction, 10000) = S.k;
INSERT INTO sink SELECT auction, CAST(0.908 * price AS BIGINT), CASE WHEN HOUR(ts) >= 8 AND
  HOUR(ts) <= 18 THEN 'dayTime' WHEN HOUR(ts) <= 6 OR HOUR(ts) >= 20 THEN 'nightTime'
  ELSE 'otherTime' END, ts FROM bids WHERE 0.908 * price > 1000000 AND
  0.908 * price < 50000000 AND count_char(channel, 'c') > 1;
INSERT INTO sink SELECT COUNT(*) AS total, COUNT(*) FILTER (WHERE price < 10000) AS r1,
  DATE_FORMAT(ts, 'yyyy-MM-dd') AS `day`, MAX(ts) FROM bids GROUP BY DATE_FORMAT(ts, 'yyyy-MM-dd');
INSERT INTO sink SELECT COUNT(DISTINCT bidder), COUNT(DISTINCT auction) FILTER (WHERE price >=
  10000 AND price < 1000000), channel, MAX(ts) FROM bids GROUP BY channel;
INSERT INTO sink SELECT auction, MIN(price), DATE_FORMAT(ts, 'HH'), MAX(ts) FROM bids
  GROUP BY auction, DATE_FORMAT(ts, 'HH');
INSERT INTO sink SELECT auction, bidder, channel, ts FROM (SELECT *, ROW_NUMBER() OVER (
  PARTITION BY bidder, auction ORDER BY ts DESC) AS rank_number FROM bids) WHERE rank_number <= 1;
INSERT INTO sink SELECT auction, bidder, channel, ts FROM (SELECT *, ROW_NUMBER() OVER (
  PARTITION BY auction ORDER BY price DESC) AS rank_number FROM bids) WHERE rank_number <= 10;
INSERT INTO sink SELECT A.id, B.price, A.item, B.ts FROM bids AS B
  INNER JOIN auctions AS A ON B.auction = A.id WHERE A.category = 10;
INSERT INTO sink SELECT auction, bidder, CASE WHEN LOWER(channel) = 'apple' THEN '0' WHEN
  LOWER(channel) = 'google' THEN '1' ELSE REGEXP_EXTRACT(url, '(&|^)channel_id=([^&]*)', 2) END,
  ts FROM bids WHERE REGEXP_EXTRACT(url, '(&|^)channel_id=([^&]*)', 2) IS NOT NULL OR
  LOWER(channel) IN ('apple', 'google', 'facebook', 'baidu');
INSERT INTO sink SELECT auction, bidder, SPLIT_INDEX(url, '/', 3), ts FROM bids;
INSERT INTO sink SELECT A.id, P.id, P.name, B.ts FROM bids B JOIN people P ON B.bidder = P.id
  JOIN auctions A ON B.auction = A.id AND A.seller <> P.id;
