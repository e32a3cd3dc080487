-- name: read_places
-- Where some documents stand in the register of their series, or whether they wait for it.
SELECT n.id AS document_id, d.display AS number, d.hash AS seal, q.document_id IS NOT NULL AS is_waiting
  FROM unnest(%(buckets)s::smallint[], %(ids)s::uuid[], %(series_ids)s::uuid[])
       AS n (bucket, id, series_id)
  LEFT JOIN document_number AS d
    ON d.series_id = n.series_id AND d.document_id = n.id
  LEFT JOIN numbering_queue AS q ON q.bucket = n.bucket AND q.document_id = n.id
