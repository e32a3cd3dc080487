-- name: read_withheld
-- What some refunds kept cuts of their lines from giving back, the earliest cut first.
SELECT {WithheldRow:w}
  FROM unnest(%(buckets)s::smallint[], %(refund_ids)s::uuid[]) AS n (bucket, refund_id)
  JOIN refund_withheld AS w ON w.refund_id = n.refund_id AND w.bucket = n.bucket
 ORDER BY w.refund_id, w.period_start, w.item_no, w.kind, w.from_on

-- name: withhold
-- Note what a cut of a line gave back less because of a refund under way, beside earlier cuts.
INSERT INTO refund_withheld AS w ({WithheldRow})
SELECT {WithheldRow:n}
  FROM unnest(%(bucket)s::smallint[], %(refund_id)s::uuid[], %(period_start)s::date[],
              %(item_no)s::integer[], %(kind)s::text[], %(from_on)s::date[],
              %(amount_minor)s::bigint[]) AS n ({WithheldRow})
    ON CONFLICT ON CONSTRAINT refund_withheld_pk DO UPDATE
   SET amount_minor = w.amount_minor + excluded.amount_minor
