"""What must hold in every world, whatever happened in it."""

from typing import Any, Final, LiteralString, cast

from psycopg import AsyncConnection

from tests.pspsim.simulator import Simulator

Connection = AsyncConnection[tuple[Any, ...]]

FOREIGN: Final = "not-ours"  # how references begin that a scenario made behind our back

# Each statement finds what breaks an invariant, so it must find nothing.
FAULTS: Final[dict[str, str]] = {
    "events of an object are dense": """
        SELECT aggregate_id, max(seq), count(*) FROM event
         GROUP BY 1 HAVING max(seq) <> count(*)""",
    "an object counts its own events": """
        SELECT s.id, s.event_seq FROM subscription s WHERE s.event_seq <>
               (SELECT count(*) FROM event e WHERE e.aggregate_id = s.id)
         UNION ALL
        SELECT i.id, i.event_seq FROM invoice i WHERE i.event_seq <>
               (SELECT count(*) FROM event e WHERE e.aggregate_id = i.id)
         UNION ALL
        SELECT p.id, p.event_seq FROM payment p WHERE p.event_seq <>
               (SELECT count(*) FROM event e WHERE e.aggregate_id = p.id)""",
    "the log of a subscription is dense": """
        SELECT s.id, s.log_seq FROM subscription s WHERE s.log_seq <>
               (SELECT count(*) FROM subscription_event e WHERE e.subscription_id = s.id)""",
    "credit balances are their transfers": """
        SELECT customer_id, sum(amount) FROM (
               SELECT customer_id, balance_minor AS amount FROM credit_balance UNION ALL
               SELECT customer_id, amount_minor FROM transfer WHERE debit = 'customer_credit'
                UNION ALL
               SELECT customer_id, -amount_minor FROM transfer WHERE credit = 'customer_credit') a
         GROUP BY customer_id HAVING sum(amount) <> 0""",
    "receivable is what open invoices claim": """
        SELECT customer_id, sum(amount) FROM (
               SELECT customer_id, total_minor - credit_used_minor AS amount FROM invoice
                WHERE state = 'open' UNION ALL
               SELECT customer_id, -amount_minor FROM transfer WHERE debit = 'receivable' UNION ALL
               SELECT customer_id, amount_minor FROM transfer WHERE credit = 'receivable') a
         GROUP BY customer_id HAVING sum(amount) <> 0""",
    "an invoice knows what was credited": """
        SELECT i.id FROM invoice i
          LEFT JOIN credit_note c ON c.invoice_id = i.id
         GROUP BY i.id, i.credited_minor
        HAVING i.credited_minor <> coalesce(sum(c.total_minor), 0)""",
    "receipts are succeeded payments and refunds": """
        (SELECT id, captured_minor FROM payment WHERE state = 'succeeded' UNION ALL
         SELECT id, amount_minor FROM refund WHERE state = 'succeeded')
        EXCEPT ALL SELECT subject_id, amount_minor FROM receipt""",
    "no receipt without a payment or refund": """
        SELECT subject_id, amount_minor FROM receipt EXCEPT ALL
        (SELECT id, captured_minor FROM payment WHERE state = 'succeeded' UNION ALL
         SELECT id, amount_minor FROM refund WHERE state = 'succeeded')""",
    "covers of a subscription do not overlap": """
        SELECT a.subscription_id, a.starts_at FROM cover a JOIN cover b
            ON a.subscription_id = b.subscription_id AND a.starts_at < b.starts_at
           AND b.starts_at < a.ends_at AND b.starts_at < b.ends_at""",
    "numbers have no gap": """
        SELECT s.id FROM number_series s LEFT JOIN document_number d ON d.series_id = s.id
         GROUP BY s.id, s.next_number
        HAVING count(d.position) <> s.next_number - 1
            OR coalesce(max(d.position), 0) <> s.next_number - 1""",
    "a paid or issued claim is numbered or waits for it": """
        SELECT i.id, i.cause, i.state FROM invoice i
         WHERE i.total_minor > 0 AND NOT (i.cause = 'purchase' AND i.state <> 'paid')
           AND NOT EXISTS (SELECT FROM document_number d WHERE d.document_id = i.id)
           AND NOT EXISTS (SELECT FROM numbering_queue q WHERE q.document_id = i.id)""",
    "lines of a subscription do not overlap but for what was credited": """
        SELECT a.invoice_id, b.invoice_id FROM invoice_line a
          JOIN invoice ia ON ia.id = a.invoice_id AND ia.state IN ('open', 'paid')
          JOIN invoice ib ON ib.subscription_id = ia.subscription_id
           AND ib.state IN ('open', 'paid')
          JOIN invoice_line b ON b.invoice_id = ib.id
         WHERE a.item_id = b.item_id AND a.period_start < b.period_start
           AND b.period_start < a.period_end""",
}


async def prove(connection: Connection, simulator: Simulator) -> None:
    """Assert every invariant of a world; whoever opened it need not remember to."""
    for name, statement in FAULTS.items():
        cursor = await connection.execute(cast("LiteralString", statement))
        found = await cursor.fetchall()
        assert not found, (name, found)
    await _prove_money(connection, simulator)


async def _prove_money(connection: Connection, simulator: Simulator) -> None:
    """Compare our books with the provider's own."""
    truth = [
        one
        for one in await simulator.truth()
        if one["status"] == "succeeded" and not one["reference"].startswith(FOREIGN)
    ]
    cursor = await connection.execute(
        "SELECT a.id::text, a.amount_minor, a.state FROM attempt a UNION ALL"
        " SELECT r.id::text, r.amount_minor, r.state FROM refund r"
    )
    ours = {reference: (amount, state) for reference, amount, state in await cursor.fetchall()}
    moved = [(one["reference"], one["amount"]) for one in truth]
    assert len(moved) == len(set(moved)), "the provider executed something twice"
    cursor = await connection.execute(
        "SELECT subject_id::text FROM money_exception WHERE reason = 'late_success'"
    )
    late = {reference for (reference,) in await cursor.fetchall()}
    for reference, amount in moved:
        ours_amount, state = ours[reference]
        assert ours_amount == amount, reference
        assert state in {"succeeded", "sent", "unknown"} or reference in late, (reference, state)
    proven = {reference for reference, _ in moved}
    for reference, (_, state) in ours.items():
        assert state != "succeeded" or reference in proven, (
            "not in the provider's book",
            reference,
        )
