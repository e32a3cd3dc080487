"""A customer's day is not the seller's: what is billed follows one, documents the other."""

from datetime import UTC, date, datetime
from pathlib import Path

from ledgerline.flows.number_documents import number_documents
from ledgerline.flows.read_document import read_document
from ledgerline.flows.request_refund import RefundOrder, request_refund
from tests.flow_world import open_world

# On the island the new year has begun; in Stockholm, where the seller keeps its books, it has not.
ISLAND = "Pacific/Kiritimati"
EVE = datetime(2026, 12, 31, 12, tzinfo=UTC)
LAST_DAY = date(2026, 12, 31)


async def test_documents_and_transfers_carry_the_day_of_the_sellers_books(
    fresh_database_url: str, tmp_path: Path
) -> None:
    async with open_world(fresh_database_url, tmp_path, at=EVE) as world:
        # given purchases on the island
        owner, leaver = await world.shopper(zone=ISLAND), await world.shopper(zone=ISLAND)
        poor = await world.shopper(token="tok_decline_insufficient_funds", zone=ISLAND)
        bought, left = await world.buy(owner), await world.buy(leaver)
        assert bought.payment_id is not None
        # when one is refunded, one canceled and one declined
        order = RefundOrder(bought.payment_id, None, "requested_by_customer")
        await request_refund(world.run, world.psps, order)
        await world.cancel(left)
        await world.buy(poor)
        # then the periods are the customer's
        assert await world.rows("SELECT DISTINCT period_start FROM invoice_line") == [
            (date(2027, 1, 1),)
        ]
        while await number_documents(world.run):
            pass
        receipt_id = await world.value(
            "SELECT id FROM receipt WHERE payment_id = %s AND kind = 'payment'", bought.payment_id
        )
        printed = (await read_document(world.run, receipt_id)).document.body
        # and documents, their series and transfers are of the seller's day and year
        assert await world.rows("SELECT DISTINCT issued_on FROM invoice") == [(LAST_DAY,)]
        assert await world.rows("SELECT DISTINCT issued_on FROM credit_note") == [(LAST_DAY,)]
        assert await world.rows("SELECT kind, period FROM number_series ORDER BY kind") == [
            ("credit_note", "2026"), ("invoice", "2026"), ("receipt", "2026"),
        ]  # fmt: skip
        assert await world.rows(
            "SELECT purpose, booked_on FROM transfer GROUP BY 1, 2 ORDER BY 1"
        ) == [
            (purpose, LAST_DAY)
            for (purpose,) in await world.rows("SELECT DISTINCT purpose FROM transfer ORDER BY 1")
        ]
        # as the receipt says
        assert printed.issue_date == LAST_DAY.isoformat()
