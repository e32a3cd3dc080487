-- name: append
-- Append events, in bulk.
COPY event ({EventRow}) FROM STDIN (FORMAT BINARY)

-- name: claim_unrelayed
-- locks: outbox
-- The lowest unrelayed event of each aggregate in a bucket range; other relays skip them. A later
-- one waits until the lower is relayed for good: the lower may be locked by a relay that will die.
SELECT {EventRow:e}
  FROM event AS e
 WHERE e.relayed_at IS NULL
   AND e.bucket >= %(bucket_from)s AND e.bucket < %(bucket_to)s
   AND e.seq = (SELECT min(p.seq)
                  FROM event AS p
                 WHERE p.bucket = e.bucket AND p.aggregate_id = e.aggregate_id
                   AND p.relayed_at IS NULL)
 ORDER BY e.bucket, e.aggregate_id, e.seq
 LIMIT %(limit)s
   FOR NO KEY UPDATE SKIP LOCKED

-- name: mark_relayed
-- Stamp relayed events; they were claimed, so nobody else has stamped them.
UPDATE event AS e
   SET relayed_at = %(relayed_at)s
  FROM unnest(%(buckets)s::smallint[], %(aggregate_ids)s::uuid[], %(seqs)s::integer[])
       AS r (bucket, aggregate_id, seq)
 WHERE e.bucket = r.bucket AND e.aggregate_id = r.aggregate_id AND e.seq = r.seq
