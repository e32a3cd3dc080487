-- name: add_mandate
-- Keep a mandate of a method; one that was kept before belongs to the method from now on.
INSERT INTO mandate ({NewMandateRow}, state, state_before, state_event, fact_no, event_seq)
VALUES (%(bucket)s, %(id)s, %(customer_id)s, %(payment_method_id)s, %(psp_account)s, %(psp_token)s,
        %(scheme)s, %(reference)s, %(notice_days)s, %(text_version)s, %(accepted_at)s, %(ip_hash)s,
        %(look_at)s, %(created_at)s, 'unknown', '-', 'created', 0, 0)
    ON CONFLICT ON CONSTRAINT mandate_token DO UPDATE
   SET customer_id = excluded.customer_id, payment_method_id = excluded.payment_method_id,
       notice_days = excluded.notice_days, text_version = excluded.text_version,
       accepted_at = excluded.accepted_at, ip_hash = excluded.ip_hash, look_at = excluded.look_at

-- name: find_mandates
-- Where the mandate is that a provider names: in one bucket, or nowhere.
SELECT m.bucket, m.id, m.payment_method_id
  FROM mandate AS m
 WHERE m.psp_account = %(psp_account)s AND m.psp_token = %(psp_token)s
 ORDER BY m.bucket
 LIMIT 10

-- name: lock_mandates
-- locks: mandate
-- Read and lock some mandates.
SELECT {MandateRow:m}
  FROM mandate AS m
  JOIN unnest(%(buckets)s::smallint[], %(ids)s::uuid[]) AS n (bucket, id)
    ON m.bucket = n.bucket AND m.id = n.id
 ORDER BY m.bucket, m.id
   FOR NO KEY UPDATE OF m

-- name: read_facts
-- What was told of a mandate.
SELECT {MandateFactRow:f}
  FROM mandate_fact AS f
 WHERE f.mandate_id = %(mandate_id)s AND f.bucket = %(bucket)s
 ORDER BY f.no
 LIMIT 10000

-- name: add_facts
-- Keep what was told of a mandate whose lock is held.
COPY mandate_fact ({MandateFactRow})
  FROM STDIN (FORMAT BINARY)

-- name: step_mandate
-- Write where a mandate stands by its facts.
UPDATE mandate
   SET scheme = %(scheme)s, reference = %(reference)s, state = %(state)s,
       state_before = %(state_before)s, state_event = %(state_event)s,
       replaced_by = %(replaced_by)s, lapses_on = %(lapses_on)s, look_at = %(look_at)s,
       fact_no = %(fact_no)s, event_seq = %(event_seq)s
 WHERE id = %(id)s AND bucket = %(bucket)s

-- name: claim_looks
-- locks: mandate
-- Claim mandates that are to be looked at, and set the next look, so that a dead worker loses none.
UPDATE mandate AS m
   SET look_at = %(next_look_at)s
  FROM (SELECT d.bucket, d.id
          FROM mandate AS d
         WHERE d.look_at <= %(now)s AND d.bucket >= %(bucket_from)s AND d.bucket < %(bucket_to)s
         ORDER BY d.bucket, d.look_at, d.id
         LIMIT %(limit)s
           FOR NO KEY UPDATE SKIP LOCKED) AS c
 WHERE m.id = c.id AND m.bucket = c.bucket
RETURNING {MandateRow:m}

-- name: look_now
-- Have mandates looked at without delay: something was told of them, or of their debits.
UPDATE mandate AS m
   SET look_at = %(now)s
  FROM unnest(%(buckets)s::smallint[], %(ids)s::uuid[]) AS n (bucket, id)
 WHERE m.id = n.id AND m.bucket = n.bucket

-- name: keep_debits
-- Note the last debits of mandates that brought money: they count their rest from those days.
UPDATE mandate AS m
   SET last_debit_on = greatest(m.last_debit_on, n.debited_on),
       lapses_on = (SELECT (greatest(m.last_debit_on, n.debited_on)
                            + make_interval(months => r.lapse_months))::date
                      FROM scheme_rule AS r
                     WHERE r.scheme = m.scheme AND r.valid_from <= n.debited_on
                     ORDER BY r.valid_from DESC
                     LIMIT 1)
  FROM unnest(%(bucket)s::smallint[], %(id)s::uuid[], %(debited_on)s::date[])
       AS n ({DebitedRow})
 WHERE m.id = n.id AND m.bucket = n.bucket

-- name: read_scheme_rules
-- What schemes ask for.
SELECT {SchemeRuleRow:r}
  FROM scheme_rule AS r
 ORDER BY r.scheme, r.valid_from
 LIMIT 1000

-- name: retire_instrument
-- Charge a method by a token no more; what was sent by it goes on.
UPDATE instrument AS i
   SET state = 'retired'
 WHERE i.payment_method_id = %(payment_method_id)s AND i.bucket = %(bucket)s
   AND i.psp_account = %(psp_account)s AND i.psp_token = %(psp_token)s AND i.state = 'active'

-- name: lock_waiting_payments
-- locks: payment
-- Lock the payments that a machine is to try by a method later.
SELECT p.bucket, p.id, p.subscription_id
  FROM payment AS p
 WHERE p.bucket = %(bucket)s AND p.next_try_at IS NOT NULL AND NOT p.awaits_payer
   AND p.payment_method_id = %(payment_method_id)s
 ORDER BY p.bucket, p.id
   FOR NO KEY UPDATE OF p

-- name: try_now
-- Have payments tried now, whatever they waited for: by a mandate that ended none is sent, and its
-- payer is asked.
UPDATE payment AS p
   SET next_try_at = %(now)s, withheld_for = NULL
  FROM unnest(%(buckets)s::smallint[], %(ids)s::uuid[]) AS n (bucket, id)
 WHERE p.id = n.id AND p.bucket = n.bucket AND p.next_try_at > %(now)s

-- name: read_notices
-- The newest notices of some payments.
SELECT o.payment_id, o.no, o.mandate_id, o.amount_minor, o.due_on
  FROM unnest(%(buckets)s::smallint[], %(ids)s::uuid[]) AS n (bucket, id)
 CROSS JOIN LATERAL (
       SELECT y.payment_id, y.no, y.mandate_id, y.amount_minor, y.due_on
         FROM debit_notice AS y
        WHERE y.payment_id = n.id AND y.bucket = n.bucket
        ORDER BY y.no DESC
        LIMIT 1) AS o

-- name: add_notices
-- Give notice of debits.
COPY debit_notice ({DebitNoticeRow})
  FROM STDIN (FORMAT BINARY)

-- name: next_due
-- When a mandate is to be looked at next.
SELECT min(m.look_at) AS due_at
  FROM mandate AS m
 WHERE m.look_at IS NOT NULL
