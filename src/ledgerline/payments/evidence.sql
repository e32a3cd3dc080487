-- name: add_proposal
-- Record what a provider wrote of a charge or refund.
INSERT INTO evidence_proposal ({NewProposalRow})
VALUES (%(bucket)s, %(id)s, %(subject_id)s, %(kind)s, %(outcome)s, %(psp_ref)s, %(note)s,
        %(file_sha256)s, %(state)s, %(state_before)s, %(state_event)s, %(proposed_by)s,
        %(proposed_at)s)

-- name: find_proposal
-- A proposal as it stands; unlocked, to know what to lock.
SELECT {ProposalRow:p}
  FROM evidence_proposal AS p
 WHERE p.id = %(id)s AND p.bucket = %(bucket)s

-- name: end_proposal
-- End an open proposal.
UPDATE evidence_proposal AS p
   SET state_before = p.state, state_event = %(state_event)s, state = %(state)s,
       ended_by = %(ended_by)s, ended_at = %(ended_at)s
 WHERE p.id = %(id)s AND p.bucket = %(bucket)s AND p.state = 'proposed'

-- name: lapse_proposals
-- End what is proposed about charges or refunds whose provider was heard.
UPDATE evidence_proposal AS p
   SET state_before = p.state, state_event = 'contradicted', state = 'lapsed', ended_at = %(now)s
  FROM unnest(%(bucket)s::smallint[], %(subject_id)s::uuid[]) AS n ({OvertakenRow})
 WHERE p.subject_id = n.subject_id AND p.bucket = n.bucket AND p.state = 'proposed'

-- name: read_open_reasons
-- Why a charge or refund is open for people.
SELECT x.reason
  FROM money_exception AS x
 WHERE x.subject_id = %(subject_id)s AND x.bucket = %(bucket)s AND x.closed_at IS NULL
