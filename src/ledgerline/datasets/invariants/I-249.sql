-- I-249: A customer who moves to another plan brings a word for everything that their market wants confirmed.
-- What a person of the seller does for them is in the audit log, and needs none.
-- A change may wait two days for its payment: what was published meanwhile was not asked for.
SELECT e.bucket, e.subscription_id, e.seq, k.kind, e.recorded_at AS at
  FROM subscription_event AS e
  JOIN subscription AS s ON s.id = e.subscription_id AND s.bucket = e.bucket
  JOIN LATERAL (
       SELECT t.kind, min(t.loaded_at) AS since
         FROM market_text AS t
        WHERE t.market_code = s.market_code
          AND t.kind IN ('terms', 'withdrawal_waiver', 'renewal_consent')
          AND t.loaded_at < e.recorded_at - interval '2 days'
          AND t.valid_from < (e.recorded_at AT TIME ZONE s.zone)::date - 2
        GROUP BY t.kind) AS k ON true
 WHERE e.actor = 'customer'
   AND (e.kind = 'plan_changed'
        OR e.kind = 'change_scheduled' AND e.body -> 'steps' @> '[{"component": "base"}]')
   AND NOT EXISTS (
       SELECT FROM audit_entry AS p
        WHERE p.object_id = e.subscription_id
          AND p.act IN ('change_begun', 'plan_changed', 'change_scheduled')
          AND p.occurred_at BETWEEN e.recorded_at - interval '2 days' AND e.recorded_at)
   AND NOT EXISTS (
       SELECT FROM agreement AS a
        WHERE a.subscription_id = e.subscription_id AND a.bucket = e.bucket AND a.kind = k.kind
          AND a.accepted_at BETWEEN e.recorded_at - interval '2 days' AND e.recorded_at)
