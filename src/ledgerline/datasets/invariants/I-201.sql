-- I-201: What corrections say that disputes had given is what these drew of the credit at that instant.
WITH said AS (
     SELECT c.bucket, c.payment_id, c.issued_at, sum(c.offset_minor)::bigint AS offset_minor
       FROM receipt AS c
      WHERE c.kind = 'reversal'
      GROUP BY c.bucket, c.payment_id, c.issued_at)
SELECT s.bucket, s.payment_id, s.issued_at, s.offset_minor, coalesce(d.drawn_minor, 0) AS drawn_minor
  FROM said AS s
  LEFT JOIN LATERAL (
       SELECT sum(w.amount_minor)::bigint AS drawn_minor
         FROM dispute AS p
         JOIN dispute_fact AS t
           ON t.dispute_id = p.id AND t.bucket = p.bucket AND t.event = 'shifted'
          AND t.recorded_at = s.issued_at
         JOIN dispute_draw AS w
           ON w.dispute_id = t.dispute_id AND w.bucket = t.bucket AND w.no = t.no
        WHERE p.payment_id = s.payment_id AND p.bucket = s.bucket) AS d ON true
 WHERE (s.offset_minor > coalesce(d.drawn_minor, 0)
        OR s.offset_minor < d.drawn_minor
           AND NOT EXISTS (  -- of which a dispute that moved by itself then may have drawn the rest
               SELECT FROM dispute AS p
                 JOIN dispute_fact AS t ON t.dispute_id = p.id AND t.bucket = p.bucket
                WHERE p.payment_id = s.payment_id AND p.bucket = s.bucket
                  AND t.event <> 'shifted' AND t.recorded_at = s.issued_at))
   AND NOT EXISTS (
       SELECT FROM refund AS f
        WHERE f.payment_id = s.payment_id AND f.bucket = s.bucket AND f.state = 'failed'
          AND f.ended_at = s.issued_at)
