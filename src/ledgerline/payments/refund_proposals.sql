-- name: add_refund_proposal
-- Record a refund, or credit instead of one, that a second person has to approve.
INSERT INTO refund_proposal ({NewRefundProposalRow})
VALUES (%(bucket)s, %(id)s, %(payment_id)s, %(gives)s, %(currency)s, %(amount_minor)s, %(reason)s,
        %(state)s, %(state_before)s, %(state_event)s, %(proposed_by)s, %(proposed_at)s,
        %(expires_at)s)

-- name: find_refund_proposal
-- A proposed refund as it stands; unlocked, to know what to lock.
SELECT {RefundProposalRow:p}
  FROM refund_proposal AS p
 WHERE p.id = %(id)s AND p.bucket = %(bucket)s

-- name: end_refund_proposal
-- End an open proposal.
UPDATE refund_proposal AS p
   SET state_before = p.state, state_event = %(state_event)s, state = %(state)s,
       ended_by = %(ended_by)s, ended_at = %(ended_at)s, refund_id = %(refund_id)s,
       credit_note_id = %(credit_note_id)s
 WHERE p.id = %(id)s AND p.bucket = %(bucket)s AND p.state = 'proposed'

-- name: lapse_refund_proposal
-- End what nobody approved in time.
UPDATE refund_proposal AS p
   SET state_before = p.state, state_event = 'expired', state = 'lapsed', ended_at = %(now)s
 WHERE p.payment_id = %(payment_id)s AND p.bucket = %(bucket)s AND p.state = 'proposed'
   AND p.expires_at <= %(now)s
