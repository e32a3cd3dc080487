-- I-65: On no day more of a component is billed than the items in force give, less what was credited.
WITH item AS (
     SELECT i.bucket, i.subscription_id, i.no, i.component, i.quantity, i.starts_on,
            coalesce(i.ends_on, 'infinity') AS ends_on
       FROM subscription_item AS i
      WHERE i.starts_on < coalesce(i.ends_on, 'infinity')),
     line AS (  -- what is free is billed to nobody, what was given back whole as well
     SELECT l.bucket, l.subscription_id, l.item_no, l.component, l.period_start, l.period_end,
            l.quantity, l.gross_minor,
            max(l.period_end) OVER earlier AS billed_before,
            EXISTS (SELECT FROM line_credit AS c
                     WHERE c.period_start = l.period_start AND c.bucket = l.bucket
                       AND c.subscription_id = l.subscription_id AND c.item_no = l.item_no
                       AND c.kind = l.kind)
            OR EXISTS (SELECT FROM refund_line AS r
                        WHERE r.invoice_id = l.invoice_id AND r.bucket = l.bucket) AS touched
       FROM invoice_line AS l
       JOIN invoice AS i ON i.id = l.invoice_id AND i.bucket = l.bucket
      WHERE l.kind = 'recurring' AND l.gross_minor > 0 AND i.state <> 'void'
        AND (i.cause <> 'change' OR i.state = 'paid')
     WINDOW earlier AS (PARTITION BY l.bucket, l.subscription_id, l.component
                        ORDER BY l.period_start, l.period_end
                        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)),
     component AS (
     SELECT l.bucket, l.subscription_id, l.component
       FROM line AS l
      GROUP BY l.bucket, l.subscription_id, l.component
     HAVING bool_or(l.billed_before > l.period_start) OR bool_or(l.touched)),
     many AS (
     SELECT l.bucket, l.subscription_id, l.item_no, l.component, l.period_start, l.period_end,
            l.quantity, l.gross_minor::numeric / (l.period_end - l.period_start) AS charged_a_day
       FROM line AS l
       JOIN component AS c
         ON c.subscription_id = l.subscription_id AND c.bucket = l.bucket
        AND c.component = l.component),
     taken AS (  -- what was given back, or is promised to refunds under way
     SELECT m.bucket, m.subscription_id, m.item_no, m.period_start, m.component,
            c.credit_start AS from_on, c.credit_end AS until_on, c.gross_minor
       FROM many AS m
       JOIN line_credit AS c
         ON c.period_start = m.period_start AND c.bucket = m.bucket
        AND c.subscription_id = m.subscription_id AND c.item_no = m.item_no
        AND c.kind = 'recurring'
      UNION ALL
     SELECT m.bucket, m.subscription_id, m.item_no, m.period_start, m.component, r.from_on,
            r.until_on, r.amount_minor
       FROM many AS m
       JOIN refund_line AS r
         ON r.subscription_id = m.subscription_id AND r.bucket = m.bucket
        AND r.period_start = m.period_start AND r.item_no = m.item_no AND r.kind = 'recurring'
       JOIN refund AS f ON f.id = r.refund_id AND f.bucket = r.bucket
      WHERE f.state IN ('requested', 'sent', 'unknown')),
     day AS (  -- more is billed or less is in force only from such a day on
     SELECT m.bucket, m.subscription_id, m.component, m.period_start AS on_day FROM many AS m
      UNION
     SELECT t.bucket, t.subscription_id, t.component, t.until_on FROM taken AS t
      UNION
     SELECT i.bucket, i.subscription_id, i.component, d.on_day
       FROM component AS c
       JOIN subscription_item AS i
         ON i.subscription_id = c.subscription_id AND i.bucket = c.bucket
        AND i.component = c.component
      CROSS JOIN LATERAL (VALUES (i.starts_on), (i.ends_on)) AS d (on_day)
      WHERE d.on_day IS NOT NULL),
     share AS (  -- of each line on each day: how much of its charge was given back, to a rounding
     SELECT d.bucket, d.subscription_id, d.component, d.on_day, m.item_no, m.period_start,
            m.quantity, m.charged_a_day,
            coalesce(sum(t.gross_minor::numeric / (t.until_on - t.from_on)), 0) AS taken_a_day,
            coalesce((count(t.gross_minor) + 1)::numeric / min(t.until_on - t.from_on), 0) AS slack
       FROM day AS d
       JOIN many AS m
         ON m.subscription_id = d.subscription_id AND m.bucket = d.bucket
        AND m.component = d.component AND m.period_start <= d.on_day AND d.on_day < m.period_end
       LEFT JOIN taken AS t
         ON t.subscription_id = m.subscription_id AND t.bucket = m.bucket
        AND t.item_no = m.item_no AND t.period_start = m.period_start
        AND t.from_on <= d.on_day AND d.on_day < t.until_on
      GROUP BY d.bucket, d.subscription_id, d.component, d.on_day, m.item_no, m.period_start,
               m.quantity, m.charged_a_day),
     billed AS (
     SELECT s.bucket, s.subscription_id, s.component, s.on_day,
            sum(s.quantity * greatest(0, 1 - (s.taken_a_day + s.slack) / s.charged_a_day))
                AS quantity
       FROM share AS s
      GROUP BY s.bucket, s.subscription_id, s.component, s.on_day)
SELECT b.bucket, b.subscription_id, b.component, b.on_day, round(b.quantity, 2) AS billed,
       coalesce(sum(i.quantity), 0) AS in_force
  FROM billed AS b
  LEFT JOIN item AS i
    ON i.subscription_id = b.subscription_id AND i.bucket = b.bucket AND i.component = b.component
   AND i.starts_on <= b.on_day AND b.on_day < i.ends_on
 GROUP BY b.bucket, b.subscription_id, b.component, b.on_day, b.quantity
HAVING b.quantity > coalesce(sum(i.quantity), 0)
 UNION ALL
SELECT l.bucket, l.subscription_id, l.component, l.period_start, l.quantity, i.quantity
  FROM line AS l
  LEFT JOIN component AS c
    ON c.subscription_id = l.subscription_id AND c.bucket = l.bucket AND c.component = l.component
  LEFT JOIN item AS i
    ON i.subscription_id = l.subscription_id AND i.bucket = l.bucket AND i.no = l.item_no
   AND i.component = l.component AND i.starts_on <= l.period_start AND l.period_end <= i.ends_on
   AND i.quantity >= l.quantity
 WHERE c.component IS NULL AND i.no IS NULL
