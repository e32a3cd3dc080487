-- name: on_the_way
-- Payouts that were announced by a day and are not at the bank yet.
SELECT p.psp_account, p.reference, p.currency, p.amount_minor, p.announced_on
  FROM payout AS p
 WHERE p.state = 'announced' AND p.announced_on <= %(until)s
 ORDER BY p.psp_account, p.announced_on, p.reference
 LIMIT 1000
