-- I-183: An exported interval is retired only where the current release has read everything anew.
SELECT x.interval_no, x.retired_at
  FROM dataset_retired_interval AS x
 WHERE NOT EXISTS (
           SELECT FROM dataset_interval AS n
             JOIN dataset_release AS r ON r.interval_no >= n.no
            WHERE n.no > x.interval_no AND n.since IS NULL)
