-- I-77: Service paid beyond an end or a rest is given back: its line is credited, or being refunded.
SELECT l.bucket, l.subscription_id, l.invoice_id, l.period_start, l.period_end, s.ended_at
  FROM subscription AS s
  JOIN invoice AS i ON i.subscription_id = s.id AND i.bucket = s.bucket AND i.state = 'paid'
  JOIN invoice_line AS l ON l.invoice_id = i.id AND l.bucket = i.bucket
 CROSS JOIN LATERAL (SELECT (s.ended_at AT TIME ZONE s.zone)::date AS ended_on) AS e
 WHERE s.state = 'canceled' AND l.kind = 'recurring' AND l.period_end > e.ended_on
   AND l.gross_minor * (l.period_end - greatest(l.period_start, e.ended_on))
       >= l.period_end - l.period_start
   AND NOT EXISTS (SELECT FROM line_credit AS c
                    WHERE c.period_start = l.period_start AND c.bucket = l.bucket
                      AND c.subscription_id = l.subscription_id AND c.item_no = l.item_no
                      AND c.kind = l.kind)
   AND NOT EXISTS (SELECT FROM refund_line AS r
                    WHERE r.invoice_id = l.invoice_id AND r.bucket = l.bucket)
 UNION ALL
SELECT l.bucket, l.subscription_id, l.invoice_id, l.period_start, l.period_end, o.recorded_at
  FROM subscription_event AS o  -- a pause, or collection that ended by a free plan
  JOIN subscription AS s ON s.id = o.subscription_id AND s.bucket = o.bucket
  JOIN invoice AS i
    ON i.subscription_id = s.id AND i.bucket = s.bucket AND i.state = 'paid'
   AND i.issued_at < o.recorded_at
  JOIN invoice_line AS l ON l.invoice_id = i.id AND l.bucket = i.bucket
 CROSS JOIN LATERAL (SELECT (o.recorded_at AT TIME ZONE s.zone)::date AS ended_on) AS e
 WHERE (o.kind = 'paused' OR o.kind = 'plan_changed' AND o.actor = 'collection')
   AND l.kind = 'recurring' AND l.period_end > e.ended_on
   AND l.gross_minor * (l.period_end - greatest(l.period_start, e.ended_on))
       >= l.period_end - l.period_start
   AND NOT EXISTS (SELECT FROM line_credit AS c
                    WHERE c.period_start = l.period_start AND c.bucket = l.bucket
                      AND c.subscription_id = l.subscription_id AND c.item_no = l.item_no
                      AND c.kind = l.kind)
   AND NOT EXISTS (SELECT FROM refund_line AS r
                    WHERE r.invoice_id = l.invoice_id AND r.bucket = l.bucket)
