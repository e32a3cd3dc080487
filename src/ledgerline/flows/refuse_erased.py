"""Refuse to write for a customer that was erased, where the customer itself is not locked."""

from ledgerline.base.db import Tx
from ledgerline.base.ids import CustomerId, bucket_of
from ledgerline.customers import store as customers
from ledgerline.customers.rules.erasure import refuse_erased


async def refuse_erased_in(tx: Tx, customer_id: CustomerId) -> None:
    """Raise ``CustomerErased`` for a customer that was erased.

    Called under the lock of a subscription or payment of the customer: an erasure locks them all,
    so that it has either happened before or waits.
    """
    [customer] = await customers.read_customers(
        tx, buckets=[bucket_of(customer_id)], ids=[customer_id]
    )
    refuse_erased(customer)
