-- I-60: A correction takes no more of a day of a line than earlier ones left of what it was charged.
WITH correction AS (
     SELECT c.bucket, c.subscription_id, c.item_no, c.kind, c.period_start, c.seq, n.reason,
            c.credit_start, c.credit_end, c.credit_end - c.credit_start AS days,
            c.gross_minor::numeric / (c.credit_end - c.credit_start) AS a_day,
            l.gross_minor::numeric / (l.period_end - l.period_start) AS charged_a_day,
            l.period_end
       FROM line_credit AS c
       JOIN credit_note AS n ON n.id = c.credit_note_id AND n.bucket = c.bucket
       JOIN invoice_line AS l
         ON l.period_start = c.period_start AND l.bucket = c.bucket
        AND l.subscription_id = c.subscription_id AND l.item_no = c.item_no AND l.kind = c.kind),
     day AS (  -- what is taken of a day only rises where a correction begins
     SELECT DISTINCT c.bucket, c.subscription_id, c.item_no, c.kind, c.period_start, c.seq,
            c.charged_a_day, greatest(c.credit_start, b.credit_start) AS on_day
       FROM correction AS c
       JOIN correction AS b
         ON b.subscription_id = c.subscription_id AND b.bucket = c.bucket
        AND b.item_no = c.item_no AND b.kind = c.kind AND b.period_start = c.period_start
        AND b.seq <= c.seq AND b.credit_start < c.credit_end AND c.credit_start < b.credit_end
      WHERE c.reason <> 'refund')  -- a refund that names no days is spread over those of its line
SELECT d.bucket, d.subscription_id, d.item_no, d.period_start, d.seq, d.on_day,
       round(d.charged_a_day, 2) AS charged_a_day, round(sum(b.a_day), 2) AS credited_a_day
  FROM day AS d
  JOIN correction AS b
    ON b.subscription_id = d.subscription_id AND b.bucket = d.bucket AND b.item_no = d.item_no
   AND b.kind = d.kind AND b.period_start = d.period_start AND b.seq <= d.seq
   AND b.credit_start <= d.on_day AND d.on_day < b.credit_end
 GROUP BY d.bucket, d.subscription_id, d.item_no, d.kind, d.period_start, d.seq, d.on_day,
          d.charged_a_day
HAVING sum(b.a_day) > d.charged_a_day + (count(*) + 1)::numeric / min(b.days)
 UNION ALL
SELECT c.bucket, c.subscription_id, c.item_no, c.period_start, c.seq, c.credit_end, NULL, NULL
  FROM correction AS c
 WHERE c.credit_start < c.period_start OR c.credit_end > c.period_end
