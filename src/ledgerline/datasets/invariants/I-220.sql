-- I-220: What a model of routing was asked of is kept with what it said, and the first of it was tried where rules decided.
SELECT d.bucket, d.id AS decision_id, d.rule, d.chosen, d.learned -> 'accounts' AS accounts
  FROM decision AS d
 WHERE d.kind = 'route' AND d.learned ->> 'chosen' IS NOT NULL
   AND ((SELECT array_agg(a.account ORDER BY a.account)
           FROM jsonb_array_elements_text(d.learned -> 'accounts') AS a (account))
        IS DISTINCT FROM
        (SELECT array_agg(w.account ORDER BY w.account)
           FROM jsonb_object_keys(d.learned -> 'ppm') AS w (account))
        OR (d.rule <> 'model' AND d.chosen IS DISTINCT FROM d.learned -> 'accounts' ->> 0))
