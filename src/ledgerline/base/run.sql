-- name: environment
-- What this database is, in a sandbox what time it is, and what its server's clock says.
SELECT e.kind, e.instant, e.seed, clock_timestamp() AS clock
  FROM environment AS e

-- name: note_key
-- Keep what the first key of this environment makes of a known text; a later one changes nothing.
UPDATE environment SET kek_check = %(kek_check)s WHERE kek_check IS NULL

-- name: is_key
-- Whether a key is the one that this environment was begun with.
SELECT e.kek_check = %(kek_check)s AS same FROM environment AS e

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

-- name: finish_sandbox
-- Say that all is there that a sandbox, or a demo, begins with.
UPDATE environment SET made = %(made)s WHERE kind = 'sandbox'
