"""The questions of the proof. Those of ``MUST_BE_EMPTY`` return what breaks their sentence."""

from typing import Final

ATTEMPTS: Final = """
    SELECT a.id::text, a.payment_id::text, p.invoice_id::text, a.psp_account, a.currency,
           a.amount_minor, a.state, a.psp_ref,
           EXISTS (SELECT FROM transfer AS t
                    WHERE t.bucket = a.bucket AND t.source_id = a.id AND t.purpose = 'capture'
                      AND t.amount_minor = a.amount_minor AND t.currency = a.currency)
           AND EXISTS (SELECT FROM receipt AS r
                        WHERE r.bucket = p.bucket AND r.id = p.receipt_id AND r.subject_id = p.id
                          AND r.amount_minor = a.amount_minor)
           AND p.state = 'succeeded' AND p.settled_attempt_id = a.id AND i.state = 'paid'
      FROM attempt AS a
      JOIN payment AS p ON p.bucket = a.bucket AND p.id = a.payment_id
      JOIN invoice AS i ON i.bucket = p.bucket AND i.id = p.invoice_id"""

REFUNDS: Final = """
    SELECT f.id::text, f.id::text, f.id::text, f.psp_account, f.currency, f.amount_minor, f.state,
           f.psp_ref,
           EXISTS (SELECT FROM transfer AS t
                    WHERE t.bucket = f.bucket AND t.source_id = f.id AND t.purpose = 'refund'
                      AND t.amount_minor = f.amount_minor AND t.currency = f.currency)
           AND EXISTS (SELECT FROM receipt AS r
                        WHERE r.bucket = f.bucket AND r.id = f.receipt_id AND r.subject_id = f.id)
           AND EXISTS (SELECT FROM credit_note AS n
                        WHERE n.bucket = f.bucket AND n.id = f.credit_note_id
                          AND n.total_minor = f.amount_minor)
      FROM refund AS f"""

WISHED: Final = {
    "purchase": "SELECT id FROM purchase",
    "refund": "SELECT id FROM refund WHERE cause = 'asked'",
}
GIVEN_BACK: Final = {
    "purchase": """
        SELECT p.id FROM purchase AS p
          JOIN attempt AS a ON a.payment_id = p.payment_id AND a.state = 'not_executed'
         WHERE p.state = 'failed'""",
    "refund": "SELECT id FROM refund WHERE false",
}
"""What the API answered with 503: nothing was executed, and the same key began anew."""

MOVED: Final = """
    SELECT currency, sum(amount_minor * CASE 'psp_clearing' WHEN debit THEN 1 ELSE -1 END)
      FROM transfer
     WHERE 'psp_clearing' IN (debit, credit)
       AND purpose IN ('capture', 'refund', 'unmatched', 'matched', 'returned')
     GROUP BY currency"""
VOLUMES: Final = """
    SELECT f.psp_account, t.gross_currency, sum(t.turnover_minor)::bigint,
           sum(t.explained_minor)::bigint
      FROM settlement_file AS f JOIN settlement_total AS t ON t.file_id = f.id
     WHERE f.state = 'imported' GROUP BY f.psp_account, t.gross_currency HAVING
           sum(t.turnover_minor) > 0"""
LEFT: Final = """
    SELECT dim, currency,
           sum(amount_minor * CASE 'psp_clearing' WHEN debit THEN 1 ELSE -1 END)::bigint
      FROM transfer WHERE 'psp_clearing' IN (debit, credit) GROUP BY dim, currency"""

_BALANCES: Final = """
    SELECT seller_code, currency, account, sum(minor) AS minor FROM (
        SELECT seller_code, currency, debit AS account, amount_minor AS minor FROM transfer
         UNION ALL
        SELECT seller_code, currency, credit, -amount_minor FROM transfer) AS entry
     GROUP BY seller_code, currency, account"""

_SETTLED: Final = """
    SELECT i.id AS invoice_id, coalesce(sum(a.amount_minor), 0) AS minor,
           coalesce(sum(a.amount_minor) FILTER (WHERE a.source_kind = 'credit'), 0) AS credit_minor
      FROM invoice AS i
      LEFT JOIN allocation AS a ON a.bucket = i.bucket AND a.invoice_id = i.id
     GROUP BY i.id"""

_NUMBERED: Final = """
    SELECT bucket, id FROM receipt
     UNION ALL
    SELECT bucket, id FROM credit_note
     UNION ALL
    SELECT bucket, id FROM invoice
     WHERE total_minor > 0 AND (cause = 'renewal' OR state = 'paid')"""

MUST_BE_EMPTY: Final = {
    "the trial balance is not 0": f"""
        SELECT seller_code, currency, sum(minor) FROM ({_BALANCES}) AS b
         GROUP BY seller_code, currency HAVING sum(minor) <> 0""",
    "receivable is not what open invoices claim": f"""
        SELECT b.seller_code, b.currency, b.minor, o.minor
          FROM (SELECT * FROM ({_BALANCES}) AS x WHERE account = 'receivable') AS b
          FULL JOIN (SELECT i.seller_code, i.currency, sum(i.total_minor - s.minor) AS minor
                       FROM invoice AS i JOIN ({_SETTLED}) AS s ON s.invoice_id = i.id
                      WHERE i.state = 'open' GROUP BY i.seller_code, i.currency) AS o
            ON (o.seller_code, o.currency) = (b.seller_code, b.currency)
         WHERE coalesce(b.minor, 0) <> coalesce(o.minor, 0)""",
    "money in suspense": f"SELECT * FROM ({_BALANCES}) AS b WHERE account = 'suspense'",
    "a contradiction was found": """
        SELECT reason, detail, subject_id FROM money_exception
         WHERE reason NOT IN ('account_refuses_us', 'events_unmatched', 'provider_told')
           AND NOT (reason IN ('line_missing', 'payout_missing', 'unknown_too_long')
                    AND closed_at IS NOT NULL)""",
    "a payout is not at the bank": "SELECT reference FROM payout WHERE state <> 'paid'",
    "a statement is not in the books": """
        SELECT psp_account, reference, state, why FROM settlement_file
         WHERE state <> 'imported'""",
    "a change was paid too late and not wholly given back": """
        SELECT f.id, f.state, i.cause, i.state, i.total_minor, i.credited_minor
          FROM refund AS f
          JOIN invoice AS i ON i.bucket = f.bucket AND i.id = f.invoice_id
         WHERE f.cause = 'late_change'
           AND (i.cause, i.state, i.credited_minor) IS DISTINCT FROM
               ('change', 'paid', i.total_minor)""",
    "a change that was given up is still being paid": """
        SELECT id, subscription_id FROM invoice WHERE cause = 'change' AND state = 'open'""",
    "a change still waits": "SELECT subscription_id, invoice_id FROM pending_change",
    "customer credit is not the sum of its transfers": """
        SELECT coalesce(b.customer_id, t.customer_id), b.minor, t.minor
          FROM (SELECT bucket, customer_id, seller_code, currency, sum(remaining_minor) AS minor
                  FROM (SELECT bucket, customer_id, seller_code, currency, remaining_minor
                          FROM credit_lot
                         UNION ALL
                        SELECT bucket, customer_id, seller_code, currency, amount_minor
                          FROM refund
                         WHERE cause = 'credit' AND state NOT IN ('succeeded', 'failed')) AS h
                 GROUP BY bucket, customer_id, seller_code, currency) AS b
          FULL JOIN (SELECT bucket, customer_id, seller_code, currency,
                            sum(CASE 'customer_credit' WHEN credit THEN 1 ELSE -1 END
                                * amount_minor) AS minor
                       FROM transfer WHERE 'customer_credit' IN (debit, credit)
                      GROUP BY bucket, customer_id, seller_code, currency) AS t
            ON (t.bucket, t.customer_id, t.seller_code, t.currency)
             = (b.bucket, b.customer_id, b.seller_code, b.currency)
         WHERE coalesce(b.minor, 0) <> coalesce(t.minor, 0)""",
    "a series has a gap": """
        SELECT s.id, s.next_number, count(n.position), min(n.position), max(n.position)
          FROM number_series AS s LEFT JOIN document_number AS n ON n.series_id = s.id
         GROUP BY s.id
        HAVING count(n.position) <> s.next_number - 1
            OR coalesce(max(n.position), 0) <> s.next_number - 1""",
    "a document has no number, or a number no document": f"""
        SELECT d.id, n.document_id, n.display
          FROM ({_NUMBERED}) AS d
          FULL JOIN document_number AS n ON n.document_id = d.id
         WHERE n.document_id IS NULL OR d.id IS NULL""",
    "a document waits for its number": "SELECT * FROM numbering_queue",
    "events are not dense": """
        SELECT aggregate_id, count(*), min(seq), max(seq) FROM event
         GROUP BY bucket, aggregate_id HAVING count(*) <> max(seq) OR min(seq) <> 1""",
    "an aggregate counts other events than there are": """
        SELECT o.id, o.event_seq, max(e.seq)
          FROM (SELECT bucket, id, event_seq FROM subscription
                 UNION ALL SELECT bucket, id, event_seq FROM invoice
                 UNION ALL SELECT bucket, id, event_seq FROM payment) AS o
          LEFT JOIN event AS e ON e.bucket = o.bucket AND e.aggregate_id = o.id
         GROUP BY o.id, o.event_seq HAVING o.event_seq <> coalesce(max(e.seq), 0)""",
    "an event was not relayed": """
        SELECT kind, aggregate_id, seq FROM event WHERE relayed_at IS NULL""",
    "events of one object were relayed out of order": """
        SELECT kind, aggregate_id, seq, relayed_at, before FROM (
            SELECT kind, aggregate_id, seq, relayed_at,
                   lag(relayed_at) OVER (PARTITION BY bucket, aggregate_id ORDER BY seq) AS before
              FROM event) AS e
         WHERE relayed_at < before""",
    "an attempt has not ended": """
        SELECT id, state, sent_at, resolve_at, looks FROM attempt
         WHERE state IN ('sent', 'unknown')""",
    "a refund has not ended": """
        SELECT id, state, sent_at, resolve_at, looks FROM refund
         WHERE state NOT IN ('succeeded', 'failed')""",
    "a purchase has not ended": "SELECT id, state FROM purchase WHERE state = 'processing'",
    "a subscription is incomplete": "SELECT id FROM subscription WHERE state = 'incomplete'",
    "a subscription was parked": "SELECT subscription_id, reason, detail FROM bill_parked",
    "a webhook was not worked off": """
        SELECT event_key, state, reference FROM psp_event
         WHERE state NOT IN ('applied', 'ignored') AND event_key NOT LIKE 'forged-%'""",
    "a payment succeeded and its invoice is not paid, or the reverse": f"""
        SELECT i.id, i.state, p.state FROM invoice AS i
          JOIN ({_SETTLED}) AS s ON s.invoice_id = i.id
          LEFT JOIN payment AS p ON p.bucket = i.bucket AND p.invoice_id = i.id
                                AND p.state = 'succeeded'
         WHERE (i.state = 'paid' AND i.total_minor > s.credit_minor) <> (p.id IS NOT NULL)""",
    "a paid invoice has something open": f"""
        SELECT i.id, i.total_minor, s.minor FROM invoice AS i
          JOIN ({_SETTLED}) AS s ON s.invoice_id = i.id
         WHERE i.state = 'paid' AND i.total_minor <> s.minor""",
    "a payment waits for nothing": """
        SELECT p.id FROM payment AS p
         WHERE p.state = 'processing' AND p.next_try_at IS NULL
           AND NOT EXISTS (SELECT FROM attempt AS a WHERE a.bucket = p.bucket
                              AND a.payment_id = p.id AND a.state IN ('sent', 'unknown'))""",
    "a payment holds money for a refund that ended": """
        SELECT id, refunding_minor FROM payment WHERE refunding_minor <> 0""",
}
