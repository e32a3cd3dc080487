-- I-181: An exported interval begins where the one before it ended, or reads everything anew.
SELECT i.no, i.since, i.until
  FROM dataset_interval AS i
  LEFT JOIN dataset_interval AS b ON b.no = i.no - 1
 WHERE i.since IS NOT NULL
   AND (b.epoch, b.until) IS DISTINCT FROM (i.epoch, i.since)
