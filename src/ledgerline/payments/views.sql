-- name: payment_method
-- One payment method, without its token.
SELECT m.bucket, m.id, m.customer_id, i.psp_account, m.brand, m.last4, i.bin, i.funding,
       i.issuer_country, i.expires_on, m.metadata::text AS metadata, m.external_id, m.version,
       m.created_at
  FROM payment_method AS m
  JOIN instrument AS i
    ON i.payment_method_id = m.id AND i.bucket = m.bucket AND i.state = 'active'
 WHERE m.bucket = %(bucket)s AND m.id = %(id)s

-- name: payment_methods
-- A page of a customer's payment methods, newest first.
SELECT m.bucket, m.id, m.customer_id, i.psp_account, m.brand, m.last4, i.bin, i.funding,
       i.issuer_country, i.expires_on, m.metadata::text AS metadata, m.external_id, m.version,
       m.created_at
  FROM payment_method AS m
  JOIN instrument AS i
    ON i.payment_method_id = m.id AND i.bucket = m.bucket AND i.state = 'active'
 WHERE m.bucket = %(bucket)s AND m.customer_id = %(customer_id)s
   AND m.id < %(before)s
 ORDER BY m.id DESC
 LIMIT %(limit)s

-- name: payment
-- One payment.
SELECT {PaymentView:p}
  FROM payment AS p
 WHERE p.bucket = %(bucket)s AND p.id = %(id)s

-- name: payments
-- A page of payments, newest first. One state is said as such, so that its index gives the order;
-- those of an invoice are read with all live states, or with those that were given up.
SELECT {PaymentView:p}
  FROM payment AS p
 WHERE p.id < %(before)s
   AND (%(bucket)s::smallint IS NULL OR p.bucket = %(bucket)s)
   AND (%(invoice_id)s::uuid IS NULL OR p.invoice_id = %(invoice_id)s)
   AND (%(states)s::text[] IS NULL OR p.state = ANY(%(states)s))
   AND (cardinality(%(states)s) IS DISTINCT FROM 1 OR p.state = (%(states)s)[1])
 ORDER BY p.id DESC
 LIMIT %(limit)s

-- name: payments_of_customer
-- A page of a customer's payments, newest first: of the invoices of some months, in live states or
-- in those that were given up.
SELECT {PaymentView:p}
  FROM invoice AS i
 CROSS JOIN LATERAL (
       SELECT {PaymentView:y}
         FROM payment AS y
        WHERE y.bucket = i.bucket AND y.invoice_id = i.id
          AND y.id < %(before)s AND y.state = ANY(%(states)s::text[])
        LIMIT 100) AS p
 WHERE (i.issued_on - DATE '2000-01-01') >> 5 = ANY(%(months)s::integer[])
   AND i.bucket = %(bucket)s AND i.customer_id = %(customer_id)s
 ORDER BY p.id DESC
 LIMIT %(limit)s

-- name: attempts
-- The attempts of a payment in order; one row for each piece of evidence, or one without any.
SELECT {AttemptView:a - no evidence_kind evidence_outcome recorded_at}, e.no,
       e.kind AS evidence_kind, e.outcome AS evidence_outcome, e.recorded_at
  FROM attempt AS a
  LEFT JOIN attempt_evidence AS e ON e.bucket = a.bucket AND e.attempt_id = a.id
 WHERE a.bucket = %(bucket)s AND a.payment_id = %(payment_id)s
 ORDER BY a.ordinal, e.no
 LIMIT 1000

-- name: refund
-- One refund.
SELECT {RefundView:r}
  FROM refund AS r
 WHERE r.bucket = %(bucket)s AND r.id = %(id)s
