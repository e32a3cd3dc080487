-- name: has_migrations
-- Whether anything was applied here.
SELECT to_regclass('migration') IS NOT NULL AS present

-- name: applied
-- What was applied here.
SELECT m.name FROM migration AS m
