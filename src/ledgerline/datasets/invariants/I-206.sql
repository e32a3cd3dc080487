-- I-206: A release of the data sets names each table with its version and a snapshot of its own.
SELECT r.no, t.name, t.body
  FROM dataset_release AS r
 CROSS JOIN LATERAL jsonb_each(r.tables) AS t (name, body)
 WHERE t.body ->> 'table' !~ '^(facts|data_sets)[.][a-z_]+_v[1-9][0-9]*$'
    OR split_part(t.body ->> 'table', '.', 2) !~ ('^' || t.name || '_v[0-9]+$')
    OR jsonb_typeof(t.body -> 'snapshot') IS DISTINCT FROM 'number'
    OR t.body ->> 'table' IS NULL
