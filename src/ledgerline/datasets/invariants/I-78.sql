-- I-78: An event changes only what belongs to the merchant account that sent it.
SELECT e.psp_account, e.event_key, a.id AS attempt_id, a.psp_account AS belongs_to
  FROM psp_event AS e
  JOIN attempt AS a ON a.id::text = e.reference
 WHERE e.state = 'applied' AND a.psp_account <> e.psp_account
