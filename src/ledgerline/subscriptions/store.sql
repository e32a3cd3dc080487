-- name: add_subscriptions
-- Insert new subscriptions.
COPY subscription ({NewSubscriptionRow})
  FROM STDIN (FORMAT BINARY)

-- name: claim_due
-- locks: subscription
-- Claim due subscriptions of a bucket range, one index probe a bucket; other workers skip them.
SELECT {SubscriptionRow:s}
  FROM generate_series(%(bucket_from)s::integer, %(bucket_to)s::integer - 1) AS b (bucket)
 CROSS JOIN LATERAL (
       SELECT d.*
         FROM subscription AS d
        WHERE d.bucket = b.bucket AND d.next_bill_at <= %(now)s AND d.parked IS NULL
        ORDER BY d.next_bill_at, d.id
        LIMIT %(per_bucket)s
          FOR NO KEY UPDATE SKIP LOCKED) AS s
 LIMIT %(limit)s

-- name: group_due
-- Due subscriptions whose bill will be the same, with one of them to price.
SELECT (array_agg(s.bucket))[1] AS bucket, (array_agg(s.id))[1] AS id,
       (array_agg(s.customer_id))[1] AS customer_id, s.seller_code, s.market_code, s.currency, s.zone,
       s.family, min(s.state) AS state, (array_agg(s.item_id))[1] AS item_id, s.plan_code, s.price_id,
       s.quantity, s.grid_origin, s.grid_day, s.cadence_count, s.cadence_unit, s.billed_through,
       min(s.next_bill_at) AS next_bill_at, s.ends_on, s.pending_plan_code, s.pending_price_id,
       s.coupon_code, s.coupon_periods_left, (array_agg(s.payment_method_id))[1] AS payment_method_id,
       min(s.customer_version) AS customer_version, 0 AS log_seq, 0 AS event_seq, 0 AS version, NULL::text AS parked,
       count(*) AS subscriptions
  FROM subscription AS s
 WHERE s.next_bill_at <= %(until)s AND s.parked IS NULL
   AND (%(market_code)s::text IS NULL OR s.market_code = %(market_code)s)
 GROUP BY s.seller_code, s.market_code, s.currency, s.zone, s.family, s.plan_code, s.price_id,
          s.quantity, s.grid_origin, s.grid_day, s.cadence_count, s.cadence_unit, s.billed_through,
          s.ends_on, s.pending_plan_code, s.pending_price_id, s.coupon_code, s.coupon_periods_left

-- name: lock_subscriptions
-- locks: subscription
-- Read and lock some subscriptions.
SELECT {SubscriptionRow:s}
  FROM subscription AS s
  JOIN unnest(%(buckets)s::smallint[], %(ids)s::uuid[]) AS n (bucket, id)
    ON s.bucket = n.bucket AND s.id = n.id
 ORDER BY s.bucket, s.id
   FOR NO KEY UPDATE OF s

-- name: read_ended
-- Which of some subscriptions have ended.
SELECT e.id
  FROM unnest(%(buckets)s::smallint[], %(ids)s::uuid[]) AS n (bucket, id)
 CROSS JOIN LATERAL (
       SELECT s.id
         FROM subscription AS s
        WHERE s.bucket = n.bucket AND s.id = n.id AND s.ended_at IS NOT NULL
        LIMIT 1) AS e

-- name: read_live
-- The live subscriptions of a customer, one a product family.
SELECT {SubscriptionRow:s}
  FROM subscription AS s
 WHERE s.bucket = %(bucket)s AND s.customer_id = %(customer_id)s
   AND s.state NOT IN ('canceled', 'expired')

-- name: advance
-- Begin the next period of a batch; the version makes a repeat change nothing.
UPDATE subscription AS s
   SET billed_through = n.billed_through, next_bill_at = n.next_bill_at,
       coupon_periods_left = n.coupon_periods_left, version = s.version + 1
  FROM unnest(%(bucket)s::smallint[], %(id)s::uuid[], %(version)s::integer[],
              %(billed_through)s::date[], %(next_bill_at)s::timestamptz[],
              %(coupon_periods_left)s::integer[])
       AS n ({AdvanceRow})
 WHERE s.bucket = n.bucket AND s.id = n.id AND s.version = n.version

-- name: set_terms
-- Put new terms in force: another item, plan, price and grid; what was pending is taken.
UPDATE subscription AS s
   SET item_id = n.item_id, plan_code = n.plan_code, price_id = n.price_id,
       grid_origin = n.grid_origin, grid_day = n.grid_day, cadence_count = n.cadence_count,
       cadence_unit = n.cadence_unit, billed_through = n.billed_through,
       next_bill_at = n.next_bill_at, pending_plan_code = NULL, pending_price_id = NULL,
       coupon_periods_left = n.coupon_periods_left, log_seq = n.log_seq,
       event_seq = n.event_seq, version = s.version + 1
  FROM unnest(%(bucket)s::smallint[], %(id)s::uuid[], %(version)s::integer[], %(item_id)s::uuid[],
              %(plan_code)s::text[], %(price_id)s::uuid[], %(grid_origin)s::date[],
              %(grid_day)s::smallint[], %(cadence_count)s::smallint[], %(cadence_unit)s::text[],
              %(billed_through)s::date[], %(next_bill_at)s::timestamptz[],
              %(coupon_periods_left)s::integer[], %(log_seq)s::integer[], %(event_seq)s::integer[])
       AS n ({TermsRow})
 WHERE s.bucket = n.bucket AND s.id = n.id AND s.version = n.version

-- name: step
-- Move subscriptions along their state table, one log entry and one event each.
UPDATE subscription AS s
   SET state_before = n.state_before, state_event = n.state_event, state = n.state,
       next_bill_at = n.next_bill_at, ended_at = n.ended_at, log_seq = s.log_seq + 1,
       event_seq = s.event_seq + 1, version = s.version + 1
  FROM unnest(%(bucket)s::smallint[], %(id)s::uuid[], %(state_before)s::text[],
              %(state_event)s::text[], %(state)s::text[], %(next_bill_at)s::timestamptz[],
              %(ended_at)s::timestamptz[])
       AS n ({SubscriptionStepRow})
 WHERE s.bucket = n.bucket AND s.id = n.id AND s.state = n.state_before

-- name: schedule
-- Record what happens at the end of the period: an end, or other terms.
UPDATE subscription AS s
   SET ends_on = %(ends_on)s, pending_plan_code = %(pending_plan_code)s,
       pending_price_id = %(pending_price_id)s, log_seq = s.log_seq + 1,
       event_seq = s.event_seq + 1, version = s.version + 1
 WHERE s.bucket = %(bucket)s AND s.id = %(id)s AND s.version = %(version)s

-- name: set_customer_version
-- Let the live subscriptions of a customer name the buyer's newest version on what comes next.
UPDATE subscription AS s
   SET customer_version = %(customer_version)s
 WHERE s.bucket = %(bucket)s AND s.customer_id = %(customer_id)s
   AND s.state NOT IN ('canceled', 'expired')

-- name: read_notes
-- What a caller noted on a subscription.
SELECT s.metadata::text AS metadata, s.external_id
  FROM subscription AS s
 WHERE s.bucket = %(bucket)s AND s.id = %(id)s

-- name: set_notes
-- Replace what a caller noted on a subscription.
UPDATE subscription
   SET metadata = %(metadata)s, external_id = %(external_id)s, version = version + 1
 WHERE bucket = %(bucket)s AND id = %(id)s AND version = %(seen)s

-- name: add_agreements
-- Record the texts a payer accepted.
INSERT INTO agreement ({AgreementRow})
SELECT {AgreementRow:n}
  FROM unnest(%(bucket)s::smallint[], %(subscription_id)s::uuid[], %(kind)s::text[],
              %(text_version)s::text[], %(accepted_at)s::timestamptz[], %(channel)s::text[],
              %(ip_hash)s::bytea[])
       AS n ({AgreementRow})

-- name: park
-- Park a subscription: no run touches it until it is looked at.
UPDATE subscription AS s
   SET parked = n.reason
  FROM unnest(%(bucket)s::smallint[], %(id)s::uuid[], %(reason)s::text[]) AS n (bucket, id, reason)
 WHERE s.bucket = n.bucket AND s.id = n.id

-- name: append_log
-- Append to the logs of subscriptions.
COPY subscription_event ({LogRow})
  FROM STDIN (FORMAT BINARY)

-- name: read_log
-- The whole log of one subscription in its order.
SELECT {LogRow - body}, body::text AS body
  FROM subscription_event
 WHERE bucket = %(bucket)s AND subscription_id = %(subscription_id)s
 ORDER BY effective, seq
 LIMIT 5000

-- name: next_due
-- The earliest instant at which a subscription is due.
SELECT min(next_bill_at) AS due_at
  FROM subscription
 WHERE next_bill_at IS NOT NULL AND parked IS NULL
