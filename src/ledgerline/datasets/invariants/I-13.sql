-- I-13: Refunded, promised, disputed and lost never exceed captured, and refunds say the former.
SELECT p.bucket, p.id, p.captured_minor, p.refunded_minor, p.refunding_minor,
       coalesce(r.refunded_minor, 0) AS refunds_done, coalesce(r.refunding_minor, 0) AS refunds_live
  FROM payment AS p
  LEFT JOIN (SELECT f.bucket, f.payment_id,
                    sum(f.amount_minor) FILTER (WHERE f.state = 'succeeded') AS refunded_minor,
                    sum(f.amount_minor) FILTER (WHERE f.state IN ('requested', 'sent', 'unknown'))
                        AS refunding_minor
               FROM refund AS f
              WHERE f.cause <> 'late_success'  -- that money is no part of what it captured
              GROUP BY f.bucket, f.payment_id) AS r
    ON r.bucket = p.bucket AND r.payment_id = p.id
 WHERE p.refunded_minor + p.refunding_minor + p.disputed_minor + p.dispute_lost_minor
       > p.captured_minor
    OR p.captured_minor > p.amount_minor
    OR p.refunded_minor <> coalesce(r.refunded_minor, 0)
    OR p.refunding_minor <> coalesce(r.refunding_minor, 0)
