-- I-232: What changes a switch by itself lets a model decide for nobody, and only where it decided.
SELECT w.kind, w.seller_code, w.no, w.mode, b.percent AS percent_before
  FROM model_switch AS w
  LEFT JOIN model_switch AS b
    ON b.kind = w.kind AND b.seller_code = w.seller_code AND b.no = w.no - 1
 WHERE w.changed_by = 'system' AND (w.mode <> 'shadow' OR coalesce(b.percent, 0) = 0)
