-- name: newest_believed
-- Of the newest decisions those about which a model was believed since its switch holds, for a
-- seller.
SELECT d.id, d.kind, d.subject_id, d.rule, d.chosen, d.decided_at, d.candidates::text AS candidates,
       d.features::text AS features, d.learned::text AS learned
  FROM (SELECT n.id, n.kind, n.subject_id, n.rule, n.chosen, n.decided_at, n.candidates, n.features,
               n.learned
          FROM decision AS n
         WHERE n.kind = %(kind)s
         ORDER BY n.id DESC
         LIMIT 20000) AS d
 WHERE d.learned ->> 'chosen' IS NOT NULL
   AND d.decided_at >= (SELECT max(s.changed_at)
                          FROM model_switch AS s
                         WHERE s.kind = %(model)s AND s.seller_code = %(seller_code)s)
   AND d.features ->> 'market' IN (SELECT m.code FROM market AS m
                                    WHERE m.seller_code = %(seller_code)s)
 ORDER BY d.id DESC
 LIMIT %(limit)s
