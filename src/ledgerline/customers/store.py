"""Statements of customers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from ledgerline.base.db import Tx
from ledgerline.base.ids import Bucket, CustomerId
from ledgerline.base.statements import statements
from ledgerline.customers.model import TrialAlreadyUsed
from ledgerline.customers.rows import (
    BuyerFactRow,
    CustomerChangeRow,
    CustomerKeyRow,
    CustomerRow,
    NewCustomerRow,
    NoteRow,
    ProfileRow,
    RecipientRow,
    RedemptionRow,
    TrialRow,
    VersionRow,
)

REFUSALS: Final = {"trial_redemption_pk": TrialAlreadyUsed}
_SQL: Final = statements(__name__, refusals=REFUSALS)


async def add_customer(tx: Tx, row: NewCustomerRow) -> int:
    """Insert a customer."""
    return await tx.execute(_SQL["add_customer"], expect=1, **row._asdict())


async def change_customer(tx: Tx, row: CustomerChangeRow) -> int:
    """Put the next version of a customer in force; it is locked, so a moved version is a defect."""
    return await tx.execute(_SQL["change_customer"], expect=1, **row._asdict())


async def add_note(tx: Tx, row: NoteRow) -> int:
    """Keep what a colleague wrote about a customer."""
    return await tx.execute(_SQL["add_note"], expect=1, **row._asdict())


async def read_notes(
    tx: Tx, *, bucket: Bucket, customer_id: CustomerId, before: UUID, limit: int
) -> list[NoteRow]:
    """Read a page of what colleagues wrote about a customer, with ids below ``before``."""
    return await tx.rows(
        _SQL["read_notes"], NoteRow, bucket=bucket, customer_id=customer_id, before=before,
        limit=limit,
    )  # fmt: skip


async def delete_notes(tx: Tx, *, bucket: Bucket, customer_id: CustomerId) -> int:
    """Delete what was written about a customer; return how much it was."""
    return await tx.execute(_SQL["delete_notes"], bucket=bucket, customer_id=customer_id)


async def read_profile(tx: Tx, *, bucket: Bucket, id: CustomerId) -> ProfileRow | None:
    """Read what may change of a customer beside the buyer."""
    return await tx.row(_SQL["read_profile"], ProfileRow, bucket=bucket, id=id)


async def add_version(tx: Tx, row: VersionRow) -> int:
    """Record who the buyer is from now on; a number that is taken is refused by the key."""
    return await tx.execute(_SQL["add_version"], expect=1, **row._asdict())


async def read_versions(
    tx: Tx,
    *,
    buckets: Sequence[Bucket],
    customer_ids: Sequence[CustomerId],
    versions: Sequence[int],
) -> list[VersionRow]:
    """Read some versions of customers; what does not exist is left out."""
    return await tx.rows(
        _SQL["read_versions"], VersionRow, buckets=list(buckets), customer_ids=list(customer_ids),
        versions=list(versions),
    )  # fmt: skip


async def add_customer_key(
    tx: Tx, *, bucket: Bucket, customer_id: CustomerId, wrapped: bytes
) -> int:
    """Store a customer's wrapped data key."""
    return await tx.execute(
        _SQL["add_customer_key"], expect=1, bucket=bucket, customer_id=customer_id, wrapped=wrapped
    )


async def lock_customers(
    tx: Tx, *, buckets: Sequence[Bucket], ids: Sequence[CustomerId]
) -> list[CustomerRow]:
    """Read and lock some customers."""
    return await tx.rows(_SQL["lock_customers"], CustomerRow, buckets=list(buckets), ids=list(ids))


async def read_customers(
    tx: Tx, *, buckets: Sequence[Bucket], ids: Sequence[CustomerId]
) -> list[CustomerRow]:
    """Read some customers."""
    return await tx.rows(_SQL["read_customers"], CustomerRow, buckets=list(buckets), ids=list(ids))


async def read_customer_key(
    tx: Tx, *, bucket: Bucket, customer_id: CustomerId
) -> CustomerKeyRow | None:
    """Read a customer's wrapped data key; None once the customer is erased."""
    return await tx.row(
        _SQL["read_customer_key"], CustomerKeyRow, bucket=bucket, customer_id=customer_id
    )


async def lock_customer_key(
    tx: Tx, *, bucket: Bucket, customer_id: CustomerId
) -> CustomerKeyRow | None:
    """Read a customer's wrapped data key and keep an erasure waiting; None once erased."""
    return await tx.row(
        _SQL["lock_customer_key"], CustomerKeyRow, bucket=bucket, customer_id=customer_id
    )


async def delete_customer_key(tx: Tx, *, bucket: Bucket, customer_id: CustomerId) -> int:
    """Delete a customer's wrapped data key; 0 when it is gone."""
    return await tx.execute(_SQL["delete_customer_key"], bucket=bucket, customer_id=customer_id)


async def erase_customer(
    tx: Tx, *, bucket: Bucket, id: CustomerId, seen: int, erased_at: datetime
) -> int:
    """Take what is personal off a customer that is locked, by its next version."""
    return await tx.execute(
        _SQL["erase_customer"], expect=1, bucket=bucket, id=id, seen=seen, erased_at=erased_at
    )


async def redeem_trial(tx: Tx, row: RedemptionRow) -> int:
    """Spend a trial; ``TrialAlreadyUsed`` when the customer had one in this family."""
    return await tx.execute(_SQL["redeem_trial"], expect=1, **row._asdict())


async def read_trials(tx: Tx, *, bucket: Bucket, customer_id: CustomerId) -> list[TrialRow]:
    """Read the families in which a customer has had a trial."""
    return await tx.rows(_SQL["read_trials"], TrialRow, bucket=bucket, customer_id=customer_id)


async def read_buyer_facts(
    tx: Tx,
    *,
    buckets: Sequence[Bucket],
    customer_ids: Sequence[CustomerId],
    versions: Sequence[int],
) -> list[BuyerFactRow]:
    """Read what documents say of some versions of customers."""
    return await tx.rows(
        _SQL["read_buyer_facts"], BuyerFactRow, buckets=list(buckets),
        customer_ids=list(customer_ids), versions=list(versions),
    )  # fmt: skip


async def read_recipients(
    tx: Tx, *, buckets: Sequence[Bucket], ids: Sequence[CustomerId]
) -> list[RecipientRow]:
    """Read where and how some customers are written to."""
    return await tx.rows(
        _SQL["read_recipients"], RecipientRow, buckets=list(buckets), ids=list(ids)
    )
