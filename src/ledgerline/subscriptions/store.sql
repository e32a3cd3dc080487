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

-- name: read_due
-- A page of what falls due, for a preview: unlocked, by id.
SELECT {SubscriptionRow:s}
  FROM subscription AS s
 WHERE s.next_bill_at <= %(until)s AND s.parked IS NULL AND s.id > %(after)s
   AND (%(market_code)s::text IS NULL OR s.market_code = %(market_code)s)
 ORDER BY s.id
 LIMIT %(limit)s

-- name: lock_subscriptions
-- locks: subscription
-- Read and lock some subscriptions.
SELECT {SubscriptionRow:s}
  FROM subscription AS s
  JOIN unnest(%(buckets)s::smallint[], %(ids)s::uuid[]) AS n (bucket, id)
    ON s.bucket = n.bucket AND s.id = n.id
 ORDER BY s.bucket, s.id
   FOR NO KEY UPDATE OF s

-- name: lock_charged_by
-- locks: subscription
-- Read and lock the live subscriptions of some customers that are charged by certain methods.
SELECT {SubscriptionRow:s}
  FROM subscription AS s
 WHERE (s.id, s.bucket) IN (
       SELECT l.id, l.bucket
         FROM unnest(%(buckets)s::smallint[], %(customer_ids)s::uuid[],
                     %(payment_method_ids)s::uuid[])
              AS n (bucket, customer_id, payment_method_id)
         JOIN subscription AS l ON l.customer_id = n.customer_id AND l.bucket = n.bucket
        WHERE l.payment_method_id = n.payment_method_id
          AND l.state NOT IN ('canceled', 'expired'))
 ORDER BY s.bucket, s.id
   FOR NO KEY UPDATE OF s

-- name: read_subscriptions
-- Some subscriptions, whose locks are held already.
SELECT {SubscriptionRow:s}
  FROM subscription AS s
  JOIN unnest(%(buckets)s::smallint[], %(ids)s::uuid[]) AS n (bucket, id)
    ON s.id = n.id AND s.bucket = n.bucket
 ORDER BY s.bucket, s.id

-- name: read_items
-- The items of some subscriptions that are in force where billed time ends, or later; one index
-- probe a subscription. Those without a day are passed over.
SELECT {ItemRow:i}
  FROM unnest(%(buckets)s::smallint[], %(ids)s::uuid[]) AS n (bucket, id)
  JOIN subscription AS s ON s.id = n.id AND s.bucket = n.bucket
  JOIN subscription_item AS i ON i.subscription_id = s.id AND i.bucket = s.bucket
 WHERE i.ends_on IS NULL OR (i.ends_on > s.billed_through AND i.ends_on > i.starts_on)
 ORDER BY i.subscription_id, i.no

-- name: read_had
-- What some subscriptions are of, or were: their plans, without those that had no day.
SELECT {ItemRow:i}
  FROM unnest(%(buckets)s::smallint[], %(ids)s::uuid[]) AS n (bucket, id)
  JOIN subscription_item AS i ON i.subscription_id = n.id AND i.bucket = n.bucket
 WHERE i.component = 'base' AND (i.ends_on IS NULL OR i.ends_on > i.starts_on)
 ORDER BY i.subscription_id, i.starts_on

-- name: read_all_items
-- Everything a subscription has ever had.
SELECT {ItemRow:i}
  FROM subscription_item AS i
 WHERE i.subscription_id = %(subscription_id)s AND i.bucket = %(bucket)s
 ORDER BY i.no
 LIMIT 5000

-- name: read_offers
-- The offers of some subscriptions that reach beyond what is billed; most have none.
SELECT {OfferRow:o}
  FROM unnest(%(buckets)s::smallint[], %(ids)s::uuid[]) AS n (bucket, id)
  JOIN subscription AS s ON s.id = n.id AND s.bucket = n.bucket
  JOIN subscription_offer AS o ON o.subscription_id = s.id AND o.bucket = s.bucket
 WHERE o.until_on IS NULL OR o.until_on > s.billed_through
 ORDER BY o.subscription_id, o.no

-- name: read_charged
-- Where some subscriptions are sold, and which of them have ended.
SELECT s.id, s.market_code, s.ended_at IS NOT NULL AS is_over
  FROM unnest(%(buckets)s::smallint[], %(ids)s::uuid[]) AS n (bucket, id)
  JOIN subscription AS s ON s.id = n.id AND s.bucket = n.bucket

-- name: read_eased
-- When the end of collection last let some subscriptions rest or go on for nothing: most never.
SELECT n.id, e.recorded_at AS eased_at
  FROM unnest(%(buckets)s::smallint[], %(ids)s::uuid[]) AS n (bucket, id)
 CROSS JOIN LATERAL (
       SELECT o.recorded_at
         FROM subscription_event AS o
        WHERE o.subscription_id = n.id AND o.bucket = n.bucket AND o.actor = 'collection'
          AND o.kind IN ('paused', 'plan_changed')
        ORDER BY o.seq DESC
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
   SET billed_through = n.billed_through, next_bill_at = n.next_bill_at, version = s.version + 1
  FROM unnest(%(bucket)s::smallint[], %(id)s::uuid[], %(version)s::integer[],
              %(billed_through)s::date[], %(next_bill_at)s::timestamptz[])
       AS n (bucket, id, version, billed_through, next_bill_at)
 WHERE s.bucket = n.bucket AND s.id = n.id AND s.version = n.version

-- name: project
-- Put subscriptions on the clock that their logs say.
UPDATE subscription AS s
   SET grid_origin = n.grid_origin, grid_day = n.grid_day, cadence_count = n.cadence_count,
       cadence_unit = n.cadence_unit, billed_through = n.billed_through,
       next_bill_at = n.next_bill_at, ends_on = n.ends_on, item_seq = n.item_seq,
       log_seq = n.log_seq, event_seq = n.event_seq, version = s.version + 1
  FROM unnest(%(bucket)s::smallint[], %(id)s::uuid[], %(version)s::integer[],
              %(grid_origin)s::date[], %(grid_day)s::smallint[], %(cadence_count)s::smallint[],
              %(cadence_unit)s::text[], %(billed_through)s::date[], %(next_bill_at)s::timestamptz[],
              %(ends_on)s::date[], %(item_seq)s::integer[], %(log_seq)s::integer[],
              %(event_seq)s::integer[])
       AS n (bucket, id, version, grid_origin, grid_day, cadence_count, cadence_unit,
             billed_through, next_bill_at, ends_on, item_seq, log_seq, event_seq)
 WHERE s.bucket = n.bucket AND s.id = n.id AND s.version = n.version

-- name: reserve
-- Give out item numbers to a change that waits: they are never given again, whatever becomes of it.
UPDATE subscription AS s
   SET item_seq = n.item_seq, version = s.version + 1
  FROM unnest(%(bucket)s::smallint[], %(id)s::uuid[], %(version)s::integer[],
              %(item_seq)s::integer[]) AS n (bucket, id, version, item_seq)
 WHERE s.bucket = n.bucket AND s.id = n.id AND s.version = n.version

-- name: add_items
-- Open items.
COPY subscription_item ({ItemRow})
  FROM STDIN (FORMAT BINARY)

-- name: end_items
-- End items, earlier than they would have.
UPDATE subscription_item AS i
   SET ends_on = n.ends_on
  FROM unnest(%(bucket)s::smallint[], %(subscription_id)s::uuid[], %(no)s::integer[],
              %(ends_on)s::date[]) AS n (bucket, subscription_id, no, ends_on)
 WHERE i.subscription_id = n.subscription_id AND i.bucket = n.bucket AND i.no = n.no

-- name: add_offers
-- Begin offers.
COPY subscription_offer ({OfferRow})
  FROM STDIN (FORMAT BINARY)

-- name: step
-- Move subscriptions along their state table, one log entry and one event each.
UPDATE subscription AS s
   SET state_before = n.state_before, state_event = n.state_event, state = n.state,
       next_bill_at = n.next_bill_at, ended_at = n.ended_at, log_seq = s.log_seq + 1,
       event_seq = s.event_seq + 1, version = s.version + 1
  FROM unnest(%(bucket)s::smallint[], %(id)s::uuid[], %(state_before)s::text[],
              %(state_event)s::text[], %(state)s::text[], %(next_bill_at)s::timestamptz[],
              %(ended_at)s::timestamptz[])
       AS n (bucket, id, state_before, state_event, state, next_bill_at, ended_at)
 WHERE s.bucket = n.bucket AND s.id = n.id AND s.state = n.state_before

-- name: set_customer_version
-- Let the live subscriptions of a customer name the buyer's newest version on what comes next.
UPDATE subscription AS s
   SET customer_version = %(customer_version)s
 WHERE s.bucket = %(bucket)s AND s.customer_id = %(customer_id)s
   AND s.state NOT IN ('canceled', 'expired')

-- name: set_payment_method
-- Let another method pay what comes next.
UPDATE subscription
   SET payment_method_id = %(payment_method_id)s
 WHERE bucket = %(bucket)s AND id = %(id)s

-- name: read_notes
-- What a caller noted on a subscription.
SELECT s.metadata::text AS metadata, s.external_id
  FROM subscription AS s
 WHERE s.bucket = %(bucket)s AND s.id = %(id)s

-- name: forget_external_id
-- Take the caller's name from a subscription that never began.
UPDATE subscription SET external_id = NULL WHERE bucket = %(bucket)s AND id = %(id)s

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
              %(text_version)s::text[], %(language)s::text[], %(accepted_at)s::timestamptz[],
              %(channel)s::text[], %(ip_hash)s::bytea[])
       AS n ({AgreementRow})
    ON CONFLICT DO NOTHING

-- name: read_agreed
-- What the payers of some subscriptions were told and accepted.
SELECT {AgreementRow:a}
  FROM unnest(%(buckets)s::smallint[], %(ids)s::uuid[]) AS n (bucket, id)
  JOIN agreement AS a ON a.subscription_id = n.id AND a.bucket = n.bucket
 ORDER BY a.subscription_id, a.kind, a.text_version

-- name: park
-- Park a subscription: no run touches it until it is looked at.
UPDATE subscription AS s
   SET parked = n.reason
  FROM unnest(%(bucket)s::smallint[], %(id)s::uuid[], %(reason)s::text[]) AS n (bucket, id, reason)
 WHERE s.bucket = n.bucket AND s.id = n.id

-- name: release
-- Let billing runs take up what is parked for a reason.
UPDATE subscription AS s
   SET parked = NULL
  FROM unnest(%(bucket)s::smallint[], %(id)s::uuid[], %(reason)s::text[]) AS n (bucket, id, reason)
 WHERE s.bucket = n.bucket AND s.id = n.id AND s.parked = n.reason

-- name: append_log
-- Append to the logs of subscriptions.
COPY subscription_event ({LogRow})
  FROM STDIN (FORMAT BINARY)

-- name: read_log
-- The whole log of one subscription as it was written.
SELECT {LogRow:e - body}, e.body::text AS body
  FROM subscription_event AS e
 WHERE e.bucket = %(bucket)s AND e.subscription_id = %(subscription_id)s
 ORDER BY e.seq
 LIMIT 5000

-- name: add_pending_changes
-- Freeze changes until they are paid.
COPY pending_change ({PendingChangeRow})
  FROM STDIN (FORMAT BINARY)

-- name: read_pending_changes
-- The changes that wait, of some subscriptions.
SELECT {PendingChangeRow:p - body}, p.body::text AS body
  FROM pending_change AS p
  JOIN unnest(%(buckets)s::smallint[], %(ids)s::uuid[]) AS n (bucket, id)
    ON p.subscription_id = n.id AND p.bucket = n.bucket

-- name: read_lapsed_changes
-- The changes of a bucket range that have waited long enough; what is withdrawn is read again.
SELECT {PendingChangeRow:p - body}, p.body::text AS body
  FROM pending_change AS p
 WHERE p.lapses_at <= %(now)s AND p.bucket >= %(bucket_from)s AND p.bucket < %(bucket_to)s
 ORDER BY p.bucket, p.lapses_at
 LIMIT %(limit)s

-- name: drop_pending_changes
-- Forget changes that happened or never will.
DELETE FROM pending_change AS p
 USING unnest(%(buckets)s::smallint[], %(invoice_ids)s::uuid[]) AS n (bucket, invoice_id)
 WHERE p.bucket = n.bucket AND p.invoice_id = n.invoice_id

-- name: count_events
-- Count an event of each of some subscriptions whose rows stay as they are.
UPDATE subscription AS s
   SET event_seq = s.event_seq + 1, version = s.version + 1
  FROM unnest(%(bucket)s::smallint[], %(id)s::uuid[], %(version)s::integer[])
       AS n (bucket, id, version)
 WHERE s.bucket = n.bucket AND s.id = n.id AND s.version = n.version

-- name: next_due
-- The earliest instant at which a subscription, or a change that waits, is due.
SELECT least((SELECT min(s.next_bill_at)
                FROM subscription AS s
               WHERE s.next_bill_at IS NOT NULL AND s.parked IS NULL),
             (SELECT min(p.lapses_at) FROM pending_change AS p)) AS due_at

-- name: lock_of_customer
-- locks: subscription
-- Lock all subscriptions of a customer, live or ended, each with what is noted on it.
SELECT s.bucket, s.id, s.state, s.metadata::text AS metadata, s.external_id
  FROM subscription AS s
 WHERE (s.id, s.bucket) IN (
       SELECT l.id, l.bucket
         FROM subscription AS l
        WHERE l.customer_id = %(customer_id)s AND l.bucket = %(bucket)s
          AND l.state NOT IN ('canceled', 'expired')
        UNION ALL
       SELECT e.id, e.bucket
         FROM subscription AS e
        WHERE e.customer_id = %(customer_id)s AND e.bucket = %(bucket)s
          AND e.state IN ('canceled', 'expired'))
 ORDER BY s.bucket, s.id
   FOR NO KEY UPDATE OF s

-- name: forget_notes
-- Take what callers noted off some subscriptions.
UPDATE subscription AS s
   SET metadata = '{}', external_id = NULL
 WHERE s.id = ANY(%(ids)s::uuid[]) AND s.bucket = %(bucket)s
   AND (s.metadata <> '{}' OR s.external_id IS NOT NULL)
