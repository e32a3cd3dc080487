-- I-237: A trial turns into a charge only once its end was told, and what is told of a renewal is told once, by a mail.
SELECT e.bucket, e.subscription_id, e.effective AS renews_on, e.recorded_at AS at
  FROM subscription_event AS e
 WHERE e.kind = 'trial_converted'
   AND NOT EXISTS (
       SELECT FROM renewal_notice AS n
        WHERE n.subscription_id = e.subscription_id AND n.bucket = e.bucket
          AND n.renews_on = e.effective AND n.told_at <= e.recorded_at)
 UNION ALL
SELECT n.bucket, n.subscription_id, n.renews_on, n.told_at
  FROM renewal_notice AS n
 WHERE n.told_at IS NOT NULL
   AND 1 <> (
       SELECT count(*) FROM event AS e
        WHERE e.aggregate_id = n.subscription_id AND e.bucket = n.bucket
          AND e.kind IN ('subscription.trial_ending', 'subscription.renews_soon')
          AND e.body ->> 'renews_on' = n.renews_on::text AND e.body ->> 'days' = n.days::text
          AND e.occurred_at = n.told_at)
 UNION ALL
SELECT e.bucket, e.aggregate_id, (e.body ->> 'renews_on')::date, e.occurred_at
  FROM event AS e
 WHERE e.kind IN ('subscription.trial_ending', 'subscription.renews_soon')
   AND e.relayed_at IS NOT NULL
   AND NOT EXISTS (
       SELECT FROM mail AS m
        WHERE m.subject_id = e.aggregate_id AND m.bucket = e.bucket AND m.occasion = e.seq
          AND m.sequence = 1 AND m.kind IN ('trial_ending', 'renews_soon'))
