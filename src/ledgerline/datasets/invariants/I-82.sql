-- I-82: Idempotency keys are kept for 30 days and bodies of webhooks for 90; forgetting takes a day.
SELECT 'idempotency key' AS what, k.bucket, k.principal AS owner, k.created_at AS since
  FROM idempotency_key AS k
 WHERE k.created_at < clock_timestamp() - interval '31 days'
 UNION ALL
SELECT 'webhook body', NULL, e.psp_account, e.received_at
  FROM environment AS n
  JOIN psp_event AS e
    ON e.received_at < coalesce(n.instant, clock_timestamp()) - interval '91 days'
 WHERE e.body IS NOT NULL
