"""A customer as a shell shows them: without names and addresses."""

from typing import Final
from uuid import UUID

from ledgerline.base.ids import bucket_of
from ledgerline.base.run import Run
from ledgerline.cli import belongings
from ledgerline.cli.records import LATEST, TOP, Record, amount, record
from ledgerline.customers import views
from ledgerline.ledger import views as ledger
from ledgerline.payments import views as payments

_SEALED: Final = "email_sealed buyer_sealed wrapped metadata place_evidence"


async def read_customer(run: Run, customer_id: UUID) -> Record | None:
    """Read a customer without what is sealed, and the latest of what belongs to them."""
    bucket = bucket_of(customer_id)
    async with run.reading() as read:
        row = await views.customer(read, bucket=bucket, id=customer_id)
        if row is None:
            return None
        credit = await ledger.credit(read, buckets=[bucket], customer_ids=[row.id])
        methods = await payments.payment_methods(
            read, bucket=bucket, customer_id=customer_id, before=TOP, limit=LATEST
        )
        belonging = await belongings.of_customer(read, customer_id, now=run.now())
    return {
        **record(row, "customer", without=_SEALED),
        "erased": row.erased_at is not None,
        "credit": [
            {"seller": one.seller_code, "balance": amount(one.balance_minor, one.currency)}
            for one in credit
        ],
        "payment_methods": [
            record(one, "payment_method", without="customer_id metadata version bin")
            for one in methods
        ],
        **belonging,
    }
