-- I-155: A debit that is ours to announce is sent on a notice of its mandate, amount and day, in time.
-- Those of accounts where we began to tell payers later had none before that.
SELECT a.bucket, a.id AS attempt_id, a.payment_id, a.due_on, n.given_on
  FROM attempt AS a
  JOIN mandate AS m ON m.id = a.mandate_id AND m.bucket = a.bucket
  JOIN psp_account AS c ON c.code = a.psp_account
  LEFT JOIN debit_notice AS n
    ON n.payment_id = a.payment_id AND n.bucket = a.bucket AND n.no = a.notice_no
 WHERE a.request_digest IS NOT NULL
   AND CASE WHEN a.due_on IS NULL
            THEN c.settings ->> 'debit_notices' = 'ledgerline' AND EXISTS (
                 SELECT FROM debit_notice AS o
                   JOIN mandate AS d ON d.id = o.mandate_id AND d.bucket = o.bucket
                  WHERE d.psp_account = a.psp_account AND o.given_at < a.sent_at)
            ELSE n.payment_id IS NULL OR n.mandate_id <> a.mandate_id
                 OR n.amount_minor <> a.amount_minor OR n.currency <> a.currency
                 OR n.due_on <> a.due_on OR n.given_at > a.sent_at
                 OR a.due_on - n.given_on < n.notice_days
                 OR (a.sent_at AT TIME ZONE 'UTC')::date > a.due_on END
