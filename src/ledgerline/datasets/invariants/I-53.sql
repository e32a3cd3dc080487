-- I-53: A provider's token belongs to one customer, and is reserved while it is attached.
WITH attached AS (
     SELECT m.bucket, m.customer_id, i.psp_account,
            sha256(convert_to(concat(octet_length(i.psp_account), ':', i.psp_account,
                                     octet_length(i.psp_token), ':', i.psp_token), 'UTF8')) AS hash
       FROM instrument AS i
       JOIN payment_method AS m ON m.id = i.payment_method_id AND m.bucket = i.bucket),
     reserved AS (
     SELECT g.key_hash, g.bucket, g.owner_id FROM global_key AS g WHERE g.kind = 'payment_token')
SELECT a.bucket, a.customer_id, a.psp_account, 'another owner or none' AS fault
  FROM attached AS a
 WHERE NOT EXISTS (
       SELECT FROM reserved AS r
        WHERE r.key_hash = a.hash AND r.bucket = a.bucket AND r.owner_id = a.customer_id)
 UNION ALL
SELECT r.bucket, r.owner_id, NULL, 'reserved for nothing'
  FROM reserved AS r
 WHERE NOT EXISTS (
       SELECT FROM attached AS a
        WHERE a.hash = r.key_hash AND a.bucket = r.bucket AND a.customer_id = r.owner_id)
