-- name: plan_notices
-- Plan what is told of the trials and years that end in some time, where that is not planned yet.
INSERT INTO renewal_notice ({RenewalNoticeRow})
SELECT s.bucket, s.id, s.billed_through, d.days,
       (s.billed_through - d.days)::timestamp AT TIME ZONE s.zone AS due_at, NULL AS told_at
  FROM subscription AS s
  JOIN unnest(%(market_code)s::text[], %(of_trials)s::boolean[], %(days)s::smallint[])
       AS d (market_code, of_trials, days)
    ON d.market_code = s.market_code AND d.of_trials = (s.state = 'trialing')
 WHERE s.next_bill_at > %(now)s AND s.next_bill_at <= %(until)s AND s.parked IS NULL
   AND (s.state = 'trialing' OR s.cadence_unit = 'year')
   AND s.state IN ('trialing', 'active', 'past_due')
   AND s.bucket >= %(bucket_from)s AND s.bucket < %(bucket_to)s
   AND NOT EXISTS (
       SELECT FROM renewal_notice AS n
        WHERE n.subscription_id = s.id AND n.bucket = s.bucket AND n.renews_on = s.billed_through)
    ON CONFLICT ON CONSTRAINT renewal_notice_pk DO NOTHING

-- name: read_due_notices
-- What is due to be told in a bucket range; unlocked, to know what to lock.
SELECT {RenewalNoticeRow:n}
  FROM renewal_notice AS n
 WHERE n.bucket >= %(bucket_from)s AND n.bucket < %(bucket_to)s AND n.due_at <= %(now)s
 ORDER BY n.bucket, n.due_at
 LIMIT %(limit)s

-- name: read_notices
-- What is due to be told of some subscriptions, which are locked.
SELECT {RenewalNoticeRow:y}
  FROM unnest(%(buckets)s::smallint[], %(ids)s::uuid[]) AS n (bucket, id)
 CROSS JOIN LATERAL (
       SELECT {RenewalNoticeRow:o}
         FROM renewal_notice AS o
        WHERE o.subscription_id = n.id AND o.bucket = n.bucket AND o.due_at <= %(now)s
        LIMIT 100) AS y
 ORDER BY y.subscription_id, y.renews_on, y.days

-- name: step_notices
-- Say that notices are told, put off, or no longer needed; what was told stays told.
UPDATE renewal_notice AS c
   SET due_at = n.due_at, told_at = n.told_at
  FROM unnest(%(bucket)s::smallint[], %(subscription_id)s::uuid[], %(renews_on)s::date[],
              %(days)s::smallint[], %(due_at)s::timestamptz[], %(told_at)s::timestamptz[])
       AS n ({RenewalNoticeRow})
 WHERE c.subscription_id = n.subscription_id AND c.bucket = n.bucket
   AND c.renews_on = n.renews_on AND c.days = n.days AND c.told_at IS NULL

-- name: read_untold
-- Of which subscriptions nothing was told before they renew on a day.
SELECT n.id
  FROM unnest(%(buckets)s::smallint[], %(ids)s::uuid[], %(renew_on)s::date[])
       AS n (bucket, id, renews_on)
 WHERE NOT EXISTS (
       SELECT FROM renewal_notice AS o
        WHERE o.subscription_id = n.id AND o.bucket = n.bucket AND o.renews_on = n.renews_on
          AND o.told_at IS NOT NULL)

-- name: add_told
-- Insert what is told at once.
INSERT INTO renewal_notice ({RenewalNoticeRow})
SELECT {RenewalNoticeRow:n}
  FROM unnest(%(bucket)s::smallint[], %(subscription_id)s::uuid[], %(renews_on)s::date[],
              %(days)s::smallint[], %(due_at)s::timestamptz[], %(told_at)s::timestamptz[])
       AS n ({RenewalNoticeRow})

-- name: next_due
-- When the next notice is due, or the next renewal comes so near that its notices are planned.
SELECT least((SELECT min(n.due_at)
                FROM renewal_notice AS n
               WHERE n.due_at IS NOT NULL),
             (SELECT min(s.next_bill_at) - make_interval(days => %(days)s::integer)
                FROM subscription AS s
               WHERE s.next_bill_at > %(now)s AND s.parked IS NULL
                 AND (s.state = 'trialing' OR s.cadence_unit = 'year')
                 AND (s.state = 'trialing' OR s.state IN ('active', 'past_due')
                                          AND s.market_code = ANY(%(market_codes)s::text[]))
                 AND NOT EXISTS (
                     SELECT FROM renewal_notice AS p
                      WHERE p.subscription_id = s.id AND p.bucket = s.bucket
                        AND p.renews_on = s.billed_through))) AS due_at
