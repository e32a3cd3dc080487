"""Statements of subscriptions."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from ledgerline.base.db import Tx
from ledgerline.base.errors import Rejected
from ledgerline.base.ids import Bucket, CustomerId, InvoiceId, PaymentMethodId, SubscriptionId
from ledgerline.base.statements import statements
from ledgerline.subscriptions.model import ChangeInProgress, PurchaseInProgress
from ledgerline.subscriptions.rows import (
    AdvanceRow,
    AgreementRow,
    ChargedSubscriptionRow,
    CountedRow,
    DueRow,
    EasedRow,
    HeldSubscriptionRow,
    ItemEndRow,
    ItemRow,
    LogRow,
    NewSubscriptionRow,
    NotedRow,
    NoteRow,
    OfferRow,
    ParkRow,
    PendingChangeRow,
    ProjectRow,
    ReservedRow,
    SubscriptionRow,
    SubscriptionStepRow,
)

REFUSALS: Final[dict[str, type[Rejected]]] = {
    "subscription_one_live": PurchaseInProgress,
    "pending_change_pk": ChangeInProgress,
}
_SQL: Final = statements(__name__, refusals=REFUSALS)


async def add_subscriptions(tx: Tx, rows: Sequence[NewSubscriptionRow]) -> int:
    """Insert subscriptions; a second live one in a family raises ``PurchaseInProgress``."""
    return await tx.copy(_SQL["add_subscriptions"], rows)


async def claim_due(
    tx: Tx, *, bucket_from: int, bucket_to: int, now: datetime, per_bucket: int, limit: int
) -> list[SubscriptionRow]:
    """Claim due subscriptions of ``[bucket_from, bucket_to)``, skipping those others hold."""
    return await tx.rows(
        _SQL["claim_due"], SubscriptionRow, bucket_from=bucket_from, bucket_to=bucket_to, now=now,
        per_bucket=per_bucket, limit=limit,
    )  # fmt: skip


async def read_due(
    tx: Tx, *, until: datetime, market_code: str | None, after: SubscriptionId, limit: int
) -> list[SubscriptionRow]:
    """Read a page of what falls due until an instant, unlocked, in the order of the ids."""
    return await tx.rows(
        _SQL["read_due"], SubscriptionRow, until=until, market_code=market_code, after=after,
        limit=limit,
    )  # fmt: skip


async def lock_subscriptions(
    tx: Tx, *, buckets: Sequence[Bucket], ids: Sequence[SubscriptionId]
) -> list[SubscriptionRow]:
    """Read and lock some subscriptions in the global order."""
    return await tx.rows(
        _SQL["lock_subscriptions"], SubscriptionRow, buckets=list(buckets), ids=list(ids)
    )


async def lock_charged_by(
    tx: Tx,
    *,
    buckets: Sequence[Bucket],
    customer_ids: Sequence[CustomerId],
    payment_method_ids: Sequence[PaymentMethodId],
) -> list[SubscriptionRow]:
    """Read and lock, in the global order, what is live of some customers and charged so."""
    return await tx.rows(
        _SQL["lock_charged_by"], SubscriptionRow, buckets=list(buckets),
        customer_ids=list(customer_ids), payment_method_ids=list(payment_method_ids),
    )  # fmt: skip


async def read_subscriptions(
    tx: Tx, *, buckets: Sequence[Bucket], ids: Sequence[SubscriptionId]
) -> list[SubscriptionRow]:
    """Read some subscriptions as this transaction has left them; their locks are held."""
    return await tx.rows(
        _SQL["read_subscriptions"], SubscriptionRow, buckets=list(buckets), ids=list(ids)
    )


async def read_items(
    tx: Tx, *, buckets: Sequence[Bucket], ids: Sequence[SubscriptionId]
) -> list[ItemRow]:
    """Read the items of some subscriptions that reach beyond what is billed, in their order."""
    return await tx.rows(_SQL["read_items"], ItemRow, buckets=list(buckets), ids=list(ids))


async def read_had(
    tx: Tx, *, buckets: Sequence[Bucket], ids: Sequence[SubscriptionId]
) -> list[ItemRow]:
    """Read the plans that some subscriptions are of, or were, in the order of their days."""
    return await tx.rows(_SQL["read_had"], ItemRow, buckets=list(buckets), ids=list(ids))


async def read_all_items(
    tx: Tx, *, bucket: Bucket, subscription_id: SubscriptionId
) -> list[ItemRow]:
    """Read every item a subscription has ever had, in their order."""
    return await tx.rows(
        _SQL["read_all_items"], ItemRow, bucket=bucket, subscription_id=subscription_id
    )


async def read_offers(
    tx: Tx, *, buckets: Sequence[Bucket], ids: Sequence[SubscriptionId]
) -> list[OfferRow]:
    """Read the offers of some subscriptions that reach beyond what is billed."""
    return await tx.rows(_SQL["read_offers"], OfferRow, buckets=list(buckets), ids=list(ids))


async def read_charged(
    tx: Tx, *, buckets: Sequence[Bucket], ids: Sequence[SubscriptionId]
) -> list[ChargedSubscriptionRow]:
    """Read where some subscriptions are sold, and which of them have ended."""
    return await tx.rows(
        _SQL["read_charged"], ChargedSubscriptionRow, buckets=list(buckets), ids=list(ids)
    )


async def read_eased(
    tx: Tx, *, buckets: Sequence[Bucket], ids: Sequence[SubscriptionId]
) -> list[EasedRow]:
    """Read when the end of collection last eased some subscriptions; most are not there."""
    return await tx.rows(_SQL["read_eased"], EasedRow, buckets=list(buckets), ids=list(ids))


async def read_live(tx: Tx, *, bucket: Bucket, customer_id: CustomerId) -> list[SubscriptionRow]:
    """Read the live subscriptions of a customer; there is at most one a family."""
    return await tx.rows(_SQL["read_live"], SubscriptionRow, bucket=bucket, customer_id=customer_id)


async def advance(tx: Tx, rows: Sequence[AdvanceRow]) -> int:
    """Begin the next period of a batch; the rows are locked, so a moved version is a defect."""
    return await tx.write(_SQL["advance"], rows)


async def project(tx: Tx, rows: Sequence[ProjectRow]) -> int:
    """Put a subscription on the clock that its log says."""
    return await tx.write(_SQL["project"], rows)


async def reserve(tx: Tx, rows: Sequence[ReservedRow]) -> int:
    """Count the items that a change that waits has taken."""
    return await tx.write(_SQL["reserve"], rows)


async def add_items(tx: Tx, rows: Sequence[ItemRow]) -> int:
    """Open items."""
    return await tx.copy(_SQL["add_items"], rows)


async def end_items(tx: Tx, rows: Sequence[ItemEndRow]) -> int:
    """End items; an end only ever moves earlier, the database refuses another."""
    return await tx.write(_SQL["end_items"], rows)


async def add_offers(tx: Tx, rows: Sequence[OfferRow]) -> int:
    """Begin offers."""
    return await tx.copy(_SQL["add_offers"], rows)


async def step(tx: Tx, rows: Sequence[SubscriptionStepRow]) -> int:
    """Move subscriptions along their state table; the database refuses every other move."""
    return await tx.write(_SQL["step"], rows)


async def set_customer_version(
    tx: Tx, *, bucket: Bucket, customer_id: CustomerId, customer_version: int
) -> int:
    """Let the live subscriptions of a customer name the buyer's newest version; counts them.

    Their own version stays: nothing that a flow decides on has changed.
    """
    return await tx.execute(
        _SQL["set_customer_version"], bucket=bucket, customer_id=customer_id,
        customer_version=customer_version,
    )  # fmt: skip


async def set_payment_method(
    tx: Tx, *, bucket: Bucket, id: SubscriptionId, payment_method_id: PaymentMethodId
) -> int:
    """Let another method pay what comes next; nothing that a flow decides on has changed."""
    return await tx.execute(
        _SQL["set_payment_method"], expect=1, bucket=bucket, id=id,
        payment_method_id=payment_method_id,
    )  # fmt: skip


async def read_notes(tx: Tx, *, bucket: Bucket, id: SubscriptionId) -> NotedRow | None:
    """Read what a caller noted on a subscription."""
    return await tx.row(_SQL["read_notes"], NotedRow, bucket=bucket, id=id)


async def forget_external_id(tx: Tx, *, bucket: Bucket, id: SubscriptionId) -> int:
    """Take the caller's name from a subscription that never began."""
    return await tx.execute(_SQL["forget_external_id"], bucket=bucket, id=id)


async def set_notes(tx: Tx, row: NoteRow) -> int:
    """Replace what a caller noted on a subscription, which is locked."""
    return await tx.execute(_SQL["set_notes"], expect=1, **row._asdict())


async def add_agreements(tx: Tx, rows: Sequence[AgreementRow]) -> int:
    """Record the texts a payer accepted; one that they accepted at the same instant is there."""
    return await tx.write(_SQL["add_agreements"], rows, each=False)


async def read_agreed(
    tx: Tx, *, buckets: Sequence[Bucket], ids: Sequence[SubscriptionId]
) -> list[AgreementRow]:
    """Read what the payers of some subscriptions were told and accepted."""
    return await tx.rows(_SQL["read_agreed"], AgreementRow, buckets=list(buckets), ids=list(ids))


async def park(tx: Tx, rows: Sequence[ParkRow]) -> int:
    """Park subscriptions: no run touches them until they are looked at."""
    return await tx.write(_SQL["park"], rows)


async def release(tx: Tx, rows: Sequence[ParkRow]) -> int:
    """Let billing runs take up what is parked for a reason; return how many were."""
    return await tx.write(_SQL["release"], rows, each=False)


async def append_log(tx: Tx, rows: Sequence[LogRow]) -> int:
    """Append log entries; a repeated command or sequence number is refused by a key."""
    return await tx.copy(_SQL["append_log"], rows)


async def read_log(tx: Tx, *, bucket: Bucket, subscription_id: SubscriptionId) -> list[LogRow]:
    """Read the log of a subscription in the order in which it was written."""
    return await tx.rows(_SQL["read_log"], LogRow, bucket=bucket, subscription_id=subscription_id)


async def add_pending_changes(tx: Tx, rows: Sequence[PendingChangeRow]) -> int:
    """Freeze changes until they are paid.

    A second one of a subscription raises ``ChangeInProgress``.
    """
    return await tx.copy(_SQL["add_pending_changes"], rows)


async def read_pending_changes(
    tx: Tx, *, buckets: Sequence[Bucket], ids: Sequence[SubscriptionId]
) -> list[PendingChangeRow]:
    """Read the changes that wait, of some subscriptions whose locks are held."""
    return await tx.rows(
        _SQL["read_pending_changes"], PendingChangeRow, buckets=list(buckets), ids=list(ids)
    )


async def read_lapsed_changes(
    tx: Tx, *, bucket_from: int, bucket_to: int, now: datetime, limit: int
) -> list[PendingChangeRow]:
    """Find the changes of a bucket range that have waited long enough; without locks."""
    return await tx.rows(
        _SQL["read_lapsed_changes"], PendingChangeRow, bucket_from=bucket_from,
        bucket_to=bucket_to, now=now, limit=limit,
    )  # fmt: skip


async def drop_pending_changes(
    tx: Tx, *, buckets: Sequence[Bucket], invoice_ids: Sequence[InvoiceId]
) -> int:
    """Forget the changes of some invoices: they happened, or never will."""
    return await tx.execute(
        _SQL["drop_pending_changes"], buckets=list(buckets), invoice_ids=list(invoice_ids)
    )


async def count_events(tx: Tx, rows: Sequence[CountedRow]) -> int:
    """Count one event of each of some subscriptions whose rows stay as they are."""
    return await tx.write(_SQL["count_events"], rows)


async def next_due(tx: Tx) -> list[DueRow]:
    """Find the earliest instant at which a subscription, or a change that waits, is due."""
    return await tx.rows(_SQL["next_due"], DueRow)


async def lock_of_customer(
    tx: Tx, *, bucket: Bucket, customer_id: CustomerId
) -> list[HeldSubscriptionRow]:
    """Lock all subscriptions of a customer, live or ended."""
    return await tx.rows(
        _SQL["lock_of_customer"], HeldSubscriptionRow, bucket=bucket, customer_id=customer_id
    )


async def forget_notes(tx: Tx, *, bucket: Bucket, ids: Sequence[SubscriptionId]) -> int:
    """Take metadata and external ids off subscriptions that are locked; return of how many."""
    return await tx.execute(_SQL["forget_notes"], bucket=bucket, ids=list(ids))
