-- name: server
-- What the server is and how it is set. A zone has many names: it is UTC if it never differs.
SELECT current_setting('server_version_num')::integer AS version,
       current_database()::text AS database, current_setting('server_encoding') AS encoding,
       current_setting('TimeZone') AS timezone,
       (SELECT bool_and(extract(timezone FROM t) = 0)
          FROM generate_series(timestamptz '1970-01-01 00:00Z', timestamptz '2060-01-01 00:00Z',
                               interval '6 months') AS t) AS is_utc,
       current_setting('fsync') AS fsync, current_setting('full_page_writes') AS full_page_writes,
       current_setting('synchronous_commit') AS synchronous_commit,
       current_setting('max_connections')::integer AS max_connections,
       clock_timestamp() AS clock

-- name: work
-- What waits, and how long it has waited.
SELECT (SELECT count(*) FROM subscription AS s WHERE s.parked IS NOT NULL) AS parked,
       (SELECT array_agg(n.id) FROM (SELECT s.id FROM subscription AS s WHERE s.parked IS NOT NULL
                                      ORDER BY s.id LIMIT 3) AS n) AS parked_subscriptions,
       (SELECT count(*) FROM attempt AS a WHERE a.state = 'unknown'
           AND a.unknown_since < %(now)s::timestamptz - interval '3 days') AS unknown_for_days,
       (SELECT array_agg(n.payment_id)
          FROM (SELECT a.payment_id FROM attempt AS a WHERE a.state = 'unknown'
                   AND a.unknown_since < %(now)s::timestamptz - interval '3 days'
                 ORDER BY a.unknown_since LIMIT 3) AS n) AS unknown_payments,
       (SELECT array_agg(DISTINCT a.psp_account) FROM attempt AS a WHERE a.state = 'unknown'
           AND a.unknown_since < %(now)s::timestamptz - interval '3 days') AS unknown_accounts,
       (SELECT count(*) FROM subscription AS s WHERE s.parked IS NULL
           AND s.next_bill_at < %(now)s::timestamptz - interval '2 days') AS overdue_bills,
       (SELECT p.paused_by FROM billing_pause AS p WHERE p.resumed_at IS NULL) AS paused_by,
       (SELECT count(*) FROM money_exception AS x WHERE x.closed_at IS NULL) AS open_exceptions,
       (SELECT array_agg(x.detail ORDER BY x.detail) FROM money_exception AS x
         WHERE x.closed_at IS NULL AND x.reason = 'account_refuses_us') AS refusing,
       (SELECT count(*) FROM event AS e WHERE e.relayed_at IS NULL) AS unrelayed_events,
       (SELECT count(*) FROM numbering_queue AS q) AS unnumbered,
       (SELECT count(*) FROM lease AS l WHERE l.expires_at > clock_timestamp() - interval '1 minute') AS recent_leases
