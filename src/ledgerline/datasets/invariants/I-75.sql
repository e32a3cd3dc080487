-- I-75: Nobody loses a renewal or service for a failure of ours: the last try was refused by a bank.
SELECT p.bucket, p.id AS payment_id, p.subscription_id, p.tries, p.own_failures, a.category
  FROM payment AS p
  JOIN attempt AS a ON a.payment_id = p.id AND a.bucket = p.bucket AND a.ordinal = p.tries
 WHERE p.state = 'failed' AND a.initiator = 'merchant'
   AND (a.state = 'not_executed' OR a.category IN ('merchant_config', 'request_refused'))
