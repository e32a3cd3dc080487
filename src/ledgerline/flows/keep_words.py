"""Keep what people write about something, unless its customer was erased."""

from uuid import UUID

from ledgerline.base import cards
from ledgerline.base.db import Tx
from ledgerline.base.ids import Bucket
from ledgerline.customers import store as customers
from ledgerline.payments import exceptions


async def keep_words_in(tx: Tx, words: str, *, bucket: Bucket, subject_id: UUID) -> str:
    """Return the words that are kept of a payment, an attempt, a refund or what is nobody's.

    Of a customer who was erased none are, for an erasure deletes what people wrote before it: the
    answer is an empty text then. The customer is locked, so that an erasure waits; called first,
    for customers stand at the top of the lock order. Raises ``CardNumberRefused``.
    """
    cards.refuse_cards([words])
    owner = await exceptions.find_owner(tx, bucket=bucket, subject_id=subject_id)
    if owner is None:
        return words
    [customer] = await customers.lock_customers(tx, buckets=[bucket], ids=[owner.customer_id])
    return words if customer.erased_at is None else ""
