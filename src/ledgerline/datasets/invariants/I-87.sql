-- I-87: What documents say is kept of each release that they name: sellers, markets, plans, taxes.
WITH named AS (
     SELECT i.release_no, 'seller' AS kind, i.seller_code AS code FROM invoice AS i
      UNION
     SELECT c.release_no, 'seller', c.seller_code FROM credit_note AS c
      UNION
     SELECT r.release_no, 'seller', r.seller_code FROM receipt AS r
      UNION
     SELECT i.release_no, 'market', i.market_code FROM invoice AS i
      UNION
     SELECT i.release_no, 'plan', l.plan_code
       FROM invoice AS i
       JOIN invoice_line AS l ON l.invoice_id = i.id AND l.bucket = i.bucket
      UNION
     SELECT i.release_no, 'tax', i.market_code || '/' || l.tax_category
       FROM invoice AS i
       JOIN invoice_line AS l ON l.invoice_id = i.id AND l.bucket = i.bucket)
SELECT n.release_no, n.kind, n.code
  FROM named AS n
 WHERE NOT EXISTS (
       SELECT FROM catalog_part AS p
        WHERE p.kind = n.kind AND p.code = n.code AND p.release_no <= n.release_no)
