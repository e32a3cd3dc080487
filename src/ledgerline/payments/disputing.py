"""Statements of disputes: what a payer or bank takes back of a charge."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from ledgerline.base.db import Tx
from ledgerline.base.ids import AttemptId, Bucket, DisputeId, InvoiceId, PaymentId, RefundId
from ledgerline.base.statements import statements
from ledgerline.payments.rows.disputes import (
    DisputedInvoiceRow,
    DisputeDrawRow,
    DisputedRow,
    DisputeFactRow,
    DisputeMoveRow,
    DisputePolicyRow,
    DisputeRow,
    DisputeStepRow,
    DrawnRow,
    DueDisputeRow,
    FrozenRow,
    NamelessRow,
    PayingRow,
    PromisedRow,
    RecollectRow,
    RoomRow,
    ToldOfRow,
)
from ledgerline.payments.rows.refunds import RefundRow

_SQL: Final = statements(__name__)


async def find_charged(tx: Tx, *, psp_account: str, psp_ref: str) -> list[ToldOfRow]:
    """Find the attempts that a provider calls by a name: two where it names no single one."""
    return await tx.rows(_SQL["find_charged"], ToldOfRow, psp_account=psp_account, psp_ref=psp_ref)


async def find_charge(
    tx: Tx, *, psp_account: str, bucket: Bucket, id: AttemptId
) -> ToldOfRow | None:
    """Find an attempt of an account by its id."""
    return await tx.row(
        _SQL["find_charge"], ToldOfRow, psp_account=psp_account, bucket=bucket, id=id
    )


async def read_paying(tx: Tx, *, bucket: Bucket, payment_id: PaymentId) -> set[AttemptId]:
    """Read the attempts whose money a payment has; none while it is not paid."""
    rows = await tx.rows(_SQL["read_paying"], PayingRow, bucket=bucket, payment_id=payment_id)
    return {row.id for row in rows}


async def find_dispute(tx: Tx, *, bucket: Bucket, id: DisputeId) -> DisputeRow | None:
    """Find a dispute, unlocked."""
    return await tx.row(_SQL["find_dispute"], DisputeRow, bucket=bucket, id=id)


async def lock_disputes(tx: Tx, *, bucket: Bucket, payment_id: PaymentId) -> list[DisputeRow]:
    """Read and lock the disputes of a payment, the oldest first."""
    return await tx.rows(_SQL["lock_disputes"], DisputeRow, bucket=bucket, payment_id=payment_id)


async def read_disputes_of_invoice(
    tx: Tx, *, bucket: Bucket, invoice_id: InvoiceId
) -> list[DisputeRow]:
    """Read the disputes of an invoice whose lock is held, those of each payment by age."""
    return await tx.rows(
        _SQL["read_disputes_of_invoice"], DisputeRow, bucket=bucket, invoice_id=invoice_id
    )


async def find_disputed(
    tx: Tx, *, buckets: Sequence[Bucket], invoice_ids: Sequence[InvoiceId]
) -> set[InvoiceId]:
    """Find those of some invoices that have a dispute, whatever its state."""
    rows = await tx.rows(
        _SQL["find_disputed"], DisputedInvoiceRow, buckets=list(buckets),
        invoice_ids=list(invoice_ids),
    )  # fmt: skip
    return {row.id for row in rows}


async def read_promised(tx: Tx, *, bucket: Bucket, payment_id: PaymentId) -> int:
    """Read what refunds under way are to give back of a payment; no credit note says it yet."""
    row = await tx.row(_SQL["read_promised"], PromisedRow, bucket=bucket, payment_id=payment_id)
    assert row is not None, payment_id
    return row.promised_minor


async def add_dispute(tx: Tx, row: DisputeRow) -> int:
    """Keep a dispute that was told of first."""
    return await tx.execute(_SQL["add_dispute"], **row._asdict())


async def step_dispute(tx: Tx, row: DisputeStepRow) -> int:
    """Write what a fact changed of a dispute whose lock is held."""
    return await tx.execute(_SQL["step_dispute"], **row._asdict())


async def add_fact(tx: Tx, row: DisputeFactRow) -> int:
    """Keep what was told of a dispute, or done about it."""
    return await tx.execute(_SQL["add_fact"], **row._asdict())


async def read_facts(tx: Tx, *, bucket: Bucket, ids: Sequence[DisputeId]) -> list[DisputeFactRow]:
    """Read what was told of some disputes of a bucket and done about them, in order."""
    return await tx.rows(_SQL["read_facts"], DisputeFactRow, bucket=bucket, ids=list(ids))


async def change_disputed(tx: Tx, row: DisputedRow) -> int:
    """Count more or less of a payment as disputed and as lost."""
    return await tx.execute(_SQL["change_disputed"], **row._asdict())


async def read_room(tx: Tx, *, bucket: Bucket, id: PaymentId) -> RoomRow | None:
    """Read how much of a payment neither refunds nor disputes have, or are to have."""
    return await tx.row(_SQL["read_room"], RoomRow, bucket=bucket, id=id)


async def read_moves(
    tx: Tx, *, buckets: Sequence[Bucket], ids: Sequence[AttemptId]
) -> list[DisputeMoveRow]:
    """Read what facts of disputes moved of the money of some attempts."""
    return await tx.rows(_SQL["read_moves"], DisputeMoveRow, buckets=list(buckets), ids=list(ids))


async def add_draws(tx: Tx, rows: Sequence[DisputeDrawRow]) -> int:
    """Keep what disputes take of lots of credit, or give back."""
    return await tx.copy(_SQL["add_draws"], rows)


async def read_draws(tx: Tx, *, bucket: Bucket, dispute_id: DisputeId) -> list[DrawnRow]:
    """Read what a dispute has of each lot of credit."""
    return await tx.rows(_SQL["read_draws"], DrawnRow, bucket=bucket, dispute_id=dispute_id)


async def stop_machine(tx: Tx, *, bucket: Bucket, id: AttemptId, now: datetime) -> int:
    """Let no machine charge the instrument of an attempt any more; counts it, if one did."""
    return await tx.execute(_SQL["stop_machine"], bucket=bucket, id=id, now=now)


async def count_recollections(tx: Tx, *, bucket: Bucket, invoice_id: InvoiceId) -> int:
    """Count the payments that collected an invoice anew, whatever came of them."""
    row = await tx.row(
        _SQL["count_recollections"], RecollectRow, bucket=bucket, invoice_id=invoice_id
    )
    assert row is not None, invoice_id
    return row.times


async def read_policies(tx: Tx) -> list[DisputePolicyRow]:
    """Read what follows when a dispute is lost, where it was set."""
    return await tx.rows(_SQL["read_policies"], DisputePolicyRow)


async def put_policy(tx: Tx, row: DisputePolicyRow, *, now: datetime) -> int:
    """Set what follows when a dispute of a kind is lost."""
    return await tx.execute(_SQL["put_policy"], **row._asdict(), now=now)


async def read_due(tx: Tx, *, now: datetime, until: datetime, limit: int) -> list[DueDisputeRow]:
    """Read disputes that wait for an answer of ours until an instant, the most pressing first."""
    return await tx.rows(_SQL["read_due"], DueDisputeRow, now=now, until=until, limit=limit)


async def take_refunded_back(tx: Tx, refund: RefundRow) -> int:
    """Count the amount of a refund that came back as not refunded."""
    return await tx.execute(
        _SQL["take_refunded_back"], bucket=refund.bucket, id=refund.payment_id,
        amount_minor=refund.amount_minor,
    )  # fmt: skip


async def freeze_refunds(
    tx: Tx, *, buckets: Sequence[Bucket], ids: Sequence[RefundId], until: datetime
) -> list[FrozenRow]:
    """Put off those of some refunds never sent whose money is disputed, or went back by that."""
    return await tx.rows(
        _SQL["freeze_refunds"], FrozenRow, buckets=list(buckets), ids=list(ids), until=until
    )


async def read_nameless(tx: Tx, *, psp_account: str, limit: int) -> list[NamelessRow]:
    """Read the disputes at an account that hold or lost money and that only files have told of."""
    return await tx.rows(_SQL["read_nameless"], NamelessRow, psp_account=psp_account, limit=limit)
