-- name: customer
-- The customer itself, with its data key and what is sealed under it.
SELECT c.bucket, c.id, c.email_sealed, c.version, k.wrapped, c.created_at,
       to_jsonb(v)::text AS row
  FROM customer AS c
  LEFT JOIN customer_key AS k ON k.bucket = c.bucket AND k.customer_id = c.id
 CROSS JOIN LATERAL (
       SELECT c.id, c.market_code AS market, c.zone AS time_zone, c.locale, c.version, c.metadata,
              c.external_id, c.created_at, c.erased_at) AS v
 WHERE c.bucket = %(bucket)s AND c.id = %(customer_id)s

-- name: versions
-- Who the buyer was, version by version.
SELECT v.version, v.buyer_sealed, v.tax_status, v.place_evidence::text AS place_evidence,
       to_jsonb(s)::text AS row
  FROM customer_version AS v
 CROSS JOIN LATERAL (
       SELECT v.version, v.tax_status, v.country, v.place_evidence, v.recorded_at, v.actor) AS s
 WHERE v.bucket = %(bucket)s AND v.customer_id = %(customer_id)s
 ORDER BY v.version
 LIMIT %(limit)s OFFSET %(offset)s

-- name: notes
-- What colleagues wrote about the customer.
SELECT n.id, n.said_sealed, to_jsonb(v)::text AS row
  FROM customer_note AS n
 CROSS JOIN LATERAL (SELECT n.id, n.author, n.written_at) AS v
 WHERE n.customer_id = %(customer_id)s AND n.bucket = %(bucket)s
 ORDER BY n.written_at, n.id
 LIMIT %(limit)s OFFSET %(offset)s

-- name: payment_methods
-- What the customer pays with; the provider's token stays here.
SELECT to_jsonb(v)::text AS row
  FROM (SELECT m.id, m.brand, m.last4, i.psp_account, i.bin, i.funding, i.issuer_country,
               i.expires_on, i.psp_token IS NOT NULL AS has_token, m.metadata, m.external_id,
               m.created_at
          FROM payment_method AS m
          LEFT JOIN instrument AS i ON i.payment_method_id = m.id AND i.bucket = m.bucket
         WHERE m.bucket = %(bucket)s AND m.customer_id = %(customer_id)s
         ORDER BY m.id, i.psp_account, i.psp_token
         LIMIT %(limit)s OFFSET %(offset)s) AS v

-- name: payment_method_setups
-- What was done to set a payment method up; tokens and what the payer entered stay here.
SELECT to_jsonb(v)::text AS row
  FROM (SELECT s.id, s.psp_account, s.brand, s.last4, s.state, s.payment_method_id,
               s.psp_token IS NOT NULL AS has_token, s.sent_at, s.ended_at
          FROM payment_setup AS s
         WHERE s.bucket = %(bucket)s AND s.customer_id = %(customer_id)s
         ORDER BY s.id
         LIMIT %(limit)s OFFSET %(offset)s) AS v

-- name: subscriptions
-- What was subscribed to.
SELECT to_jsonb(v)::text AS row
  FROM (SELECT s.id, s.family, s.state, s.market_code AS market, s.currency, s.billed_through,
               s.ends_on, s.metadata, s.external_id, s.created_at, s.ended_at
          FROM subscription AS s
         WHERE s.bucket = %(bucket)s AND s.customer_id = %(customer_id)s
         ORDER BY s.id
         LIMIT %(limit)s OFFSET %(offset)s) AS v

-- name: agreements
-- The texts the customer accepted.
SELECT to_jsonb(v)::text AS row
  FROM (SELECT a.subscription_id, a.kind, a.text_version, a.language, a.accepted_at, a.channel,
               a.ip_hash IS NOT NULL AS has_ip_hash
          FROM subscription AS s
          JOIN agreement AS a ON a.subscription_id = s.id AND a.bucket = s.bucket
         WHERE s.bucket = %(bucket)s AND s.customer_id = %(customer_id)s
         ORDER BY a.accepted_at, a.subscription_id, a.kind, a.text_version
         LIMIT %(limit)s OFFSET %(offset)s) AS v

-- name: agreed
-- The logs of the subscriptions: what was agreed, when and by whom.
SELECT to_jsonb(v)::text AS row
  FROM (SELECT e.subscription_id, e.seq, e.kind, e.effective, e.recorded_at, e.actor
          FROM subscription AS s
          JOIN subscription_event AS e ON e.subscription_id = s.id AND e.bucket = s.bucket
         WHERE s.bucket = %(bucket)s AND s.customer_id = %(customer_id)s
         ORDER BY e.subscription_id, e.seq
         LIMIT %(limit)s OFFSET %(offset)s) AS v

-- name: trials
-- The trials the customer has had.
SELECT to_jsonb(v)::text AS row
  FROM (SELECT t.family, t.subscription_id, t.redeemed_at
          FROM trial_redemption AS t
         WHERE t.bucket = %(bucket)s AND t.customer_id = %(customer_id)s
         ORDER BY t.redeemed_at, t.family
         LIMIT %(limit)s OFFSET %(offset)s) AS v

-- name: credit
-- The credit that is left.
SELECT to_jsonb(v)::text AS row
  FROM (SELECT k.currency, k.amount_minor, k.remaining_minor, k.source_kind AS source,
               k.expires_on, k.created_at
          FROM credit_lot AS k
         WHERE k.customer_id = %(customer_id)s AND k.bucket = %(bucket)s AND k.remaining_minor > 0
         ORDER BY k.created_at, k.id
         LIMIT %(limit)s OFFSET %(offset)s) AS v

-- name: requests
-- When requests with a key were answered about the customer.
SELECT to_jsonb(v)::text AS row
  FROM (SELECT q.created_at, q.principal, q.status
          FROM customer AS c
          JOIN idempotency_key AS q ON q.customer_id = c.id
         WHERE c.bucket = %(bucket)s AND c.id = %(customer_id)s
         ORDER BY q.created_at, q.principal, q.key
         LIMIT %(limit)s OFFSET %(offset)s) AS v
