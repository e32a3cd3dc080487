-- name: deciders
-- What decided where the newest charges went, by rule.
SELECT n.rule, count(*) AS decisions
  FROM (SELECT d.rule
          FROM decision AS d
         WHERE d.kind = 'route'
         ORDER BY d.id DESC
         LIMIT %(limit)s) AS n
 GROUP BY n.rule
 ORDER BY count(*) DESC, n.rule
