-- I-224: A refund that was approved is the one that was proposed, by two people and in time.
SELECT p.bucket, p.id, p.payment_id, p.amount_minor, r.amount_minor AS refunded_minor
  FROM refund_proposal AS p
  LEFT JOIN refund AS r ON r.id = p.refund_id AND r.bucket = p.bucket
 WHERE p.state = 'approved' AND p.gives = 'money'
   AND (r.payment_id IS DISTINCT FROM p.payment_id OR r.amount_minor IS DISTINCT FROM p.amount_minor
        OR r.currency IS DISTINCT FROM p.currency OR r.cause <> 'asked'
        OR lower(btrim(p.proposed_by)) = lower(btrim(p.ended_by)) OR p.ended_at >= p.expires_at)
