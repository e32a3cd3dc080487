-- name: add_exceptions
-- Open money exceptions, one per subject and reason; one that was closed is opened again, but for
-- a contradiction, or a line or payout that is missed every day: it was decided about that very money.
INSERT INTO money_exception (id, {ExceptionRow})
SELECT n.id, {ExceptionRow:n}
  FROM unnest(%(id)s::uuid[], %(bucket)s::smallint[], %(subject_id)s::uuid[], %(reason)s::text[],
              %(detail)s::text[], %(opened_at)s::timestamptz[])
       AS n (id, {ExceptionRow})
    ON CONFLICT ON CONSTRAINT money_exception_pk
    DO UPDATE SET detail = excluded.detail, opened_at = excluded.opened_at, assigned_to = NULL,
                  closed_at = NULL, closed_by = NULL, resolution = NULL
              WHERE money_exception.closed_at IS NOT NULL
                AND money_exception.reason NOT IN
                    ('late_success', 'declined_after_success', 'refund_contradicted')
                AND (money_exception.closed_by IS NULL
                     OR money_exception.reason NOT IN ('line_missing', 'payout_missing'))
RETURNING {ExceptionRow}

-- name: tell_exceptions
-- Open exceptions of what providers told; what is open already is told the new beside the old;
-- with ``once`` what was told before is not told again.
INSERT INTO money_exception (id, {ExceptionRow})
SELECT n.id, {ExceptionRow:n}
  FROM unnest(%(id)s::uuid[], %(bucket)s::smallint[], %(subject_id)s::uuid[], %(reason)s::text[],
              %(detail)s::text[], %(opened_at)s::timestamptz[])
       AS n (id, {ExceptionRow})
    ON CONFLICT ON CONSTRAINT money_exception_pk
    DO UPDATE SET detail = CASE WHEN money_exception.closed_at IS NULL
                                THEN money_exception.detail || '; ' || excluded.detail
                                ELSE excluded.detail END,
                  opened_at = CASE WHEN money_exception.closed_at IS NULL
                                   THEN money_exception.opened_at ELSE excluded.opened_at END,
                  assigned_to = CASE WHEN money_exception.closed_at IS NULL
                                     THEN money_exception.assigned_to END,
                  closed_at = NULL, closed_by = NULL, resolution = NULL
              WHERE NOT %(once)s OR position(excluded.detail IN money_exception.detail) = 0

-- name: close_exceptions
-- Close exceptions of some subjects; those that are closed stay as they are.
UPDATE money_exception AS x
   SET closed_at = %(now)s
  FROM unnest(%(bucket)s::smallint[], %(subject_id)s::uuid[], %(reason)s::text[])
       AS n ({ClosedRow})
 WHERE x.subject_id = n.subject_id AND x.bucket = n.bucket AND x.reason = n.reason
   AND x.closed_at IS NOT DISTINCT FROM NULL

-- name: close_refused
-- Close what was told of requests that were refused, of payments that nobody tries any more.
UPDATE money_exception AS x
   SET closed_at = %(now)s
  FROM unnest(%(buckets)s::smallint[], %(invoice_ids)s::uuid[]) AS n (bucket, invoice_id)
  JOIN payment AS p
    ON p.invoice_id = n.invoice_id AND p.bucket = n.bucket AND p.state IN ('failed', 'canceled')
 WHERE x.subject_id = p.id AND x.bucket = p.bucket AND x.reason = 'request_refused'
   AND x.closed_at IS NOT DISTINCT FROM NULL

-- name: decide_exception
-- Close an open exception as people decided it.
UPDATE money_exception AS x
   SET closed_at = %(closed_at)s, closed_by = %(closed_by)s, resolution = %(resolution)s
 WHERE x.subject_id = %(subject_id)s AND x.bucket = %(bucket)s AND x.reason = %(reason)s
   AND x.closed_at IS NOT DISTINCT FROM NULL

-- name: find_exception
-- What an exception is about; unlocked.
SELECT x.bucket, x.id, x.subject_id, x.reason, x.closed_at
  FROM money_exception AS x
 WHERE x.id = %(id)s AND x.bucket = %(bucket)s

-- name: find_owner
-- Whose a payment, or an attempt or refund of one, is.
SELECT p.customer_id
  FROM payment AS p
 WHERE p.id = %(subject_id)s AND p.bucket = %(bucket)s
 UNION ALL
SELECT p.customer_id
  FROM attempt AS a
  JOIN payment AS p ON p.id = a.payment_id AND p.bucket = a.bucket
 WHERE a.id = %(subject_id)s AND a.bucket = %(bucket)s
 UNION ALL
SELECT r.customer_id
  FROM refund AS r
 WHERE r.id = %(subject_id)s AND r.bucket = %(bucket)s

-- name: assign_exception
-- Say who works on an open exception, or that nobody does.
UPDATE money_exception AS x
   SET assigned_to = %(assigned_to)s
 WHERE x.id = %(id)s AND x.bucket = %(bucket)s AND x.closed_at IS NOT DISTINCT FROM NULL

-- name: find_undecided
-- Whether money that came for an ended attempt is undecided still, and whether anybody has tried to
-- give it back.
SELECT x.bucket, x.id, x.subject_id AS attempt_id, e.kind, e.psp_ref,
       EXISTS (SELECT FROM refund AS r
                WHERE r.attempt_id = x.subject_id AND r.bucket = x.bucket) AS was_refunded
  FROM money_exception AS x
  JOIN attempt_evidence AS e
    ON e.attempt_id = x.subject_id AND e.bucket = x.bucket AND e.no = 2
 WHERE x.subject_id = %(attempt_id)s AND x.bucket = %(bucket)s
   AND x.reason = 'late_success' AND x.closed_at IS NULL

-- name: read_undecided
-- Money that came for charges that had been given up, which nobody has decided about yet, with the
-- provider's id of it; unlocked, to know what to lock. What waits for another attempt of its
-- payment is passed over: it must not hold up the others.
SELECT x.bucket, x.subject_id AS attempt_id, e.kind, coalesce(e.psp_ref, '') AS psp_ref
  FROM money_exception AS x
  JOIN attempt_evidence AS e
    ON e.attempt_id = x.subject_id AND e.bucket = x.bucket AND e.no = 2
 WHERE x.reason = 'late_success' AND x.closed_at IS NULL AND e.psp_ref IS NOT NULL
   AND x.bucket >= %(bucket_from)s AND x.bucket < %(bucket_to)s
   AND NOT EXISTS (SELECT FROM refund AS r
                    WHERE r.attempt_id = x.subject_id AND r.bucket = x.bucket)
   AND NOT EXISTS (SELECT FROM attempt AS a
                     JOIN payment AS p ON p.id = a.payment_id AND p.bucket = a.bucket
                    WHERE a.id = x.subject_id AND a.bucket = x.bucket
                      AND p.state = 'processing' AND p.next_try_at IS NULL)
 ORDER BY x.opened_at, x.subject_id
 LIMIT %(limit)s

-- name: read_late
-- Which of some ended attempts had money that came late, what its provider calls it, and whether
-- another attempt was made of it.
SELECT e.attempt_id, e.psp_ref,
       EXISTS (SELECT FROM attempt AS o
                WHERE o.adopted_from = e.attempt_id AND o.bucket = e.bucket) AS is_adopted
  FROM unnest(%(buckets)s::smallint[], %(ids)s::uuid[]) AS n (bucket, id)
  JOIN attempt_evidence AS e ON e.attempt_id = n.id AND e.bucket = n.bucket AND e.no = 2

-- name: find_return
-- Whether a refund gives money back, or has given it back, that came for an ended attempt.
SELECT r.id, r.state
  FROM refund AS r
 WHERE r.attempt_id = %(attempt_id)s AND r.bucket = %(bucket)s AND r.state NOT IN ('failed', 'reversed')

-- name: put_off
-- Look at a payment another day: what was due of it is refused now.
UPDATE payment
   SET next_try_at = %(until)s
 WHERE id = %(id)s AND bucket = %(bucket)s AND next_try_at <= %(now)s
