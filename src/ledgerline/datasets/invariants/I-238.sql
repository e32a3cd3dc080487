-- I-238: A purchase brings a word for everything that its market wants confirmed, and what was shown at a page is a text of its market.
SELECT p.bucket, p.subscription_id, k.kind, p.created_at AS at
  FROM purchase AS p
  JOIN subscription AS s ON s.id = p.subscription_id AND s.bucket = p.bucket
  JOIN LATERAL (
       SELECT DISTINCT t.kind
         FROM market_text AS t
        WHERE t.market_code = s.market_code
          AND t.kind IN ('terms', 'withdrawal_waiver', 'renewal_consent')
          AND t.loaded_at < p.created_at
          AND t.valid_from <= (p.created_at AT TIME ZONE s.zone)::date) AS k ON true
 WHERE NOT EXISTS (
       SELECT FROM agreement AS a
        WHERE a.subscription_id = p.subscription_id AND a.bucket = p.bucket AND a.kind = k.kind)
 UNION ALL
SELECT a.bucket, a.subscription_id, a.kind, a.accepted_at
  FROM agreement AS a
  JOIN subscription AS s ON s.id = a.subscription_id AND s.bucket = a.bucket
 WHERE a.channel IN ('checkout', 'portal')
   AND NOT EXISTS (
       SELECT FROM market_text AS t
        WHERE t.market_code = s.market_code AND t.kind = a.kind AND t.language = a.language
          AND t.version = a.text_version)
