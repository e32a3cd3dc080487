-- name: headline
-- What the current release says in short.
SELECT r.no, r.business_day, r.made_at, h.body::text AS body
  FROM dataset_headline AS h
  JOIN dataset_release AS r ON r.no = h.release_no
 ORDER BY h.release_no DESC
 LIMIT 1
