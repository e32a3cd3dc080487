-- I-208: No mail waits for an erased customer, none of theirs keeps address or contents, and a mail that is sent again follows one that was.
SELECT m.bucket, m.id AS mail_id, m.state
  FROM mail AS m
  JOIN customer AS c ON c.id = m.customer_id AND c.bucket = m.bucket
 WHERE c.erased_at IS NOT NULL
   AND (m.state = 'waiting' OR m.address_sealed IS NOT NULL OR m.facts IS NOT NULL)
 UNION ALL
SELECT m.bucket, m.id, m.state
  FROM mail AS m
 WHERE m.sequence > 1
   AND NOT EXISTS (
       SELECT FROM mail AS p
        WHERE p.subject_id = m.subject_id AND p.bucket = m.bucket AND p.kind = m.kind
          AND p.occasion = m.occasion AND p.sequence = m.sequence - 1)
