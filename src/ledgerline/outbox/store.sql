-- name: append
-- Append events, in bulk.
COPY event ({EventRow}) FROM STDIN (FORMAT BINARY)

-- name: claim_unrelayed
-- locks: outbox
-- The lowest unrelayed event of each aggregate in a bucket range; other relays skip them. A later
-- one waits until the lower is relayed for good: the lower may be locked by a relay that will die.
SELECT {EventRow:e - body}, e.body::text AS body
  FROM event AS e
 WHERE e.relayed_at IS NULL
   AND e.bucket >= %(bucket_from)s AND e.bucket < %(bucket_to)s
   AND NOT EXISTS (
       SELECT FROM event AS p
        WHERE p.aggregate_id = e.aggregate_id AND p.bucket = e.bucket AND p.seq < e.seq
          AND p.relayed_at IS NULL)
 ORDER BY e.bucket, e.id
 LIMIT %(limit)s
   FOR NO KEY UPDATE OF e SKIP LOCKED

-- name: mark_relayed
-- Stamp relayed events; they were claimed, so nobody else has stamped them.
UPDATE event AS e
   SET relayed_at = %(relayed_at)s
  FROM unnest(%(buckets)s::smallint[], %(ids)s::uuid[]) AS r (bucket, id)
 WHERE e.id = r.id AND e.bucket = r.bucket
