-- name: read_intervals
-- All closed intervals in order.
SELECT {IntervalRow:i - extracts}, i.extracts::text AS extracts FROM dataset_interval AS i ORDER BY i.no

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
        %(reason)s, %(actor)s, %(made_at)s, %(tables)s::jsonb, %(checks)s::jsonb)
