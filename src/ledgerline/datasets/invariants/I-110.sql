-- I-110: A dispute is in the books as it stands: held, over, lost or owed again, each once.
WITH booked AS (
     SELECT t.bucket, t.source_id,
            sum(CASE t.debit WHEN 'dispute_hold' THEN t.amount_minor ELSE -t.amount_minor END)
            FILTER (WHERE t.purpose = 'dispute_hold') AS held_minor,
            sum(CASE t.debit WHEN 'suspense' THEN t.amount_minor ELSE -t.amount_minor END)
            FILTER (WHERE t.purpose = 'dispute_over') AS over_minor,
            sum(CASE t.credit WHEN 'suspense' THEN t.amount_minor ELSE -t.amount_minor END)
            FILTER (WHERE t.purpose = 'dispute_offset') AS offset_minor,
            sum(CASE t.debit WHEN 'dispute_loss' THEN t.amount_minor ELSE -t.amount_minor END)
            FILTER (WHERE t.purpose = 'dispute_loss') AS lost_minor,
            sum(CASE t.debit WHEN 'receivable' THEN t.amount_minor ELSE -t.amount_minor END)
            FILTER (WHERE t.purpose IN ('dispute_reopen', 'dispute_unclaimed')) AS owed_minor
       FROM transfer AS t
      WHERE t.purpose IN ('dispute_hold', 'dispute_over', 'dispute_offset', 'dispute_loss',
                          'dispute_reopen', 'dispute_unclaimed')
      GROUP BY t.bucket, t.source_id)
SELECT coalesce(d.bucket, b.bucket) AS bucket, coalesce(d.id, b.source_id) AS id, d.state,
       d.held_minor, b.held_minor AS booked_held_minor, b.lost_minor, b.owed_minor
  FROM dispute AS d
  FULL JOIN booked AS b ON b.source_id = d.id AND b.bucket = d.bucket
 WHERE (coalesce(b.held_minor, 0), coalesce(b.over_minor, 0), coalesce(b.offset_minor, 0),
        coalesce(b.owed_minor, 0))
       IS DISTINCT FROM (d.held_minor, d.over_minor + d.offset_minor, d.offset_minor,
                         d.reopened_minor)
    OR coalesce(b.lost_minor, 0) <> CASE WHEN d.state IN ('accepted', 'lost')
                                         THEN d.held_minor - d.reopened_minor ELSE 0 END
