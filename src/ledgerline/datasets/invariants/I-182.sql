-- I-182: Months of the data sets are closed in order, and each by numbers from one.
SELECT c.month, c.no
  FROM (SELECT d.month, d.no,
               row_number() OVER (PARTITION BY d.month ORDER BY d.no) AS place,
               min(d.month) OVER () AS first_month
          FROM dataset_close AS d) AS c
 WHERE c.no <> c.place
    OR (c.month > c.first_month
        AND NOT EXISTS (SELECT FROM dataset_close AS b
                         WHERE b.month = (c.month - interval '1 month')::date))
