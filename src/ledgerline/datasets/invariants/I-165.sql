-- I-165: At an account that is debited by mandates, whatever is charged is a mandate.
SELECT i.bucket, i.payment_method_id, i.psp_account, i.setup_id
  FROM instrument AS i
 WHERE EXISTS (SELECT FROM mandate AS x WHERE x.psp_account = i.psp_account)
   AND NOT EXISTS (
       SELECT FROM mandate AS m
        WHERE m.psp_account = i.psp_account AND m.psp_token = i.psp_token AND m.bucket = i.bucket)
