-- I-74: No merchant account refuses what we send: nothing was executed, though it was tried often.
SELECT a.psp_account, count(*) AS payments, max(p.own_failures) AS failures, min(a.sent_at) AS since
  FROM payment AS p
  JOIN attempt AS a ON a.payment_id = p.id AND a.bucket = p.bucket AND a.ordinal = p.tries
 WHERE p.state = 'processing' AND p.own_failures >= 3 AND a.state = 'not_executed'
   AND a.category IS DISTINCT FROM 'request_refused' AND a.psp_code IS DISTINCT FROM 'not_started'
   AND NOT EXISTS (SELECT FROM attempt AS o
                    WHERE o.psp_account = a.psp_account AND o.sent_at > a.sent_at
                      AND o.state IN ('succeeded', 'declined'))
 GROUP BY a.psp_account
