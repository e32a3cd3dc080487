-- I-184: A month of the data sets was over in the release by which it is closed.
SELECT c.month, c.no, r.no AS release_no, r.business_day
  FROM dataset_close AS c
  JOIN dataset_release AS r ON r.no = c.release_no
 WHERE r.business_day < (c.month + interval '1 month')::date
