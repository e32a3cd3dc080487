"""Hold a purchase to what its market wants confirmed."""

from ledgerline.base.calendar import local_date
from ledgerline.base.db import Tx
from ledgerline.base.ids import bucket_of
from ledgerline.base.run import Run
from ledgerline.catalog import store as catalog
from ledgerline.catalog.rules.texts import unconfirmed
from ledgerline.customers import store as customers
from ledgerline.customers.rows import CustomerRow
from ledgerline.purchases.model import ConsentMissing
from ledgerline.rules.quote import Order


async def require_consents_in(tx: Tx, run: Run, order: Order, customer: CustomerRow) -> None:
    """Refuse an order without a word that its market wants; raises ``ConsentMissing``.

    Called by ``start_purchase``, and by whoever previews one.
    """
    texts = await catalog.read_texts(tx, market_codes=[customer.market_code])
    given = [(one.kind.value, one.text_version) for one in order.attached.agreements]
    missing = unconfirmed(texts, given, on=local_date(run.now(), customer.zone))
    if missing:
        named = ", ".join(f"{kind} {version}" for kind, version in missing)
        raise ConsentMissing("the market wants it confirmed", missing=named)


async def preview_consents(run: Run, order: Order) -> None:
    """Refuse what ``require_consents_in`` would refuse; the customer exists."""
    id = order.customer_id
    async with run.transaction() as tx:
        [customer] = await customers.read_customers(tx, buckets=[bucket_of(id)], ids=[id])
        await require_consents_in(tx, run, order, customer)
