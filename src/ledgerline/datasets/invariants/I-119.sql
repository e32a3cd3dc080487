-- I-119: No machine charges what a dispute says that only its payer may.
SELECT a.bucket, a.id, a.sent_at, i.mit_stopped_at
  FROM instrument AS i
  JOIN attempt AS a
    ON a.psp_account = i.psp_account AND a.psp_token = i.psp_token AND a.bucket = i.bucket
 WHERE i.mit_stopped_at IS NOT NULL AND a.initiator = 'merchant'
   AND a.sent_at > i.mit_stopped_at AND a.request_digest IS NOT NULL
