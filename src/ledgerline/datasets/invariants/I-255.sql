-- I-255: Credit that was approved is the gift that was proposed, by two people and in time.
SELECT p.bucket, p.id, p.payment_id, p.amount_minor, n.total_minor AS given_minor
  FROM refund_proposal AS p
  JOIN payment AS m ON m.id = p.payment_id AND m.bucket = p.bucket
  LEFT JOIN credit_note AS n ON n.id = p.credit_note_id AND n.bucket = p.bucket
 WHERE p.state = 'approved' AND p.gives = 'credit'
   AND (n.invoice_id IS DISTINCT FROM m.invoice_id OR n.total_minor IS DISTINCT FROM p.amount_minor
        OR n.currency IS DISTINCT FROM p.currency OR n.reason <> 'goodwill'
        OR lower(btrim(p.proposed_by)) = lower(btrim(p.ended_by)) OR p.ended_at >= p.expires_at)
