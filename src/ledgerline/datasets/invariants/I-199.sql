-- I-199: A payout that the bank has is missed by nobody.
SELECT p.id, p.psp_account, p.reference, p.paid_on, x.opened_at
  FROM payout AS p
  JOIN money_exception AS x
    ON x.subject_id = p.id AND x.bucket = 0 AND x.reason = 'payout_missing'
 WHERE p.state = 'paid' AND x.closed_at IS NULL
