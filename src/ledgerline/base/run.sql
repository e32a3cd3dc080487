-- name: environment
-- What this database is and, in a sandbox, what time it is.
SELECT kind, instant, seed FROM environment

-- name: set_instant
-- Move the virtual clock; it never goes back.
UPDATE environment
   SET instant = %(instant)s
 WHERE kind = 'sandbox' AND instant <= %(instant)s

-- name: begin_sandbox
-- Give a database its virtual clock.
UPDATE environment
   SET kind = 'sandbox', instant = %(instant)s, seed = %(seed)s
 WHERE instant IS NULL
