-- name: unseen_keys
-- Keys of a sandbox that is half made: nobody was shown them.
SELECT k.id
  FROM api_key AS k
 WHERE k.revoked_at IS NULL AND EXISTS (SELECT FROM environment AS e WHERE e.made = 'half')
