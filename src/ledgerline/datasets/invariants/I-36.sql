-- I-36: Cover of a customer in a product family never overlaps, component by component.
SELECT w.bucket, w.customer_id, w.family, w.component, w.starts_at, w.covered_before
  FROM (SELECT c.bucket, c.customer_id, c.family, c.component, c.starts_at,
               max(c.ends_at) OVER (PARTITION BY c.bucket, c.customer_id, c.family,
                                                 c.component
                                    ORDER BY c.starts_at, c.ends_at
                                    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
                   AS covered_before
          FROM cover AS c
         WHERE c.starts_at < c.ends_at) AS w
 WHERE w.covered_before > w.starts_at
