-- name: open_ranges
-- Make the ranges of a job that do not exist yet.
INSERT INTO lease (job, bucket_from, bucket_to)
SELECT %(job)s, n.bucket_from, n.bucket_to
  FROM unnest(%(bucket_from)s::smallint[], %(bucket_to)s::smallint[]) AS n (bucket_from, bucket_to)
    ON CONFLICT ON CONSTRAINT lease_pk DO NOTHING

-- name: claim
-- Take the ranges of a job that nobody holds, longest unheld first; other workers skip them.
UPDATE lease AS l
   SET token = %(token)s, holder = %(holder)s,
       expires_at = clock_timestamp() + make_interval(secs => %(seconds)s::integer)
  FROM (SELECT f.job, f.bucket_from
          FROM lease AS f
         WHERE f.job = %(job)s AND f.expires_at <= clock_timestamp()
         ORDER BY f.expires_at, f.bucket_from
         LIMIT %(limit)s
           FOR NO KEY UPDATE SKIP LOCKED) AS free
 WHERE l.job = free.job AND l.bucket_from = free.bucket_from
RETURNING l.bucket_from, l.bucket_to

-- name: extend
-- Hold on to what is still held.
UPDATE lease AS l
   SET expires_at = clock_timestamp() + make_interval(secs => %(seconds)s::integer)
 WHERE l.job = %(job)s AND l.token = %(token)s AND l.expires_at > clock_timestamp()

-- name: release
-- Give ranges back; the time keeps the order in which they are taken next.
UPDATE lease AS l
   SET token = NULL, holder = NULL, expires_at = clock_timestamp()
 WHERE l.job = %(job)s AND l.token = %(token)s

-- name: hold
-- The ranges a token still holds; the lock keeps them from being taken before the commit.
SELECT l.bucket_from, l.bucket_to
  FROM lease AS l
 WHERE l.job = %(job)s AND l.token = %(token)s AND l.expires_at > clock_timestamp()
 ORDER BY l.bucket_from
   FOR SHARE
