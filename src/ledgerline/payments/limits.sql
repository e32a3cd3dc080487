-- name: read_limits
-- The limits of networks, and ours.
SELECT {LimitRow:l}
  FROM network_limit AS l
 ORDER BY l.valid_from
 LIMIT 1000

-- name: hold_cards
-- Let transactions that are about to try one card wait for one another, until they commit. A card
-- is what its provider knows it by, else its token; all take theirs in one order.
SELECT count(pg_advisory_xact_lock(c.card)::text)::integer AS held
  FROM (SELECT DISTINCT
               hashtextextended(
                   'card ' || coalesce(encode(i.fingerprint_hash, 'hex'),
                                       i.psp_account || ' ' || i.psp_token), 0) AS card
          FROM unnest(%(buckets)s::smallint[], %(ids)s::uuid[]) AS n (bucket, id)
          JOIN instrument AS i ON i.payment_method_id = n.id AND i.bucket = n.bucket
         ORDER BY card) AS c

-- name: read_card_tries
-- The tries in vain of the cards of some payment methods: by any instrument of the method, and by
-- every other that its provider knows as the same card. A debit is no try of a card, nor is one that
-- was withdrawn: what has no digest nobody ever sends.
SELECT DISTINCT n.id AS payment_method_id, a.id AS attempt_id, a.sent_at,
       a.state <> 'declined' AS is_live
  FROM unnest(%(buckets)s::smallint[], %(ids)s::uuid[]) AS n (bucket, id)
  JOIN instrument AS i ON i.payment_method_id = n.id AND i.bucket = n.bucket
 CROSS JOIN LATERAL (
       SELECT i.psp_account, i.psp_token
        UNION
       SELECT o.psp_account, o.psp_token
         FROM instrument AS o
        WHERE o.fingerprint_hash = i.fingerprint_hash AND o.bucket = n.bucket) AS s
 CROSS JOIN LATERAL (
       SELECT y.id, y.sent_at, y.state
         FROM attempt AS y
        WHERE y.psp_token = s.psp_token AND y.bucket = n.bucket AND y.psp_account = s.psp_account
          AND y.state NOT IN ('succeeded', 'not_executed') AND y.sent_at > %(since)s
          AND y.mandate_id IS NULL AND y.request_digest IS NOT NULL
        ORDER BY y.sent_at DESC
        LIMIT 100) AS a

-- name: withhold_tries
-- Postpone tries that were claimed and may not be sent now, and say why.
UPDATE payment AS p
   SET next_try_at = n.next_try_at, withheld_for = n.withheld_for, event_seq = p.event_seq + 1
  FROM unnest(%(bucket)s::smallint[], %(id)s::uuid[], %(next_try_at)s::timestamptz[],
              %(withheld_for)s::text[])
       AS n ({WithheldTryRow})
 WHERE p.bucket = n.bucket AND p.id = n.id AND p.state = 'processing'
