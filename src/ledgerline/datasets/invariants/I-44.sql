-- I-44: Events of an aggregate are numbered 1 to n without a gap, and its row knows n.
SELECT e.bucket, e.aggregate_id, min(e.seq) AS first, max(e.seq) AS last, count(*) AS events
  FROM event AS e
 GROUP BY e.bucket, e.aggregate_id
HAVING min(e.seq) <> 1 OR max(e.seq) <> count(*) OR count(DISTINCT e.seq) <> count(*)
 UNION ALL
SELECT a.bucket, a.id, 1, a.event_seq, count(e.seq)
  FROM (SELECT s.bucket, s.id, s.event_seq FROM subscription AS s
         UNION ALL
        SELECT i.bucket, i.id, i.event_seq FROM invoice AS i
         UNION ALL
        SELECT p.bucket, p.id, p.event_seq FROM payment AS p) AS a (bucket, id, event_seq)
  LEFT JOIN event AS e ON e.bucket = a.bucket AND e.aggregate_id = a.id
 GROUP BY a.bucket, a.id, a.event_seq
HAVING a.event_seq <> count(e.seq)
 UNION ALL
SELECT s.bucket, s.id, 1, s.log_seq, count(l.seq)
  FROM subscription AS s
  LEFT JOIN subscription_event AS l ON l.bucket = s.bucket AND l.subscription_id = s.id
 GROUP BY s.bucket, s.id
HAVING s.log_seq <> count(l.seq) OR s.log_seq <> max(l.seq)
