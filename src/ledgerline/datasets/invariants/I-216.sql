-- I-216: What of a payout is in transit goes by its state, and by what happened to it, as it is booked.
WITH happened AS (
     SELECT s.payout_id,
            coalesce(sum(s.amount_minor) FILTER (WHERE s.event IN ('arrived', 'sent_back')), 0)
            AS bank_minor,
            coalesce(sum(s.amount_minor) FILTER (WHERE s.event NOT IN ('arrived', 'sent_back')), 0)
            AS reversed_minor, max(s.no) AS step_no
       FROM payout_step AS s
      GROUP BY s.payout_id),
     booked AS (
     SELECT t.source_id AS payout_id,
            coalesce(sum(m.minor) FILTER (WHERE t.purpose = 'banked'), 0) AS bank_minor,
            coalesce(sum(m.minor) FILTER (WHERE t.purpose = 'payout_reversed'), 0)
            AS reversed_minor
       FROM transfer AS t
      CROSS JOIN LATERAL (
            SELECT CASE t.credit WHEN 'in_transit' THEN t.amount_minor
                                 ELSE -t.amount_minor END AS minor) AS m
      WHERE t.purpose IN ('banked', 'payout_reversed')
      GROUP BY t.source_id),
     held AS (
     SELECT p.id AS payout_id, p.psp_account, p.reference, p.state, p.step_no,
            coalesce(p.bank_minor, 0) AS bank_minor,
            coalesce(p.reversed_minor, 0) AS reversed_minor,
            p.amount_minor - coalesce(p.bank_minor, 0) - coalesce(p.reversed_minor, 0)
            - CASE WHEN p.state IN ('announced', 'returned') THEN p.amount_minor ELSE 0 END
            AS off_minor, f.state = 'imported' AS is_announced
       FROM payout AS p
       JOIN settlement_file AS f ON f.id = p.file_id)
SELECT p.psp_account, p.reference, p.state, p.bank_minor, b.bank_minor AS booked_minor,
       p.reversed_minor, b.reversed_minor AS booked_reversed_minor, p.off_minor
  FROM held AS p
  LEFT JOIN happened AS s ON s.payout_id = p.payout_id
  LEFT JOIN booked AS b ON b.payout_id = p.payout_id
 WHERE (p.bank_minor, p.reversed_minor, p.step_no)
       <> (coalesce(s.bank_minor, 0), coalesce(s.reversed_minor, 0), coalesce(s.step_no, 0))
    OR (p.bank_minor, p.reversed_minor)
       <> (coalesce(b.bank_minor, 0), coalesce(b.reversed_minor, 0))
    OR (p.off_minor <> 0 AND p.is_announced AND NOT EXISTS (  -- people were told of it
        SELECT FROM money_exception AS x
         WHERE x.subject_id = p.payout_id AND x.bucket = 0 AND x.reason = 'bank_differs'
           AND (x.closed_at IS NULL OR x.closed_by IS NOT NULL)))
