-- I-68: A refund takes of its lines or lots just its amount, its note says so, and no line runs out.
SELECT f.bucket, f.id, f.amount_minor, coalesce(sum(r.amount_minor), 0) AS lines_minor
  FROM refund AS f
  LEFT JOIN refund_line AS r
    ON r.refund_id = f.id AND r.bucket = f.bucket AND r.invoice_id = f.invoice_id
 WHERE f.cause IN ('asked', 'late_change')  -- the others give back no line
 GROUP BY f.bucket, f.id
HAVING f.amount_minor <> coalesce(sum(r.amount_minor), 0)
 UNION ALL
SELECT f.bucket, f.id, f.amount_minor, coalesce(sum(d.amount_minor), 0)
  FROM refund AS f
  LEFT JOIN refund_draw AS d ON d.refund_id = f.id AND d.bucket = f.bucket
 GROUP BY f.bucket, f.id
HAVING coalesce(sum(d.amount_minor), 0)
       <> CASE f.cause WHEN 'credit' THEN f.amount_minor ELSE 0 END
 UNION ALL
SELECT coalesce(r.bucket, c.bucket), coalesce(r.refund_id, c.refund_id), r.amount_minor,
       c.gross_minor
  FROM (SELECT l.bucket, l.refund_id, l.subscription_id, l.period_start, l.item_no, l.kind,
               l.amount_minor
          FROM refund_line AS l
          JOIN refund AS f ON f.id = l.refund_id AND f.bucket = l.bucket
         WHERE f.state IN ('succeeded', 'reversed')) AS r
  FULL JOIN (SELECT g.bucket, f.id AS refund_id, g.subscription_id, g.period_start, g.item_no,
                    g.kind, g.gross_minor
               FROM refund AS f
               JOIN line_credit AS g ON g.credit_note_id = f.credit_note_id AND g.bucket = f.bucket
              WHERE f.state IN ('succeeded', 'reversed')) AS c
    ON c.refund_id = r.refund_id AND c.bucket = r.bucket
   AND c.subscription_id = r.subscription_id AND c.period_start = r.period_start
   AND c.item_no = r.item_no AND c.kind = r.kind
 WHERE r.amount_minor IS DISTINCT FROM c.gross_minor
 UNION ALL
SELECT l.bucket, l.invoice_id, l.gross_minor, r.reserved_minor + coalesce(c.credited_minor, 0)
  FROM (SELECT o.bucket, o.subscription_id, o.period_start, o.item_no, o.kind,
               sum(o.amount_minor) AS reserved_minor
          FROM refund_line AS o
          JOIN refund AS f ON f.id = o.refund_id AND f.bucket = o.bucket
         WHERE f.state IN ('requested', 'sent', 'unknown')
         GROUP BY o.bucket, o.subscription_id, o.period_start, o.item_no, o.kind) AS r
  JOIN invoice_line AS l
    ON l.period_start = r.period_start AND l.bucket = r.bucket
   AND l.subscription_id = r.subscription_id AND l.item_no = r.item_no AND l.kind = r.kind
  LEFT JOIN (SELECT g.bucket, g.subscription_id, g.period_start, g.item_no, g.kind,
                    sum(g.gross_minor) AS credited_minor
               FROM line_credit AS g
              GROUP BY g.bucket, g.subscription_id, g.period_start, g.item_no, g.kind) AS c
    ON c.period_start = l.period_start AND c.bucket = l.bucket
   AND c.subscription_id = l.subscription_id AND c.item_no = l.item_no AND c.kind = l.kind
 WHERE r.reserved_minor + coalesce(c.credited_minor, 0) > l.gross_minor
