-- I-158: A method is debited by the mandate that stands for the one that was replaced.
-- One that was detached has no instruments.
SELECT m.bucket, m.id, m.payment_method_id, m.replaced_by
  FROM mandate AS m
 WHERE m.state = 'replaced'
   AND EXISTS (SELECT FROM instrument AS i
                WHERE i.payment_method_id = m.payment_method_id AND i.bucket = m.bucket
                  AND i.psp_account = m.psp_account)
   AND (EXISTS (SELECT FROM instrument AS i
                 WHERE i.psp_account = m.psp_account AND i.psp_token = m.psp_token
                   AND i.bucket = m.bucket AND i.state = 'active')
        OR NOT EXISTS (SELECT FROM mandate AS n
                        WHERE n.psp_account = m.psp_account AND n.psp_token = m.replaced_by
                          AND n.bucket = m.bucket))
