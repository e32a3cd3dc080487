-- I-91: Money in suspense has an open exception; what has none was taken or given back, once.
WITH came AS (
     SELECT t.bucket, t.source_id AS attempt_id, t.amount_minor,
            (t.seller_code, t.customer_id, t.currency, t.dim, t.debit, t.credit) AS booked
       FROM transfer AS t
      WHERE t.purpose = 'unmatched'),
     went AS (
     SELECT g.bucket, g.attempt_id, g.booked, sum(g.amount_minor) AS amount_minor
       FROM (SELECT t.bucket, coalesce(f.attempt_id, t.source_id) AS attempt_id, t.amount_minor,
                    (t.seller_code, t.customer_id, t.currency, t.dim, t.credit, t.debit) AS booked
               FROM transfer AS t
               LEFT JOIN refund AS f ON f.id = t.source_id AND f.bucket = t.bucket
              WHERE t.purpose IN ('matched', 'returned')
              UNION ALL
             SELECT t.bucket, f.attempt_id, -t.amount_minor,  -- it came back and is in suspense again
                    (t.seller_code, t.customer_id, t.currency, t.dim, t.debit, t.credit)
               FROM transfer AS t
               JOIN refund AS f ON f.id = t.source_id AND f.bucket = t.bucket
              WHERE t.purpose = 'return_reversed') AS g
      GROUP BY g.bucket, g.attempt_id, g.booked
     HAVING sum(g.amount_minor) <> 0)
SELECT coalesce(c.bucket, w.bucket) AS bucket, coalesce(c.attempt_id, w.attempt_id) AS attempt_id,
       c.amount_minor AS came_minor, w.amount_minor AS went_minor
  FROM came AS c
  FULL JOIN went AS w ON w.attempt_id = c.attempt_id AND w.bucket = c.bucket
  LEFT JOIN money_exception AS x
    ON x.subject_id = c.attempt_id AND x.bucket = c.bucket AND x.reason = 'late_success'
   AND x.closed_at IS NULL
 WHERE CASE WHEN x.subject_id IS NULL
            THEN c.amount_minor IS DISTINCT FROM w.amount_minor
                 OR c.booked IS DISTINCT FROM w.booked  -- whence it came, there it went
            ELSE w.amount_minor IS NOT NULL END
 UNION ALL
SELECT c.bucket, c.attempt_id, c.amount_minor, a.amount_minor
  FROM came AS c
  LEFT JOIN attempt AS a ON a.id = c.attempt_id AND a.bucket = c.bucket
  LEFT JOIN payment AS p ON p.id = a.payment_id AND p.bucket = a.bucket
 WHERE c.amount_minor IS DISTINCT FROM a.amount_minor
    OR c.booked IS DISTINCT FROM (p.seller_code, p.customer_id, a.currency, a.psp_account,
                                  'psp_clearing'::text, 'suspense'::text)
 UNION ALL
SELECT a.bucket, a.id, a.amount_minor, t.amount_minor
  FROM attempt AS a
  LEFT JOIN attempt AS o
    ON o.id = a.adopted_from AND o.bucket = a.bucket AND o.payment_id = a.payment_id
   AND o.state IN ('declined', 'not_executed', 'succeeded')
  LEFT JOIN transfer AS t
    ON t.source_id = o.id AND t.bucket = o.bucket AND t.purpose = 'matched'
 WHERE a.adopted_from IS NOT NULL
   AND t.amount_minor IS DISTINCT FROM a.amount_minor
