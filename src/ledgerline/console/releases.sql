-- name: releases
-- The newest releases, the current one first.
SELECT r.no, r.business_day, r.engine, r.reason, r.actor, r.made_at, i.read_at
  FROM dataset_release AS r
  JOIN dataset_interval AS i ON i.no = r.interval_no
 ORDER BY r.no DESC
 LIMIT %(limit)s

-- name: audits
-- What the checks of a release found; what does not hold first.
SELECT c.value ->> 'name' AS name, c.value ->> 'sentence' AS sentence,
       (c.value ->> 'broken')::bigint AS broken
  FROM dataset_release AS r
 CROSS JOIN LATERAL jsonb_array_elements(r.checks) AS c (value)
 WHERE r.no = %(no)s
 ORDER BY (c.value ->> 'broken')::bigint DESC, c.value ->> 'name'
 LIMIT 1000

-- name: tables
-- Which tables a release names.
SELECT t.name
  FROM dataset_release AS r
 CROSS JOIN LATERAL jsonb_object_keys(r.tables) AS t (name)
 WHERE r.no = %(no)s
 ORDER BY t.name

-- name: runs
-- The newest runs, the last one first.
SELECT r.began_at, r.ended_at, r.outcome, r.said, r.release_no, r.next_at
  FROM dataset_run AS r
 ORDER BY r.no DESC
 LIMIT %(limit)s
