-- name: read_switch
-- The switch of a model that holds for a seller.
SELECT s.kind, s.seller_code, s.no, s.mode, s.percent, s.explore_below::text AS explore_below,
       s.changed_by, s.reason, s.changed_at
  FROM model_switch AS s
 WHERE s.kind = %(kind)s AND s.seller_code = %(seller_code)s
 ORDER BY s.no DESC
 LIMIT 1

-- name: add_switch
-- Change a switch; nobody changes it twice by one number.
INSERT INTO model_switch ({SwitchRow})
VALUES (%(kind)s, %(seller_code)s, %(no)s, %(mode)s, %(percent)s, %(explore_below)s::jsonb,
        %(changed_by)s, %(reason)s, %(changed_at)s)

-- name: read_switches
-- The switches of a model that hold, and who changed each last.
SELECT DISTINCT ON (s.seller_code)
       s.kind, s.seller_code, s.no, s.mode, s.percent, s.explore_below::text AS explore_below,
       s.changed_by, s.reason, s.changed_at
  FROM model_switch AS s
 WHERE s.kind = %(kind)s
 ORDER BY s.seller_code, s.no DESC
 LIMIT 1000

-- name: open_cursor
-- Begin to count; nothing where it has begun.
INSERT INTO router_cursor (kind, tick, upto, tick_from, window_from, counted_at)
VALUES ('routing', %(tick)s, 0, 0, 0, statement_timestamp())
    ON CONFLICT ON CONSTRAINT router_cursor_pk DO NOTHING

-- name: lock_cursor
-- Where the counting stands; who counts waits for who does.
SELECT {CursorRow:c - done}, pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS done
  FROM router_cursor AS c
 WHERE c.kind = 'routing'
   FOR NO KEY UPDATE

-- name: count_outcomes
-- Count what closed attempts between two fences, by what was known when each was routed. Of a card
-- number that is refused twenty times in the window, and four times in five, nothing teaches.
INSERT INTO router_delta
       (upto, market, region, brand, funding, psp_account, is_burst, tick, tries, approved)
WITH closed AS (
    SELECT e.fence, d.features, a.psp_account, a.initiator, e.outcome, i.bin
      FROM attempt_evidence AS e
      JOIN attempt AS a ON a.id = e.attempt_id AND a.bucket = e.bucket
      JOIN decision AS d ON d.id = a.decision_id AND d.bucket = a.bucket
      LEFT JOIN LATERAL (
           SELECT n.bin
             FROM payment AS p
             JOIN instrument AS n
               ON n.payment_method_id = p.payment_method_id AND n.bucket = p.bucket
            WHERE p.id = a.payment_id AND p.bucket = a.bucket AND n.psp_account = a.psp_account
            LIMIT 1) AS i ON true
     WHERE e.fence >= %(window_from)s AND e.fence < %(upto)s AND e.no = 1
       AND e.outcome IN ('succeeded', 'declined') AND d.features IS NOT NULL
       AND coalesce(a.category, '')
           NOT IN ('customer_canceled', 'duplicate', 'merchant_config')
), burst AS (
    SELECT c.bin
      FROM closed AS c
     WHERE c.bin IS NOT NULL AND c.initiator = 'customer'
     GROUP BY c.bin
    HAVING count(*) FILTER (WHERE c.outcome = 'declined') >= 20
       AND 5 * count(*) FILTER (WHERE c.outcome = 'declined') >= 4 * count(*)
), told AS (
    SELECT c.features, c.psp_account, c.outcome,
           c.initiator = 'customer' AND EXISTS (SELECT FROM burst AS b WHERE b.bin = c.bin)
               AS is_burst
      FROM closed AS c
     WHERE c.fence >= %(since)s
)
SELECT %(upto)s, t.features ->> 'market', t.features ->> 'region', t.features ->> 'brand',
       t.features ->> 'funding', t.psp_account, t.is_burst, %(tick)s, count(*),
       count(*) FILTER (WHERE t.outcome = 'succeeded')
  FROM told AS t
 GROUP BY t.features, t.psp_account, t.is_burst

-- name: count_shares
-- Add up by what propensities accounts were chosen between two fences.
INSERT INTO router_share (tick, market, region, brand, funding, psp_account, ppm)
SELECT %(tick)s, d.features ->> 'market', d.features ->> 'region', d.features ->> 'brand',
       d.features ->> 'funding', c.account, sum(c.ppm)
  FROM decision AS d
 CROSS JOIN LATERAL jsonb_to_recordset(d.candidates) AS c (account text, ppm bigint)
 WHERE d.fence >= %(since)s AND d.fence < %(upto)s AND d.kind = 'route'
   AND d.features IS NOT NULL AND c.ppm > 0
 GROUP BY d.features, c.account
    ON CONFLICT ON CONSTRAINT router_share_pk
    DO UPDATE SET ppm = router_share.ppm + excluded.ppm

-- name: count_faults
-- Add up for what reasons models were not believed between two fences.
INSERT INTO model_fault (kind, tick, why, decisions, seen_at)
SELECT CASE d.kind WHEN 'route' THEN 'routing' ELSE d.kind END, %(tick)s,
       d.learned ->> 'ignored', count(*), max(d.decided_at)
  FROM decision AS d
 WHERE d.fence >= %(since)s AND d.fence < %(upto)s AND d.learned ->> 'ignored' IS NOT NULL
 GROUP BY d.kind, d.learned ->> 'ignored'
    ON CONFLICT ON CONSTRAINT model_fault_pk
    DO UPDATE SET decisions = model_fault.decisions + excluded.decisions,
                  seen_at = greatest(model_fault.seen_at, excluded.seen_at)

-- name: move_cursor
-- Say how far is counted.
UPDATE router_cursor
   SET tick = %(tick)s, upto = %(upto)s, tick_from = %(tick_from)s, window_from = %(window_from)s,
       counted_at = statement_timestamp()
 WHERE kind = 'routing'

-- name: read_router
-- Where the counting stands.
SELECT c.tick, c.upto,
       greatest(floor(extract(epoch FROM statement_timestamp() - c.counted_at)), 0)::integer
           AS age_seconds
  FROM router_cursor AS c
 WHERE c.kind = 'routing'

-- name: read_deltas
-- Outcomes that were counted after a fence, in the order of their counting; no bursts.
SELECT {DeltaRow:d}
  FROM router_delta AS d
 WHERE d.tick >= %(tick)s AND d.upto > %(since)s AND d.upto <= %(upto)s AND NOT d.is_burst
 ORDER BY d.upto, d.market, d.region, d.brand, d.funding, d.psp_account

-- name: read_shares
-- How decisions of some ticks were shared.
SELECT s.market, s.region, s.brand, s.funding, s.psp_account, sum(s.ppm)::bigint AS ppm
  FROM router_share AS s
 WHERE s.tick >= %(since)s AND s.tick < %(upto)s
 GROUP BY s.market, s.region, s.brand, s.funding, s.psp_account

-- name: read_snapshot
-- The newest snapshot of the model.
SELECT {SnapshotRow:s} FROM router_snapshot AS s ORDER BY s.tick DESC LIMIT 1

-- name: add_snapshot
-- Keep what the model knew after a tick; nothing where somebody did.
INSERT INTO router_snapshot ({SnapshotRow})
VALUES (%(tick)s, %(upto)s, %(body)s, %(taken_at)s)
    ON CONFLICT ON CONSTRAINT router_snapshot_pk DO NOTHING

-- name: drop_snapshots
-- Forget snapshots that a newer one has taken the place of.
DELETE FROM router_snapshot AS s WHERE s.tick < %(before)s

-- name: drop_shares
-- Forget how decisions of long ago were shared.
DELETE FROM router_share AS s WHERE s.tick < %(before)s

-- name: sum_up_deltas
-- Sum up outcomes of long ago: all of them stay counted, by no time any more.
WITH old AS (
    DELETE FROM router_delta AS d
     WHERE d.tick > 0 AND d.tick < %(before)s
    RETURNING d.market, d.region, d.brand, d.funding, d.psp_account, d.is_burst, d.tries,
              d.approved
)
INSERT INTO router_delta
       (upto, market, region, brand, funding, psp_account, is_burst, tick, tries, approved)
SELECT 0, o.market, o.region, o.brand, o.funding, o.psp_account, o.is_burst, 0, sum(o.tries),
       sum(o.approved)
  FROM old AS o
 GROUP BY o.market, o.region, o.brand, o.funding, o.psp_account, o.is_burst
    ON CONFLICT ON CONSTRAINT router_delta_pk
    DO UPDATE SET tries = router_delta.tries + excluded.tries,
                  approved = router_delta.approved + excluded.approved

-- name: read_faults
-- The newest reasons for which a model was not believed.
SELECT {FaultRow:f}
  FROM model_fault AS f
 WHERE f.kind = %(kind)s
 ORDER BY f.tick DESC, f.why
 LIMIT 100

-- name: read_timers
-- How far sellers let a model decide when refused payments are tried again, and the newest model.
SELECT s.seller_code, s.mode, s.percent, s.explore_below::text AS explore_below, m.version, m.body,
       m.sha256, m.trained_at
  FROM (SELECT DISTINCT ON (w.seller_code) w.seller_code, w.mode, w.percent, w.explore_below
          FROM model_switch AS w
         WHERE w.kind = 'retry'
         ORDER BY w.seller_code, w.no DESC
         LIMIT 1000) AS s
  LEFT JOIN LATERAL (
       SELECT n.version, n.body, n.sha256, n.trained_at
         FROM retry_model AS n
        ORDER BY n.version DESC
        LIMIT 1) AS m ON true
 WHERE s.mode <> 'off'

-- name: read_loaded
-- The table of retry timing that was loaded last.
SELECT {LoadedRow:m - metrics}, m.metrics::text AS metrics
  FROM retry_model AS m
 ORDER BY m.version DESC
 LIMIT 1

-- name: add_model
-- Load a table of retry timing as the next version.
INSERT INTO retry_model ({RetryModelRow})
VALUES (%(version)s, %(body)s, %(sha256)s, %(metrics)s::jsonb, %(trained_at)s, %(loaded_at)s,
        %(loaded_by)s, %(reason)s)
