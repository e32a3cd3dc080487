-- name: read_intervals
-- All closed intervals that are read, in order.
SELECT {IntervalRow:i - extracts}, i.extracts::text AS extracts
  FROM dataset_interval AS i
 WHERE NOT EXISTS (SELECT FROM dataset_retired_interval AS r WHERE r.interval_no = i.no)
 ORDER BY i.no

-- name: add_interval
-- Close an interval; nobody closes the same one twice.
INSERT INTO dataset_interval ({IntervalRow})
VALUES (%(no)s, %(epoch)s, %(since)s, %(until)s, %(read_at)s, %(extracts)s::jsonb)

-- name: read_releases
-- The newest releases, the current one first.
SELECT {ReleaseRow:r - tables checks}, r.tables::text AS tables, r.checks::text AS checks FROM dataset_release AS r ORDER BY r.no DESC LIMIT %(limit)s

-- name: read_numbered
-- Releases of some numbers.
SELECT {ReleaseRow:r - tables checks}, r.tables::text AS tables, r.checks::text AS checks FROM dataset_release AS r WHERE r.no = ANY(%(nos)s::bigint[]) ORDER BY r.no

-- name: add_release
-- Make a release the current one; nobody releases the same number twice.
INSERT INTO dataset_release ({ReleaseRow})
VALUES (%(no)s, %(interval_no)s, %(business_day)s, %(code_version)s, %(engine)s,
        %(reason)s, %(actor)s, %(restated)s::date[], %(made_at)s, %(tables)s::jsonb, %(checks)s::jsonb)

-- name: put_headline
-- Say in short what the current release says; nobody reads what older ones said.
  WITH older AS (DELETE FROM dataset_headline WHERE release_no < %(release_no)s)
INSERT INTO dataset_headline ({HeadlineRow}) VALUES (%(release_no)s, %(body)s::jsonb)

-- name: read_release
-- One release.
SELECT {ReleaseRow:r - tables checks}, r.tables::text AS tables, r.checks::text AS checks
  FROM dataset_release AS r
 WHERE r.no = %(no)s

-- name: read_named_releases
-- All releases that are read, or were until lately, the current one first.
SELECT {ReleaseRow:r - tables checks}, r.tables::text AS tables, '[]' AS checks
  FROM dataset_release AS r
 WHERE NOT EXISTS (
           SELECT FROM dataset_retired_release AS x
            WHERE x.release_no = r.no AND x.retired_at < %(since)s)
 ORDER BY r.no DESC

-- name: read_restated
-- Which months were built again because somebody said so, by the release that did.
SELECT r.no, r.restated FROM dataset_release AS r WHERE r.restated <> '{}' ORDER BY r.no

-- name: read_closes
-- All closes in order.
SELECT {CloseRow:c} FROM dataset_close AS c ORDER BY c.month, c.no

-- name: add_close
-- Close a month by the current release; nobody closes it twice by one number.
INSERT INTO dataset_close ({CloseRow})
SELECT %(month)s, %(no)s, r.no, %(actor)s, %(closed_at)s
  FROM dataset_release AS r
 WHERE r.no = %(release_no)s
   AND NOT EXISTS (SELECT FROM dataset_release AS n WHERE n.no > r.no)

-- name: read_outworn_releases
-- Releases that no reader needs: another took the place of each long ago, and none closed a month.
SELECT r.no, r.made_at
  FROM dataset_release AS r
 WHERE EXISTS (SELECT FROM dataset_release AS n WHERE n.no > r.no AND n.made_at < %(before)s)
   AND NOT EXISTS (SELECT FROM dataset_close AS c WHERE c.release_no = r.no)
   AND NOT EXISTS (SELECT FROM dataset_retired_release AS x WHERE x.release_no = r.no)
 ORDER BY r.no

-- name: retire_releases
-- Read releases no more, where all that `read_outworn_releases` asks holds still.
INSERT INTO dataset_retired_release (release_no, retired_at)
SELECT r.no, clock_timestamp()
  FROM dataset_release AS r
 WHERE EXISTS (SELECT FROM dataset_release AS n WHERE n.no > r.no AND n.made_at < %(before)s)
   AND NOT EXISTS (SELECT FROM dataset_close AS c WHERE c.release_no = r.no)
   AND NOT EXISTS (SELECT FROM dataset_retired_release AS x WHERE x.release_no = r.no)

-- name: retire_intervals
-- Read intervals no more that come before one which began anew and which the current release has.
INSERT INTO dataset_retired_interval (interval_no, retired_at)
SELECT i.no, clock_timestamp()
  FROM dataset_interval AS i
 WHERE i.no < %(anew)s
   AND EXISTS (SELECT FROM dataset_interval AS n WHERE n.no = %(anew)s AND n.since IS NULL)
   AND %(anew)s <= (SELECT max(r.interval_no) FROM dataset_release AS r)
   AND NOT EXISTS (SELECT FROM dataset_retired_interval AS x WHERE x.interval_no = i.no)

-- name: read_retired_intervals
-- Intervals that are read no more, with what they held.
SELECT {IntervalRow:i - extracts}, i.extracts::text AS extracts
  FROM dataset_retired_interval AS x
  JOIN dataset_interval AS i ON i.no = x.interval_no
 WHERE x.retired_at >= %(since)s
 ORDER BY i.no

-- name: take_lease
-- Take the lake where nobody holds it.
INSERT INTO dataset_lease (name, token, holder, taken_at, expires_at)
SELECT %(name)s, %(token)s::uuid, %(holder)s, clock_timestamp(),
       clock_timestamp() + make_interval(secs => %(seconds)s::integer)
    ON CONFLICT ON CONSTRAINT dataset_lease_pk DO UPDATE
   SET token = excluded.token, holder = excluded.holder, taken_at = excluded.taken_at,
       expires_at = excluded.expires_at
 WHERE dataset_lease.expires_at <= clock_timestamp()

-- name: extend_lease
-- Hold on to the lake.
UPDATE dataset_lease AS l
   SET expires_at = clock_timestamp() + make_interval(secs => %(seconds)s::integer)
 WHERE l.name = %(name)s AND l.token = %(token)s AND l.expires_at > clock_timestamp()

-- name: give_lease_back
-- Give the lake back.
UPDATE dataset_lease AS l
   SET token = NULL, holder = NULL, expires_at = clock_timestamp()
 WHERE l.name = %(name)s AND l.token = %(token)s

-- name: hold_lease
-- The lease if it is still held by a token; the lock keeps it from being taken before the commit.
SELECT {LeaseRow:l}
  FROM dataset_lease AS l
 WHERE l.name = %(name)s AND l.token = %(token)s AND l.expires_at > clock_timestamp()
   FOR SHARE

-- name: read_lease
-- Who holds the lake, if anybody does.
SELECT {LeaseRow:l}
  FROM dataset_lease AS l
 WHERE l.name = %(name)s AND l.expires_at > clock_timestamp()

-- name: add_outcome
-- Say what a run came to.
INSERT INTO dataset_run (no, {OutcomeRow})
SELECT coalesce(max(r.no), 0) + 1, %(holder)s, %(began_at)s, %(ended_at)s, %(outcome)s, %(said)s,
       %(release_no)s::integer, %(next_at)s::timestamptz
  FROM dataset_run AS r

-- name: read_outcomes
-- The newest runs, the last one first.
SELECT {OutcomeRow:r} FROM dataset_run AS r ORDER BY r.no DESC LIMIT %(limit)s

-- name: read_last_good
-- The last run that released, or found that nothing had changed.
SELECT {OutcomeRow:r}
  FROM dataset_run AS r
 WHERE r.outcome IN ('released', 'unchanged')
 ORDER BY r.no DESC
 LIMIT 1
