-- I-57: An external id names one object of its kind, and is reserved while the object has it.
WITH named AS (
     SELECT o.bucket, o.id, o.kind,
            sha256(convert_to(concat(octet_length(o.kind), ':', o.kind,
                                     octet_length(o.external_id), ':', o.external_id), 'UTF8'))
            AS hash
       FROM (SELECT c.bucket, c.id, 'customer', c.external_id FROM customer AS c
              UNION ALL
             SELECT m.bucket, m.id, 'payment_method', m.external_id FROM payment_method AS m
              UNION ALL
             SELECT s.bucket, s.id, 'subscription', s.external_id FROM subscription AS s)
            AS o (bucket, id, kind, external_id)
      WHERE o.external_id IS NOT NULL),
     reserved AS (
     SELECT g.key_hash, g.bucket, g.owner_id FROM global_key AS g WHERE g.kind = 'external_id')
SELECT n.bucket, n.id, n.kind, 'another owner or none' AS fault
  FROM named AS n
 WHERE NOT EXISTS (
       SELECT FROM reserved AS r
        WHERE r.key_hash = n.hash AND r.bucket = n.bucket AND r.owner_id = n.id)
 UNION ALL
SELECT r.bucket, r.owner_id, NULL, 'reserved for nothing'
  FROM reserved AS r
 WHERE NOT EXISTS (
       SELECT FROM named AS n
        WHERE n.hash = r.key_hash AND n.bucket = r.bucket AND n.id = r.owner_id)
