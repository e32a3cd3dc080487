-- I-61: What a line has deferred is never less than its corrections still take back of it.
WITH corrected AS (
     SELECT DISTINCT c.bucket, c.subscription_id, c.item_no, c.kind, c.period_start, d.on_day
       FROM line_credit AS c
       JOIN invoice_line AS l
         ON l.period_start = c.period_start AND l.bucket = c.bucket
        AND l.subscription_id = c.subscription_id AND l.item_no = c.item_no AND l.kind = c.kind
      CROSS JOIN LATERAL (VALUES (c.booked_on), (c.credit_start), (c.credit_end), (l.period_end))
            AS d (on_day)),
     taken AS (  -- of each correction that was booked by the day: what it has not taken back yet
     SELECT d.bucket, d.subscription_id, d.item_no, d.kind, d.period_start, d.on_day,
            sum(c.deferred_net_minor - ceil(c.deferred_net_minor::numeric * least(greatest(
                d.on_day - greatest(c.credit_start, c.booked_on), 0),
                c.credit_end - greatest(c.credit_start, c.booked_on))
                / (c.credit_end - greatest(c.credit_start, c.booked_on)))) AS left_minor
       FROM corrected AS d
       JOIN line_credit AS c
         ON c.period_start = d.period_start AND c.bucket = d.bucket
        AND c.subscription_id = d.subscription_id AND c.item_no = d.item_no AND c.kind = d.kind
      WHERE c.booked_on <= d.on_day AND greatest(c.credit_start, c.booked_on) < c.credit_end
      GROUP BY d.bucket, d.subscription_id, d.item_no, d.kind, d.period_start, d.on_day)
SELECT t.bucket, t.subscription_id, t.item_no, t.period_start, t.on_day, w.left_minor AS deferred_minor,
       t.left_minor AS taken_minor
  FROM taken AS t
  JOIN invoice_line AS l
    ON l.period_start = t.period_start AND l.bucket = t.bucket
   AND l.subscription_id = t.subscription_id AND l.item_no = t.item_no AND l.kind = t.kind
 CROSS JOIN LATERAL (  -- a line is earned by whole days, rounded down
       SELECT l.net_minor - floor(l.net_minor::numeric * least(greatest(
              t.on_day - l.period_start, 0), l.period_end - l.period_start)
              / (l.period_end - l.period_start)) AS left_minor) AS w
 WHERE w.left_minor < t.left_minor
 UNION ALL
SELECT c.bucket, c.subscription_id, c.item_no, c.period_start, c.booked_on, 0, c.deferred_net_minor
  FROM line_credit AS c
 WHERE c.deferred_net_minor > 0 AND c.booked_on >= c.credit_end
