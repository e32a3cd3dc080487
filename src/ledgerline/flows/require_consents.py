"""Hold what a customer orders to what their market wants confirmed."""

from collections.abc import Sequence

from ledgerline.base.calendar import local_date
from ledgerline.base.db import Tx
from ledgerline.base.ids import bucket_of
from ledgerline.base.run import Run
from ledgerline.catalog import store as catalog
from ledgerline.catalog.rules.texts import unconfirmed
from ledgerline.customers import store as customers
from ledgerline.purchases.model import ConsentMissing
from ledgerline.rules.quote import Order
from ledgerline.subscriptions.model import Accepted


async def require_consents_in(
    tx: Tx, run: Run, agreements: Sequence[Accepted], *, market_code: str, zone: str
) -> None:
    """Refuse an order without a word that its market wants; raises ``ConsentMissing``.

    Called by ``start_purchase`` and ``change_subscription``, and by whoever previews them.
    """
    texts = await catalog.read_texts(tx, market_codes=[market_code])
    given = [(one.kind.value, one.text_version) for one in agreements]
    missing = unconfirmed(texts, given, on=local_date(run.now(), zone))
    if missing:
        named = ", ".join(f"{kind} {version}" for kind, version in missing)
        raise ConsentMissing("the market wants it confirmed", missing=named)


async def preview_consents(run: Run, order: Order) -> None:
    """Refuse what ``require_consents_in`` would refuse; the customer exists."""
    id = order.customer_id
    async with run.transaction() as tx:
        [customer] = await customers.read_customers(tx, buckets=[bucket_of(id)], ids=[id])
        await require_consents_in(
            tx, run, order.attached.agreements, market_code=customer.market_code,
            zone=customer.zone,
        )  # fmt: skip
