-- name: read_methods_of_customer
-- All payment methods of a customer, each with its instruments at providers, if there are any.
SELECT m.bucket, m.id, i.psp_account, i.psp_token, m.metadata::text AS metadata, m.external_id
  FROM payment_method AS m
  LEFT JOIN instrument AS i ON i.payment_method_id = m.id AND i.bucket = m.bucket
 WHERE m.bucket = %(bucket)s AND m.customer_id = %(customer_id)s
 ORDER BY m.id, i.psp_account, i.psp_token

-- name: lock_payments_of_invoices
-- locks: payment
-- Lock all payments of some invoices, whatever became of them.
SELECT {HeldPaymentRow:p}
  FROM payment AS p
 WHERE (p.id, p.bucket) IN (
       SELECT l.id, l.bucket
         FROM payment AS l
        WHERE l.invoice_id = ANY(%(ids)s::uuid[]) AND l.bucket = %(bucket)s
          AND l.state IN ('processing', 'succeeded')
        UNION ALL
       SELECT g.id, g.bucket
         FROM payment AS g
        WHERE g.invoice_id = ANY(%(ids)s::uuid[]) AND g.bucket = %(bucket)s
          AND g.state IN ('failed', 'canceled'))
 ORDER BY p.bucket, p.id
   FOR NO KEY UPDATE OF p

-- name: lock_all_attempts
-- locks: attempt
-- Lock all attempts of some payments.
SELECT {HeldTryRow:a}
  FROM attempt AS a
 WHERE a.payment_id = ANY(%(ids)s::uuid[]) AND a.bucket = %(bucket)s
 ORDER BY a.id
   FOR NO KEY UPDATE OF a

-- name: lock_all_refunds
-- locks: refund
-- Lock all refunds of some payments.
SELECT {HeldTryRow:r}
  FROM refund AS r
 WHERE r.payment_id = ANY(%(ids)s::uuid[]) AND r.bucket = %(bucket)s
 ORDER BY r.id
   FOR NO KEY UPDATE OF r

-- name: forget_instruments
-- Delete what some payment methods are charged by, with all that providers told of the cards.
WITH told AS (
     DELETE FROM card_notice AS n
      WHERE n.payment_method_id = ANY(%(ids)s::uuid[]) AND n.bucket = %(bucket)s)
DELETE FROM instrument AS i
 WHERE i.payment_method_id = ANY(%(ids)s::uuid[]) AND i.bucket = %(bucket)s

-- name: forget_mandates
-- Take what names payers off the mandates of some payment methods; what was debited by them stays.
UPDATE mandate AS m
   SET psp_token = 'erased-' || m.id, reference = NULL, ip_hash = NULL, look_at = NULL
 WHERE m.payment_method_id = ANY(%(ids)s::uuid[]) AND m.bucket = %(bucket)s
   AND m.psp_token <> 'erased-' || m.id

-- name: forget_notes
-- Take what callers noted off some payment methods.
UPDATE payment_method AS m
   SET metadata = '{}', external_id = NULL
 WHERE m.id = ANY(%(ids)s::uuid[]) AND m.bucket = %(bucket)s
   AND (m.metadata <> '{}' OR m.external_id IS NOT NULL)

-- name: forget_tokens
-- Take the tokens off attempts that have ended; what they were and how they ended stays.
UPDATE attempt AS a
   SET psp_token = ''
 WHERE a.id = ANY(%(ids)s::uuid[]) AND a.bucket = %(bucket)s AND a.psp_token <> ''

-- name: forget_reasons
-- Take what people wrote as the reason off some refunds.
UPDATE refund AS r
   SET reason = ''
 WHERE r.id = ANY(%(ids)s::uuid[]) AND r.bucket = %(bucket)s AND r.reason <> ''

-- name: forget_resolutions
-- Take the words in which people closed exceptions of some payments, attempts or refunds off them.
UPDATE money_exception AS x
   SET resolution = ''
 WHERE x.subject_id = ANY(%(ids)s::uuid[]) AND x.bucket = %(bucket)s AND x.resolution <> ''

-- name: forget_evidence_notes
-- Take what people wrote of what a provider said of some attempts or refunds off it.
UPDATE evidence_proposal AS e
   SET note = ''
 WHERE e.subject_id = ANY(%(ids)s::uuid[]) AND e.bucket = %(bucket)s AND e.note <> ''

-- name: forget_proposed_reasons
-- Take the reasons of refunds that were proposed of some payments off them.
UPDATE refund_proposal AS p
   SET reason = ''
 WHERE p.payment_id = ANY(%(ids)s::uuid[]) AND p.bucket = %(bucket)s AND p.reason <> ''

-- name: forget_bodies
-- Delete the bodies of webhooks about some attempts or refunds; that they came stays.
UPDATE psp_event AS e
   SET body = NULL
  FROM unnest(%(ids)s::uuid[]) AS n (id)
 WHERE e.reference = n.id::text AND e.body IS NOT NULL

-- name: count_old_bodies
-- How many bodies of webhooks are older than they are kept.
SELECT count(*) AS old
  FROM psp_event AS e
 WHERE e.body IS NOT NULL AND e.received_at < %(before)s

-- name: forget_old_bodies
-- Delete a batch of them; that they came stays, so that a duplicate is still known, and so does
-- what they are about, by which they are applied.
UPDATE psp_event AS e
   SET body = NULL
  FROM (SELECT o.psp_account, o.event_key
          FROM psp_event AS o
         WHERE o.body IS NOT NULL AND o.received_at < %(before)s
         ORDER BY o.received_at
         LIMIT %(limit)s
           FOR NO KEY UPDATE SKIP LOCKED) AS c
 WHERE e.psp_account = c.psp_account AND e.event_key = c.event_key
