-- name: keys
-- All API keys, newest first; never their secrets.
SELECT k.id, k.principal, k.scopes, k.expires_at, k.created_at, k.revoked_at
  FROM api_key AS k
 ORDER BY k.created_at DESC, k.id
 LIMIT 1000
