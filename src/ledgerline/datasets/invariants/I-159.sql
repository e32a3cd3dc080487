-- I-159: A mandate counts its rest from the day of its last debit that brought money.
SELECT m.bucket, m.id, m.last_debit_on, d.last_on
  FROM mandate AS m
 CROSS JOIN LATERAL (
       SELECT max(coalesce(a.due_on, (a.sent_at AT TIME ZONE 'UTC')::date)) AS last_on
         FROM attempt AS a
        WHERE a.mandate_id = m.id AND a.bucket = m.bucket AND a.state = 'succeeded') AS d
 WHERE m.last_debit_on IS DISTINCT FROM d.last_on
