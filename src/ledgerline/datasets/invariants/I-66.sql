-- I-66: One item of a component is in force a day; a running subscription has a base to bill next.
SELECT w.bucket, w.subscription_id, w.no, w.component AS fault
  FROM (SELECT i.bucket, i.subscription_id, i.no, i.component, i.starts_on,
               max(coalesce(i.ends_on, 'infinity')) OVER (
                   PARTITION BY i.bucket, i.subscription_id, i.component
                   ORDER BY i.starts_on, i.no
                   ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS held_before
          FROM subscription_item AS i
         WHERE i.starts_on < coalesce(i.ends_on, 'infinity')) AS w
 WHERE w.held_before > w.starts_on
 UNION ALL
SELECT s.bucket, s.id, n.no, 'a number that was not given'
  FROM subscription AS s
  JOIN (SELECT i.bucket, i.subscription_id, i.no FROM subscription_item AS i
         UNION
        SELECT l.bucket, l.subscription_id, l.item_no FROM invoice_line AS l) AS n
    ON n.subscription_id = s.id AND n.bucket = s.bucket
 WHERE n.no NOT BETWEEN 1 AND s.item_seq
 UNION ALL
SELECT s.bucket, s.id, NULL, 'no base to bill next'
  FROM subscription AS s
 WHERE s.state IN ('trialing', 'active', 'past_due')
   AND NOT EXISTS (
       SELECT FROM subscription_item AS i
        WHERE i.subscription_id = s.id AND i.bucket = s.bucket AND i.component = 'base'
          AND i.starts_on <= s.billed_through
          AND (i.ends_on IS NULL OR i.ends_on > s.billed_through))
