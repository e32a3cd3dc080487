-- I-133: No card is tried more often in vain than our limits allow, whoever starts it.
-- Of one instant are the tries of one batch, which were counted with one another.
SELECT a.bucket, a.id AS attempt_id, a.initiator, a.sent_at, l.hours, l.tries_max
  FROM attempt AS a
  JOIN network_limit AS l
    ON l.network = 'any' AND l.region = 'any' AND l.initiator IN ('any', a.initiator)
 WHERE a.adopted_from IS NULL AND a.request_digest IS NOT NULL AND a.mandate_id IS NULL
   AND a.state <> 'not_executed'
   AND l.tries_max <= (
       SELECT count(*)
         FROM attempt AS o
        WHERE o.psp_token = a.psp_token AND o.bucket = a.bucket AND o.psp_account = a.psp_account
          AND o.state = 'declined' AND o.request_digest IS NOT NULL
          AND o.mandate_id IS NULL AND o.sent_at > a.sent_at - make_interval(hours => l.hours)
          AND o.sent_at < a.sent_at)
