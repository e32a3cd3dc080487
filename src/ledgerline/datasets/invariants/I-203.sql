-- I-203: What was asked for in the portal was asked in a session that a link had opened.
SELECT k.bucket, k.key, k.subject_id
  FROM idempotency_key AS k
 WHERE k.principal = 'customer portal'
   AND NOT EXISTS (SELECT FROM portal_session AS s
                    WHERE s.bucket = k.bucket AND s.id::text = split_part(k.key, ':', 1)
                      AND s.opened_at IS NOT NULL)
