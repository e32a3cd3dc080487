-- name: payouts
-- A page of payouts, those announced last first.
SELECT {PayoutRow:p}
  FROM payout AS p
 WHERE (%(psp_account)s::text IS NULL OR p.psp_account = %(psp_account)s)
   AND (%(states)s::text[] IS NULL OR p.state = ANY(%(states)s))
   AND (%(before)s::uuid IS NULL
        OR (p.announced_on, p.id) < (SELECT o.announced_on, o.id
                                       FROM payout AS o WHERE o.id = %(before)s))
 ORDER BY p.announced_on DESC, p.id DESC
 LIMIT %(limit)s

-- name: payout
-- One payout.
SELECT {PayoutRow:p} FROM payout AS p WHERE p.id = %(id)s

-- name: payout_steps
-- What happened to a payout, in order.
SELECT {PayoutStepRow:s}
  FROM payout_step AS s
 WHERE s.payout_id = %(payout_id)s
 ORDER BY s.no
 LIMIT 1000
