"""Read what a buyer is told at a checkout."""

from collections.abc import Sequence

from ledgerline.base.calendar import local_date
from ledgerline.base.ids import CustomerId, bucket_of
from ledgerline.base.run import Run
from ledgerline.catalog import store as catalog
from ledgerline.catalog.rows import MarketTextRow
from ledgerline.catalog.rules.texts import in_force
from ledgerline.customers import store as customers


async def read_told(
    run: Run, customer_id: CustomerId, *, languages: Sequence[str]
) -> list[MarketTextRow]:
    """Read what a buyer is told today: each kind once, in the first language that has it.

    Called by the checkout page; the customer exists.
    """
    async with run.transaction() as tx:
        [customer] = await customers.read_customers(
            tx, buckets=[bucket_of(customer_id)], ids=[customer_id]
        )
        texts = await catalog.read_texts(tx, market_codes=[customer.market_code])
    return in_force(texts, on=local_date(run.now(), customer.zone), languages=languages)
