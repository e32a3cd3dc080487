-- I-254: What a person alone gave back of an invoice is within the limit that the audit log names.
WITH alone AS (  -- by whom, under which limit, and the refund or credit note that was made
     SELECT k.bucket, k.subject_id AS id, a.actor, a.occurred_at, a.recorded_at,
            (a.after ->> 'limit')::bigint AS limit_minor
       FROM audit_entry AS a
       JOIN idempotency_key AS k ON k.principal = a.actor AND k.key = a.key
      WHERE a.act IN ('refunded', 'credit_given') AND a.after ->> 'limit' IS NOT NULL),
     given AS (  -- a refund has a note only once it succeeded: it is counted itself
     SELECT r.bucket, r.id, r.invoice_id, r.amount_minor, r.sent_at AS at
       FROM refund AS r
      WHERE r.cause = 'asked' AND r.state NOT IN ('failed', 'reversed')
      UNION ALL
     SELECT n.bucket, n.id, n.invoice_id, n.total_minor, n.issued_at
       FROM credit_note AS n
      WHERE n.reason NOT IN ('refund', 'uncollectible'))
SELECT o.bucket, o.id, g.invoice_id, o.actor, o.limit_minor, sum(b.amount_minor) AS given_minor
  FROM alone AS o
  JOIN given AS g ON g.id = o.id AND g.bucket = o.bucket
  JOIN given AS b ON b.invoice_id = g.invoice_id AND b.bucket = g.bucket
  LEFT JOIN alone AS t ON t.id = b.id AND t.bucket = b.bucket
 WHERE b.at < o.occurred_at - interval '1 minute'  -- two people may have asked at one moment
    OR (t.actor = o.actor AND t.recorded_at <= o.recorded_at)
 GROUP BY o.bucket, o.id, g.invoice_id, o.actor, o.limit_minor
HAVING sum(b.amount_minor) > o.limit_minor
