"""What must hold in every world, whatever happened in it."""

from typing import Any, Final, LiteralString, cast

from psycopg import AsyncConnection

from ledgerline.base.run import Run
from ledgerline.documents.einvoice.check import DECIMALS_MAX, broken
from ledgerline.flows.list_documents import Wanted, list_documents
from ledgerline.flows.verify_documents import verify_documents
from tests.pspsim.simulator import Simulator

Connection = AsyncConnection[tuple[Any, ...]]

TAXED: Final = frozenset({"invoice", "credit_note"})
TOLERATED: Final = ({"BR-CO-17"}, set[str](), set[str]())
"""By decimals: whole yen that a market rounds down lie further off than the rules foresee."""
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
               SELECT customer_id, remaining_minor AS amount FROM credit_lot UNION ALL
               SELECT customer_id, amount_minor FROM refund
                WHERE cause = 'credit' AND state NOT IN ('succeeded', 'failed', 'reversed')
                UNION ALL
               SELECT customer_id, amount_minor FROM transfer WHERE debit = 'customer_credit'
                UNION ALL
               SELECT customer_id, -amount_minor FROM transfer WHERE credit = 'customer_credit') a
         GROUP BY customer_id HAVING sum(amount) <> 0""",
    "receivable is what open invoices claim": """
        SELECT customer_id, sum(amount) FROM (
               SELECT customer_id, total_minor AS amount FROM invoice
                WHERE state = 'open' UNION ALL
               SELECT i.customer_id, -a.amount_minor FROM invoice i
                 JOIN allocation a ON a.invoice_id = i.id WHERE i.state = 'open' UNION ALL
               SELECT customer_id, -amount_minor FROM transfer WHERE debit = 'receivable' UNION ALL
               SELECT customer_id, amount_minor FROM transfer WHERE credit = 'receivable') a
         GROUP BY customer_id HAVING sum(amount) <> 0""",
    "an invoice is open for what is not settled": """
        SELECT i.id, i.state, i.total_minor, sum(a.amount_minor) FROM invoice i
          LEFT JOIN allocation a ON a.invoice_id = i.id
         GROUP BY i.id, i.state, i.total_minor
        HAVING CASE WHEN i.state = 'open' THEN coalesce(sum(a.amount_minor), 0) >= i.total_minor
                    WHEN i.state = 'void' THEN coalesce(sum(a.amount_minor), 0) <> 0
                    ELSE coalesce(sum(a.amount_minor), 0) <> i.total_minor END""",
    "lots of credit lose what is paid with it or out": """
        SELECT g.id, g.amount_minor, g.remaining_minor, sum(a.amount_minor) FROM credit_lot g
          LEFT JOIN (SELECT source_id, amount_minor FROM allocation WHERE source_kind = 'credit'
                      UNION ALL
                     SELECT d.lot_id, d.amount_minor FROM refund_draw d
                       JOIN refund f ON f.id = d.refund_id
                      WHERE f.state NOT IN ('failed', 'reversed')
                      UNION ALL SELECT w.lot_id, w.amount_minor FROM dispute_draw w) a
            ON a.source_id = g.id
         GROUP BY g.id, g.amount_minor, g.remaining_minor
        HAVING g.amount_minor - g.remaining_minor <> coalesce(sum(a.amount_minor), 0)""",
    "an invoice knows what was credited": """
        SELECT i.id FROM invoice i
          LEFT JOIN credit_note c ON c.invoice_id = i.id
         GROUP BY i.id, i.credited_minor
        HAVING i.credited_minor <> coalesce(sum(c.total_minor), 0)""",
    "receipts are succeeded payments and refunds": """
        (SELECT id, captured_minor FROM payment WHERE state = 'succeeded' UNION ALL
         SELECT id, amount_minor FROM refund WHERE state IN ('succeeded', 'reversed') UNION ALL
         SELECT id, amount_minor FROM refund WHERE state = 'reversed')
        EXCEPT ALL SELECT subject_id, amount_minor FROM receipt""",
    "no receipt without a payment or refund": """
        SELECT subject_id, amount_minor FROM receipt EXCEPT ALL
        (SELECT id, captured_minor FROM payment WHERE state = 'succeeded' UNION ALL
         SELECT id, amount_minor FROM refund WHERE state IN ('succeeded', 'reversed') UNION ALL
         SELECT id, amount_minor FROM refund WHERE state = 'reversed')""",
    "covers of a subscription do not overlap": """
        SELECT a.subscription_id, a.starts_at FROM cover a JOIN cover b
            ON a.subscription_id = b.subscription_id AND a.component = b.component
           AND a.starts_at < b.starts_at
           AND b.starts_at < a.ends_at AND b.starts_at < b.ends_at""",
    "numbers have no gap": """
        SELECT s.id FROM number_series s LEFT JOIN document_number d ON d.series_id = s.id
         GROUP BY s.id, s.next_number
        HAVING count(d.position) <> s.next_number - 1
            OR coalesce(max(d.position), 0) <> s.next_number - 1""",
    "a paid or issued claim is numbered or waits for it": """
        SELECT i.id, i.cause, i.state FROM invoice i
         WHERE i.total_minor > 0 AND (i.cause = 'renewal' OR i.state = 'paid')
           AND NOT EXISTS (SELECT FROM document_number d WHERE d.document_id = i.id)
           AND NOT EXISTS (SELECT FROM numbering_queue q WHERE q.document_id = i.id)""",
    "lines of an item do not overlap": """
        SELECT a.subscription_id, a.item_no, a.period_start, b.period_start FROM invoice_line a
          JOIN invoice ia ON ia.id = a.invoice_id AND ia.state <> 'void'
          JOIN invoice_line b ON b.subscription_id = a.subscription_id AND b.item_no = a.item_no
           AND b.kind = a.kind
          JOIN invoice ib ON ib.id = b.invoice_id AND ib.state <> 'void'
         WHERE a.period_start < b.period_start AND b.period_start < a.period_end""",
    "a component is billed twice a day only where it was credited": """
        SELECT a.subscription_id, a.component, a.period_start, b.period_start FROM invoice_line a
          JOIN invoice ia ON ia.id = a.invoice_id AND ia.state IN ('open', 'paid')
          JOIN invoice_line b ON b.subscription_id = a.subscription_id
           AND b.component = a.component
          JOIN invoice ib ON ib.id = b.invoice_id AND ib.state IN ('open', 'paid')
          JOIN subscription_item i ON i.subscription_id = b.subscription_id AND i.no = b.item_no
         WHERE a.kind = 'recurring' AND b.kind = 'recurring' AND a.item_no < b.item_no
           AND b.period_start < a.period_end AND a.period_start < b.period_end
           AND a.gross_minor > 0 AND i.quantity < a.quantity + b.quantity
           AND NOT EXISTS (SELECT FROM line_credit c WHERE c.subscription_id = a.subscription_id
                              AND c.item_no = a.item_no AND c.period_start = a.period_start)
           AND NOT EXISTS (SELECT FROM refund_line r WHERE r.subscription_id = a.subscription_id
                              AND r.item_no = a.item_no AND r.period_start = a.period_start)""",
    "one item of a component is in force a day": """
        SELECT a.subscription_id, a.no, b.no FROM subscription_item a JOIN subscription_item b
            ON a.subscription_id = b.subscription_id AND a.component = b.component AND a.no < b.no
         WHERE greatest(a.starts_on, b.starts_on)
               < least(coalesce(a.ends_on, 'infinity'), coalesce(b.ends_on, 'infinity'))""",
    "a change waits while its payment is under way": """
        SELECT w.subscription_id, w.invoice_id FROM pending_change w
          LEFT JOIN invoice i ON i.id = w.invoice_id AND i.cause = 'change' AND i.state = 'open'
         WHERE i.id IS NULL""",
    "a change that nobody paid is being paid": """
        SELECT i.id FROM invoice i
          LEFT JOIN payment p ON p.invoice_id = i.id AND p.state = 'processing'
         WHERE i.cause = 'change' AND i.state = 'open' AND p.id IS NULL""",
    "what came too late goes back whole": """
        SELECT i.id, i.total_minor, i.credited_minor, f.state, f.amount_minor FROM refund f
          JOIN invoice i ON i.id = f.invoice_id
         WHERE f.cause = 'late_change' AND i.total_minor <> i.credited_minor
               + CASE WHEN f.state IN ('succeeded', 'failed', 'reversed') THEN 0
                       ELSE f.amount_minor END""",
    "refunds take of lines what they give": """
        SELECT f.id, f.amount_minor, sum(r.amount_minor) FROM refund f
          LEFT JOIN refund_line r ON r.refund_id = f.id
         WHERE f.cause IN ('asked', 'late_change')
         GROUP BY f.id, f.amount_minor
        HAVING f.amount_minor <> coalesce(sum(r.amount_minor), 0)""",
}


async def prove(connection: Connection, simulator: Simulator) -> None:
    """Assert every invariant of a world; whoever opened it need not remember to."""
    for name, statement in FAULTS.items():
        cursor = await connection.execute(cast("LiteralString", statement))
        found = await cursor.fetchall()
        assert not found, (name, found)
    await _prove_money(connection, simulator)


async def prove_documents(run: Run) -> None:
    """Assert that every document proves itself and that its amounts add up by EN 16931."""
    verified = await verify_documents(run, rebuild=True)
    assert [fault for one in verified for fault in one.faults] == []
    async for _, page in list_documents(run, Wanted(kinds=TAXED)):
        for body in (kept.document.body for kept in page):
            if body.exponent <= DECIMALS_MAX:  # what EN 16931 can say
                rules = {one.rule for one in broken(body)}
                assert rules <= TOLERATED[body.exponent], body


async def _prove_money(connection: Connection, simulator: Simulator) -> None:
    """Compare our books with the provider's own."""
    truth = [
        one
        for one in await simulator.truth()
        if one["status"] == "succeeded"
        and not one["reference"].startswith(FOREIGN)
        and one["kind"] != "setup"
    ]
    cursor = await connection.execute(
        "SELECT coalesce(a.adopted_from, a.id)::text, a.amount_minor, a.state FROM attempt a"
        " WHERE NOT EXISTS (SELECT FROM attempt o WHERE o.adopted_from = a.id) UNION ALL"
        " SELECT r.id::text, r.amount_minor, r.state FROM refund r"
        " WHERE r.request_digest IS NOT NULL OR r.state <> 'succeeded'"  # else nobody sent it
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
        open_or_done = {"succeeded", "sent", "unknown", "reversed"}  # or it came back later
        assert state in open_or_done or reference in late, ("executed there", reference, state)
    proven = {reference for reference, _ in moved}
    for reference, (_, state) in ours.items():
        assert state != "succeeded" or reference in proven, (
            "not in the provider's book",
            reference,
        )
