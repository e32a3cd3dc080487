-- I-54: An idempotency key of a principal stands for one request, whichever customer it is about.
WITH asked AS (
     SELECT k.bucket, k.principal, k.subject_id,
            sha256(convert_to(concat(octet_length(k.principal), ':', k.principal,
                                     octet_length(k.key), ':', k.key), 'UTF8')) AS hash
       FROM idempotency_key AS k),
     reserved AS (
     SELECT g.key_hash, g.bucket, g.owner_id FROM global_key AS g WHERE g.kind = 'idempotency')
SELECT a.bucket, a.principal, a.subject_id, 'another request or none' AS fault
  FROM asked AS a
 WHERE NOT EXISTS (
       SELECT FROM reserved AS r
        WHERE r.key_hash = a.hash AND r.bucket = a.bucket
          AND r.owner_id IS NOT DISTINCT FROM a.subject_id)
 UNION ALL
SELECT r.bucket, NULL, r.owner_id, 'reserved for nothing'
  FROM reserved AS r
 WHERE NOT EXISTS (SELECT FROM asked AS a WHERE a.hash = r.key_hash AND a.bucket = r.bucket)
