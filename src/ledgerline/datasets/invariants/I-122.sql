-- I-122: An attempt is made at the account that was chosen; where none was, nothing could be sent.
SELECT a.bucket, a.id AS attempt_id, a.psp_account, d.chosen
  FROM attempt AS a
  JOIN decision AS d ON d.id = a.decision_id AND d.bucket = a.bucket
 WHERE d.chosen IS DISTINCT FROM a.psp_account
   AND (d.chosen IS NOT NULL OR a.request_digest IS NOT NULL)
