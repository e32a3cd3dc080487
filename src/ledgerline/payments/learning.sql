-- name: read_switch
-- The switch of a model that holds for a seller.
SELECT s.kind, s.seller_code, s.no, s.mode, s.percent, s.explore_below::text AS explore_below,
       s.changed_by, s.reason, s.changed_at, s.unmet::text AS unmet
  FROM model_switch AS s
 WHERE s.kind = %(kind)s AND s.seller_code = %(seller_code)s
 ORDER BY s.no DESC
 LIMIT 1

-- name: add_switch
-- Change a switch; nobody changes it twice by one number.
INSERT INTO model_switch ({SwitchRow})
VALUES (%(kind)s, %(seller_code)s, %(no)s, %(mode)s, %(percent)s, %(explore_below)s::jsonb,
        %(changed_by)s, %(reason)s, %(changed_at)s, %(unmet)s::jsonb)

-- name: read_switches
-- The switches of a model that hold, and who changed each last.
SELECT DISTINCT ON (s.seller_code)
       s.kind, s.seller_code, s.no, s.mode, s.percent, s.explore_below::text AS explore_below,
       s.changed_by, s.reason, s.changed_at, s.unmet::text AS unmet
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
-- number that is refused twenty times in the window, and four times in five, nothing teaches; nor
-- does what comes of one card after three in the window, which a provider knows it by, else its
-- payment method.
INSERT INTO router_delta
       (upto, market, region, brand, funding, psp_account, is_burst, tick, tries, approved)
WITH closed AS (
    SELECT e.fence, d.features, a.psp_account, a.initiator, e.outcome, i.bin,
           i.card IS NOT NULL
               AND row_number() OVER (PARTITION BY i.card ORDER BY e.fence, a.id) > 3 AS is_more
      FROM attempt_evidence AS e
      JOIN attempt AS a ON a.id = e.attempt_id AND a.bucket = e.bucket
      JOIN decision AS d ON d.id = a.decision_id AND d.bucket = a.bucket
      LEFT JOIN LATERAL (
           SELECT n.bin,
                  coalesce(encode(n.fingerprint_hash, 'hex'), p.payment_method_id::text) AS card
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
           c.is_more OR c.initiator = 'customer'
               AND EXISTS (SELECT FROM burst AS b WHERE b.bin = c.bin) AS is_burst
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
-- Add up for what reasons models were not believed between two fences, by whose charges they were;
-- of a market that nobody sells in any more that is not known.
INSERT INTO model_fault (kind, tick, seller_code, why, decisions, seen_at)
SELECT CASE d.kind WHEN 'route' THEN 'routing' ELSE d.kind END, %(tick)s,
       coalesce(m.seller_code, ''), d.learned ->> 'ignored', count(*), max(d.decided_at)
  FROM decision AS d
  LEFT JOIN unnest(%(code)s::text[], %(seller_code)s::text[]) AS m (code, seller_code)
    ON m.code = d.features ->> 'market'
 WHERE d.fence >= %(since)s AND d.fence < %(upto)s AND d.learned ->> 'ignored' IS NOT NULL
 GROUP BY d.kind, coalesce(m.seller_code, ''), d.learned ->> 'ignored'
    ON CONFLICT ON CONSTRAINT model_fault_pk
    DO UPDATE SET decisions = model_fault.decisions + excluded.decisions,
                  seen_at = greatest(model_fault.seen_at, excluded.seen_at)

-- name: tally_routes
-- Add up what came of first tries between two fences about which a model was believed, by whether
-- it decided, under the switch that held then. A cell is of all customers of eight buckets.
INSERT INTO model_tally (kind, seller_code, no, version, acts, cell, tries, good)
SELECT 'routing', m.seller_code, s.no, 0, (d.learned ->> 'acts')::boolean, e.bucket / 8, count(*),
       count(*) FILTER (WHERE e.outcome = 'succeeded')
  FROM attempt_evidence AS e
  JOIN attempt AS a ON a.id = e.attempt_id AND a.bucket = e.bucket
  JOIN decision AS d ON d.id = a.decision_id AND d.bucket = a.bucket
  JOIN unnest(%(code)s::text[], %(seller_code)s::text[]) AS m (code, seller_code)
    ON m.code = d.features ->> 'market'
  JOIN LATERAL (
       SELECT w.no, w.mode, w.percent
         FROM model_switch AS w
        WHERE w.kind = 'routing' AND w.seller_code = m.seller_code AND w.changed_at <= d.decided_at
        ORDER BY w.no DESC
        LIMIT 1) AS s
    ON s.mode = d.learned ->> 'mode' AND s.percent = (d.learned ->> 'percent')::smallint
 WHERE e.fence >= %(since)s AND e.fence < %(upto)s AND e.no = 1
   AND d.learned ->> 'chosen' IS NOT NULL AND right(d.features ->> 'brand', 6) <> ' again'
 GROUP BY m.seller_code, s.no, d.learned ->> 'acts', e.bucket / 8
    ON CONFLICT ON CONSTRAINT model_tally_pk
    DO UPDATE SET tries = model_tally.tries + excluded.tries,
                  good = model_tally.good + excluded.good

-- name: tally_retries
-- The same of the first tries again by machine, each of the moment that was decided before it.
INSERT INTO model_tally (kind, seller_code, no, version, acts, cell, tries, good)
SELECT 'retry', m.seller_code, s.no, (d.learned ->> 'version')::integer,
       (d.learned ->> 'acts')::boolean, e.bucket / 8, count(*),
       count(*) FILTER (WHERE e.outcome = 'succeeded')
  FROM attempt_evidence AS e
  JOIN attempt AS a ON a.id = e.attempt_id AND a.bucket = e.bucket
  JOIN attempt AS b
    ON b.payment_id = a.payment_id AND b.bucket = a.bucket AND b.ordinal = a.ordinal - 1
  JOIN retry_plan AS r
    ON r.payment_id = b.payment_id AND r.bucket = b.bucket AND r.attempt_id = b.id
  JOIN decision AS d ON d.id = r.decision_id AND d.bucket = r.bucket
  JOIN unnest(%(code)s::text[], %(seller_code)s::text[]) AS m (code, seller_code)
    ON m.code = d.features ->> 'market'
  JOIN LATERAL (
       SELECT w.no, w.mode, w.percent
         FROM model_switch AS w
        WHERE w.kind = 'retry' AND w.seller_code = m.seller_code AND w.changed_at <= d.decided_at
        ORDER BY w.no DESC
        LIMIT 1) AS s
    ON s.mode = d.learned ->> 'mode' AND s.percent = (d.learned ->> 'percent')::smallint
 WHERE e.fence >= %(since)s AND e.fence < %(upto)s AND e.no = 1 AND a.initiator = 'merchant'
   AND r.tries = 1 AND d.learned ->> 'chosen' IS NOT NULL
 GROUP BY m.seller_code, s.no, d.learned ->> 'version', d.learned ->> 'acts', e.bucket / 8
    ON CONFLICT ON CONSTRAINT model_tally_pk
    DO UPDATE SET tries = model_tally.tries + excluded.tries,
                  good = model_tally.good + excluded.good

-- name: read_arms
-- What came of first tries under a switch, by version and by whether a model decided.
SELECT t.version, t.acts, count(*) AS cells, sum(t.tries) AS tries, sum(t.good) AS good,
       sum(t.tries::bigint * t.tries)::bigint AS squares,
       sum(t.tries::bigint * t.good)::bigint AS products,
       sum(t.good::bigint * t.good)::bigint AS good_squares
  FROM model_tally AS t
 WHERE t.kind = %(kind)s AND t.seller_code = %(seller_code)s AND t.no = %(no)s
 GROUP BY t.version, t.acts
 ORDER BY t.version, t.acts

-- name: count_features
-- Add up of what kind decisions between two fences were, and by how much what was drawn was drawn.
INSERT INTO model_feature (kind, day, feature, level, decisions)
SELECT CASE d.kind WHEN 'route' THEN 'routing' ELSE d.kind END,
       (d.decided_at AT TIME ZONE 'UTC')::date, f.feature, f.level, count(*)
  FROM decision AS d
 CROSS JOIN LATERAL (VALUES
       ('market', d.features ->> 'market'),
       ('region', d.features ->> 'region'),
       ('network', split_part(d.features ->> 'brand', ' ', 1)),
       ('who', CASE d.kind WHEN 'route' THEN split_part(d.features ->> 'brand', ' ', 2) END),
       ('funding', d.features ->> 'funding'),
       ('category', d.features ->> 'category'),
       ('tries', CASE WHEN d.features ? 'tries'
                      THEN least((d.features ->> 'tries')::integer, 6)::text END),
       ('propensity', CASE WHEN d.learned ? 'chosen' THEN least(coalesce(
            (d.learned -> 'ppm' ->> (d.learned ->> 'chosen'))::integer,
            (d.learned ->> 'drawn_ppm')::integer) / 100000, 9)::text END)) AS f (feature, level)
 WHERE d.fence >= %(since)s AND d.fence < %(upto)s AND d.features IS NOT NULL
   AND f.level IS NOT NULL
 GROUP BY d.kind, (d.decided_at AT TIME ZONE 'UTC')::date, f.feature, f.level
    ON CONFLICT ON CONSTRAINT model_feature_pk
    DO UPDATE SET decisions = model_feature.decisions + excluded.decisions

-- name: count_delays
-- Add up how long after it was sent the end of an attempt became known, between two fences.
INSERT INTO model_feature (kind, day, feature, level, decisions)
SELECT 'routing', c.day, 'delay', c.level, count(*)
  FROM (SELECT (e.recorded_at AT TIME ZONE 'UTC')::date AS day,
               CASE WHEN e.recorded_at - a.sent_at < interval '1 minute' THEN 'a minute'
                    WHEN e.recorded_at - a.sent_at < interval '1 hour' THEN 'an hour'
                    WHEN e.recorded_at - a.sent_at < interval '1 day' THEN 'a day'
                    ELSE 'longer' END AS level
          FROM attempt_evidence AS e
          JOIN attempt AS a ON a.id = e.attempt_id AND a.bucket = e.bucket
         WHERE e.fence >= %(since)s AND e.fence < %(upto)s AND e.no = 1
           AND a.decision_id IS NOT NULL) AS c
 GROUP BY c.day, c.level
    ON CONFLICT ON CONSTRAINT model_feature_pk
    DO UPDATE SET decisions = model_feature.decisions + excluded.decisions

-- name: read_features
-- Of what kind decisions were since a day, and in the days of reference before it.
SELECT f.feature, f.level,
       coalesce(sum(f.decisions) FILTER (WHERE f.day < %(since)s), 0) AS before,
       coalesce(sum(f.decisions) FILTER (WHERE f.day >= %(since)s), 0) AS recent
  FROM model_feature AS f
 WHERE f.kind = %(kind)s AND f.day >= %(reference)s
 GROUP BY f.feature, f.level
 ORDER BY f.feature, f.level

-- name: drop_features
-- Forget of what kind decisions of long ago were.
DELETE FROM model_feature AS f WHERE f.kind IN ('routing', 'retry') AND f.day < %(before)s

-- name: count_beliefs
-- Add up how likely models took tries to succeed that ended between two fences, and how many did.
-- What is not executed, and what a payer cancels, says nothing, as it teaches nothing.
INSERT INTO model_belief (kind, week, tenth, tries, believed, good)
WITH told AS (
    SELECT 'routing' AS kind, d.decided_at, e.outcome,
           (1000000 / (1 + exp(-t.milli / 1000)))::bigint AS believed
      FROM attempt_evidence AS e
      JOIN attempt AS a ON a.id = e.attempt_id AND a.bucket = e.bucket
      JOIN decision AS d ON d.id = a.decision_id AND d.bucket = a.bucket
     CROSS JOIN LATERAL (
           SELECT greatest(least(sum(n.value::numeric), 20000), -20000) AS milli
             FROM jsonb_each_text(d.learned -> 'terms' -> a.psp_account) AS n
           HAVING count(*) > 0) AS t
     WHERE e.fence >= %(since)s AND e.fence < %(upto)s AND e.no = 1
       AND d.kind = 'route' AND right(d.features ->> 'brand', 6) <> ' again'
       AND e.outcome IN ('succeeded', 'declined')
       AND coalesce(a.category, '')
           NOT IN ('customer_canceled', 'duplicate', 'merchant_config')
     UNION ALL
    SELECT 'retry', d.decided_at, e.outcome,
           (d.learned -> 'chances' ->> (d.learned ->> CASE WHEN (d.learned ->> 'acts')::boolean
                                                           THEN 'chosen' ELSE 'fixed' END))::bigint
      FROM attempt_evidence AS e
      JOIN attempt AS a ON a.id = e.attempt_id AND a.bucket = e.bucket
      JOIN attempt AS b
        ON b.payment_id = a.payment_id AND b.bucket = a.bucket AND b.ordinal = a.ordinal - 1
      JOIN retry_plan AS r
        ON r.payment_id = b.payment_id AND r.bucket = b.bucket AND r.attempt_id = b.id
      JOIN decision AS d ON d.id = r.decision_id AND d.bucket = r.bucket
     WHERE e.fence >= %(since)s AND e.fence < %(upto)s AND e.no = 1
       AND a.initiator = 'merchant' AND r.tries = 1
       AND e.outcome IN ('succeeded', 'declined')
)
SELECT t.kind, date_trunc('week', t.decided_at AT TIME ZONE 'UTC')::date,
       least(t.believed / 100000, 9), count(*), sum(t.believed),
       count(*) FILTER (WHERE t.outcome = 'succeeded')
  FROM told AS t
 WHERE t.believed IS NOT NULL
 GROUP BY t.kind, date_trunc('week', t.decided_at AT TIME ZONE 'UTC'),
          least(t.believed / 100000, 9)
    ON CONFLICT ON CONSTRAINT model_belief_pk
    DO UPDATE SET tries = model_belief.tries + excluded.tries,
                  believed = model_belief.believed + excluded.believed,
                  good = model_belief.good + excluded.good

-- name: read_beliefs
-- How likely tries since a week were taken to succeed, and how many did.
SELECT {BeliefRow:b}
  FROM model_belief AS b
 WHERE b.kind = %(kind)s AND b.week >= %(since)s
 ORDER BY b.week, b.tenth

-- name: drop_beliefs
-- Forget what was believed long ago.
DELETE FROM model_belief AS b WHERE b.kind IN ('routing', 'retry') AND b.week < %(before)s

-- name: read_stage
-- How often a model was not believed of a seller's charges since a switch: answers that rules
-- refuse, and late or none. Where it is not known whose they were, they count for each.
SELECT coalesce(sum(f.decisions) FILTER (WHERE f.why IN
           ('other_accounts', 'other_moments', 'out_of_range', 'not_whole')), 0) AS violations,
       coalesce(sum(f.decisions) FILTER (WHERE f.why IN
           ('nothing_said', 'stale', 'slow')), 0) AS ignored
  FROM model_fault AS f
 WHERE f.kind = %(kind)s AND f.seller_code IN (%(seller_code)s, '') AND f.seen_at >= %(since)s

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
VALUES (%(tick)s, %(upto)s, %(body)s, %(taken_at)s, %(sha256)s, %(code_version)s)
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
SELECT f.kind, f.tick, f.why, sum(f.decisions)::integer AS decisions, max(f.seen_at) AS seen_at
  FROM model_fault AS f
 WHERE f.kind = %(kind)s
 GROUP BY f.kind, f.tick, f.why
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

-- name: read_versions
-- Versions of all models, the newest first: of routing the newest state of each code.
SELECT 'routing' AS kind, s.tick AS version, s.sha256, s.upto::text AS fence,
       s.code_version AS code, s.taken_at AS made_at, g.since, g.states, NULL AS loaded_by,
       NULL AS reason, '{}' AS metrics
  FROM (SELECT c.code_version, max(c.tick) AS tick, min(c.taken_at) AS since, count(*) AS states
          FROM router_snapshot AS c
         GROUP BY c.code_version) AS g
  JOIN router_snapshot AS s ON s.tick = g.tick
 UNION ALL
SELECT 'retry', m.version, m.sha256, m.metrics ->> 'release', m.metrics ->> 'code', m.trained_at,
       m.loaded_at, 1, m.loaded_by, m.reason, m.metrics::text
  FROM retry_model AS m
 ORDER BY kind DESC, version DESC
 LIMIT 200

-- name: read_tables
-- The newest tables of retry timing, as they were loaded, from the newest on.
SELECT m.version, m.body, m.sha256
  FROM retry_model AS m
 ORDER BY m.version DESC
 LIMIT %(limit)s

-- name: read_earlier_model
-- The newest table that is another than the one that was loaded last.
SELECT n.version, n.body, n.sha256, n.metrics::text AS metrics, n.trained_at, n.loaded_at,
       n.loaded_by, n.reason
  FROM (SELECT m.version, m.sha256 FROM retry_model AS m ORDER BY m.version DESC LIMIT 1) AS m
  JOIN retry_model AS n ON n.version < m.version AND n.sha256 <> m.sha256
 ORDER BY n.version DESC
 LIMIT 1

-- name: add_model
-- Load a table of retry timing as the next version.
INSERT INTO retry_model ({RetryModelRow})
VALUES (%(version)s, %(body)s, %(sha256)s, %(metrics)s::jsonb, %(trained_at)s, %(loaded_at)s,
        %(loaded_by)s, %(reason)s)
