-- name: plan_notices
-- Plan what is told of the cards that expire between two days, where that is not planned yet.
INSERT INTO card_notice ({CardNoticeRow})
SELECT i.bucket, i.payment_method_id, i.expires_on, d.days,
       (i.expires_on - d.days)::timestamp AT TIME ZONE 'UTC' AS due_at, NULL AS told_at
  FROM instrument AS i
 CROSS JOIN unnest(%(days)s::smallint[]) AS d (days)
 WHERE i.state = 'active' AND i.expires_on > %(after)s AND i.expires_on <= %(until)s
   AND i.bucket >= %(bucket_from)s AND i.bucket < %(bucket_to)s
   AND NOT EXISTS (
       SELECT FROM card_notice AS n
        WHERE n.payment_method_id = i.payment_method_id AND n.bucket = i.bucket
          AND n.expires_on = i.expires_on AND n.days = d.days)
    ON CONFLICT ON CONSTRAINT card_notice_pk DO NOTHING

-- name: read_due_notices
-- What is due to be told in a bucket range; unlocked, to know what to lock.
SELECT {CardNoticeRow:n}
  FROM card_notice AS n
 WHERE n.bucket >= %(bucket_from)s AND n.bucket < %(bucket_to)s AND n.due_at <= %(now)s
 ORDER BY n.bucket, n.due_at
 LIMIT %(limit)s

-- name: read_notices
-- What is due to be told of some cards, whose subscriptions are locked.
SELECT {CardNoticeRow:y}
  FROM unnest(%(buckets)s::smallint[], %(ids)s::uuid[]) AS n (bucket, id)
 CROSS JOIN LATERAL (
       SELECT {CardNoticeRow:o}
         FROM card_notice AS o
        WHERE o.payment_method_id = n.id AND o.bucket = n.bucket AND o.due_at <= %(now)s
        LIMIT 100) AS y
 ORDER BY y.payment_method_id, y.expires_on, y.days

-- name: read_cards
-- When some cards expire: where providers say different things, what a later one says.
SELECT m.id AS payment_method_id, m.bucket, m.customer_id, c.expires_on
  FROM unnest(%(buckets)s::smallint[], %(ids)s::uuid[]) AS n (bucket, id)
  JOIN payment_method AS m ON m.id = n.id AND m.bucket = n.bucket
 CROSS JOIN LATERAL (
       SELECT max(i.expires_on) AS expires_on
         FROM instrument AS i
        WHERE i.payment_method_id = m.id AND i.bucket = m.bucket AND i.state = 'active') AS c

-- name: step_notices
-- Say that notices are told, put off, or no longer needed; what was told stays told.
UPDATE card_notice AS c
   SET due_at = n.due_at, told_at = n.told_at
  FROM unnest(%(bucket)s::smallint[], %(payment_method_id)s::uuid[], %(expires_on)s::date[],
              %(days)s::smallint[], %(due_at)s::timestamptz[], %(told_at)s::timestamptz[])
       AS n ({CardNoticeRow})
 WHERE c.payment_method_id = n.payment_method_id AND c.bucket = n.bucket
   AND c.expires_on = n.expires_on AND c.days = n.days AND c.told_at IS NULL

-- name: next_due
-- When the next notice is due, or the next card comes so near that its notices are planned.
SELECT least((SELECT min(n.due_at)
                FROM card_notice AS n
               WHERE n.due_at IS NOT NULL),
             (SELECT (min(i.expires_on) - %(days)s::integer)::timestamp AT TIME ZONE 'UTC'
                FROM instrument AS i
               WHERE i.state = 'active' AND i.expires_on > %(after)s
                 AND NOT EXISTS (
                     SELECT FROM card_notice AS p
                      WHERE p.payment_method_id = i.payment_method_id AND p.bucket = i.bucket
                        AND p.expires_on = i.expires_on))) AS due_at
