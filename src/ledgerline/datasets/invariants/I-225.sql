-- I-225: What is paused ends on a day unless it is resumed.
SELECT bucket, id AS subscription_id
  FROM subscription
 WHERE state = 'paused' AND ends_on IS NULL
