-- name: instructions
-- What is to be done, and what was, newest first; ids of an instant have no order.
SELECT {InstructionView:i}
  FROM sandbox_instruction AS i
 ORDER BY i.state IN ('asked', 'running') DESC, i.id DESC
 LIMIT %(limit)s
