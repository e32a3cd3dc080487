-- I-180: What closed a month of the data sets is never retired, nor is the current release.
SELECT x.release_no, x.retired_at
  FROM dataset_retired_release AS x
 WHERE EXISTS (SELECT FROM dataset_close AS c WHERE c.release_no = x.release_no)
    OR NOT EXISTS (SELECT FROM dataset_release AS n WHERE n.no > x.release_no)
