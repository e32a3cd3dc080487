"""Statements of payments."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from ledgerline.base.db import Tx
from ledgerline.base.errors import Rejected
from ledgerline.base.ids import (
    AttemptId,
    Bucket,
    InvoiceId,
    PaymentId,
    PaymentMethodId,
    RefundId,
    SubscriptionId,
)
from ledgerline.base.statements import statements
from ledgerline.payments.refusals import (
    InstrumentExists,
    PaymentInProgress,
    PaymentMethodKnown,
    PspAccountInUse,
    RefundExceedsCaptured,
)
from ledgerline.payments.rows.accounts import AccountUseRow, PspAccountRow
from ledgerline.payments.rows.attempts import (
    AttemptOwnerRow,
    AttemptRow,
    EndRow,
    EvidenceRow,
    LookRow,
    MarkedRow,
    NewAttemptRow,
)
from ledgerline.payments.rows.facts import PaymentFactRow, RefundFactRow
from ledgerline.payments.rows.inbox import InboxEndRow, InboxRow, NewInboxRow
from ledgerline.payments.rows.instruments import ChargedRow, NewInstrumentRow, NewPaymentMethodRow
from ledgerline.payments.rows.payments import (
    DuePaymentRow,
    DueRow,
    MendRow,
    NewPaymentRow,
    OwingRow,
    PaymentInvoiceRow,
    PaymentMethodRow,
    PaymentRow,
    PaymentStateRow,
    PaymentStepRow,
    TriedRow,
)
from ledgerline.payments.rows.refunds import (
    CaptureRow,
    NewRefundRow,
    RefundLineRow,
    RefundRow,
    RefundStepRow,
    ReservedLineRow,
    SendRow,
)

REFUSALS: Final[dict[str, type[Rejected]]] = {
    "attempt_one_live": PaymentInProgress,
    "payment_one_live": PaymentInProgress,
    "payment_bounds": RefundExceedsCaptured,
    "instrument_token": PaymentMethodKnown,
    "instrument_one_active": InstrumentExists,
    "instrument_account": PspAccountInUse,
}
_SQL: Final = statements(__name__, refusals=REFUSALS)


async def put_psp_account(tx: Tx, row: PspAccountRow) -> int:
    """Insert or update a merchant account; 0 when the code is taken at another provider."""
    return await tx.execute(_SQL["put_psp_account"], **row._asdict())


async def read_psp_accounts(tx: Tx) -> list[PspAccountRow]:
    """Read all merchant accounts."""
    return await tx.rows(_SQL["read_psp_accounts"], PspAccountRow)


async def read_account_use(tx: Tx, *, code: str) -> AccountUseRow:
    """Count what rests on a merchant account."""
    row = await tx.row(_SQL["read_account_use"], AccountUseRow, code=code)
    assert row is not None, "a count has a row"
    return row


async def set_account_status(tx: Tx, *, code: str, status: str) -> int:
    """Let new charges go to a merchant account, or not; 0 when there is none."""
    return await tx.execute(_SQL["set_account_status"], code=code, status=status)


async def remove_psp_account(tx: Tx, *, code: str) -> int:
    """Delete a merchant account; one with payment methods is ``PspAccountInUse``, 0 is none."""
    return await tx.execute(_SQL["remove_psp_account"], code=code)


async def add_payment_method(tx: Tx, row: NewPaymentMethodRow) -> int:
    """Insert a payment method; it can be charged once it has an instrument."""
    return await tx.execute(_SQL["add_payment_method"], expect=1, **row._asdict())


async def add_instrument(tx: Tx, row: NewInstrumentRow) -> int:
    """Insert the instrument of a method; a token that is known is ``PaymentMethodKnown``."""
    return await tx.execute(_SQL["add_instrument"], expect=1, **row._asdict())


async def keep_charged(tx: Tx, rows: Sequence[ChargedRow]) -> int:
    """Keep what charges told of their instruments, one row each; a token that is gone is skipped.

    The rows come in one order of methods, so that two batches never wait for each other in a ring.
    """
    return await tx.write(_SQL["keep_charged"], rows, each=False)


async def read_payment_methods(
    tx: Tx, *, buckets: Sequence[Bucket], ids: Sequence[PaymentMethodId]
) -> list[PaymentMethodRow]:
    """Read some payment methods."""
    return await tx.rows(
        _SQL["read_payment_methods"], PaymentMethodRow, buckets=list(buckets), ids=list(ids)
    )


async def add_payments(tx: Tx, rows: Sequence[NewPaymentRow]) -> int:
    """Open payments; a second live one of an invoice raises ``PaymentInProgress``."""
    return await tx.copy(_SQL["add_payments"], rows)


async def claim_due(
    tx: Tx, *, bucket_from: int, bucket_to: int, now: datetime, limit: int
) -> list[DuePaymentRow]:
    """Claim payments of a bucket range whose next try is due."""
    return await tx.rows(
        _SQL["claim_due"], DuePaymentRow, bucket_from=bucket_from, bucket_to=bucket_to, now=now,
        limit=limit,
    )  # fmt: skip


async def mark_tried(tx: Tx, rows: Sequence[TriedRow]) -> int:
    """Count a try of processing payments and take them off the calendar."""
    return await tx.write(_SQL["mark_tried"], rows)


async def add_attempts(tx: Tx, rows: Sequence[NewAttemptRow]) -> int:
    """Commit attempts as sent; a second live one raises ``PaymentInProgress``."""
    return await tx.copy(_SQL["add_attempts"], rows)


async def find_attempts(
    tx: Tx, *, buckets: Sequence[Bucket], ids: Sequence[AttemptId]
) -> list[AttemptOwnerRow]:
    """Find what attempts belong to, without locking."""
    return await tx.rows(
        _SQL["find_attempts"], AttemptOwnerRow, buckets=list(buckets), ids=list(ids)
    )


async def find_invoice(tx: Tx, *, bucket: Bucket, id: PaymentId) -> PaymentInvoiceRow | None:
    """Find the invoice a payment collects, without locking."""
    return await tx.row(_SQL["find_invoice"], PaymentInvoiceRow, bucket=bucket, id=id)


async def lock_payments(
    tx: Tx, *, buckets: Sequence[Bucket], ids: Sequence[PaymentId]
) -> list[PaymentRow]:
    """Read and lock payments in the global order."""
    return await tx.rows(_SQL["lock_payments"], PaymentRow, buckets=list(buckets), ids=list(ids))


async def lock_payments_of_invoice(
    tx: Tx, *, bucket: Bucket, invoice_id: InvoiceId
) -> list[PaymentRow]:
    """Read and lock the live payment (processing or succeeded) of an invoice."""
    return await tx.rows(
        _SQL["lock_payments_of_invoice"], PaymentRow, bucket=bucket, invoice_id=invoice_id
    )


async def read_owing(
    tx: Tx, *, buckets: Sequence[Bucket], subscription_ids: Sequence[SubscriptionId]
) -> list[OwingRow]:
    """Find which subscriptions have a declined payment that is to be tried again."""
    return await tx.rows(
        _SQL["read_owing"], OwingRow, buckets=list(buckets),
        subscription_ids=list(subscription_ids),
    )  # fmt: skip


async def lock_attempts(
    tx: Tx, *, buckets: Sequence[Bucket], ids: Sequence[AttemptId]
) -> list[AttemptRow]:
    """Read and lock attempts in the global order."""
    return await tx.rows(_SQL["lock_attempts"], AttemptRow, buckets=list(buckets), ids=list(ids))


async def read_attempts(
    tx: Tx, *, buckets: Sequence[Bucket], ids: Sequence[AttemptId]
) -> list[AttemptRow]:
    """Read attempts without locking them."""
    return await tx.rows(_SQL["read_attempts"], AttemptRow, buckets=list(buckets), ids=list(ids))


async def claim_unresolved(
    tx: Tx, *, bucket_from: int, bucket_to: int, now: datetime, next_look_at: datetime, limit: int
) -> list[AttemptRow]:
    """Claim attempts whose look is due and postpone them to ``next_look_at``."""
    return await tx.rows(
        _SQL["claim_unresolved"], AttemptRow, bucket_from=bucket_from, bucket_to=bucket_to,
        now=now, next_look_at=next_look_at, limit=limit,
    )  # fmt: skip


async def read_states(
    tx: Tx, *, buckets: Sequence[Bucket], ids: Sequence[PaymentId]
) -> list[PaymentStateRow]:
    """Read where some payments stand."""
    return await tx.rows(_SQL["read_states"], PaymentStateRow, buckets=list(buckets), ids=list(ids))


async def find_live_attempt(tx: Tx, *, bucket: Bucket, payment_id: PaymentId) -> AttemptRow | None:
    """Find the attempt of a payment that may still succeed, unlocked."""
    return await tx.row(_SQL["find_live_attempt"], AttemptRow, bucket=bucket, payment_id=payment_id)


async def mark_held(tx: Tx, rows: Sequence[LookRow]) -> int:
    """Mark attempts that their provider holds; closed ones are passed over."""
    return await tx.write(_SQL["mark_held"], rows, each=False)


async def mark_unknown(tx: Tx, rows: Sequence[LookRow], *, now: datetime) -> set[AttemptId]:
    """Mark attempts whose answer was lost, and return which; closed ones are passed over."""
    if not rows:
        return set()
    marked = await tx.rows(
        _SQL["mark_unknown"], MarkedRow, now=now,
        bucket=[row.bucket for row in rows],
        id=[row.id for row in rows],
        state=[row.state for row in rows],
        resolve_at=[row.resolve_at for row in rows],
        psp_ref=[row.psp_ref for row in rows],
    )  # fmt: skip
    return {row.id for row in marked}


async def add_evidence(tx: Tx, rows: Sequence[EvidenceRow]) -> int:
    """Record evidence."""
    return await tx.copy(_SQL["add_evidence"], rows)


async def end_attempts(tx: Tx, rows: Sequence[EndRow], *, now: datetime) -> int:
    """Close attempts; the database refuses a move that is not in the state table."""
    return await tx.write(_SQL["end_attempts"], rows, now=now)


async def step_payments(tx: Tx, rows: Sequence[PaymentStepRow]) -> int:
    """Move payments along their state table."""
    return await tx.write(_SQL["step_payments"], rows)


async def mend_payments(tx: Tx, row: MendRow) -> int:
    """Let another method pay what a subscription owes; counts its payments."""
    return await tx.execute(_SQL["mend_payments"], **row._asdict())


async def store_psp_event(tx: Tx, row: NewInboxRow) -> int:
    """Put a verified webhook into the inbox; 0 for a duplicate."""
    return await tx.execute(_SQL["store_psp_event"], **row._asdict())


async def claim_psp_events(tx: Tx, *, now: datetime, limit: int) -> list[InboxRow]:
    """Claim webhooks that wait."""
    return await tx.rows(_SQL["claim_psp_events"], InboxRow, now=now, limit=limit)


async def end_psp_events(tx: Tx, rows: Sequence[InboxEndRow]) -> int:
    """Say what became of webhooks."""
    return await tx.write(_SQL["end_psp_events"], rows)


async def add_refund(tx: Tx, row: NewRefundRow) -> int:
    """Commit a refund, as sent or for the resolver to send."""
    return await tx.execute(_SQL["add_refund"], expect=1, **row._asdict())


async def send_refunds(tx: Tx, rows: Sequence[SendRow]) -> int:
    """Say that refunds go out now; nobody has looked at them yet."""
    return await tx.write(_SQL["send_refunds"], rows)


async def read_refunds_of_invoice(
    tx: Tx, *, bucket: Bucket, invoice_id: InvoiceId
) -> list[RefundRow]:
    """Read the refunds of what was paid for an invoice."""
    return await tx.rows(
        _SQL["read_refunds_of_invoice"], RefundRow, bucket=bucket, invoice_id=invoice_id
    )


async def add_refund_lines(tx: Tx, rows: Sequence[RefundLineRow]) -> int:
    """Reserve what a refund takes of each line."""
    return await tx.copy(_SQL["add_refund_lines"], rows)


async def read_refund_lines(tx: Tx, *, bucket: Bucket, refund_id: RefundId) -> list[RefundLineRow]:
    """Read what a refund takes of each line."""
    return await tx.rows(
        _SQL["read_refund_lines"], RefundLineRow, bucket=bucket, refund_id=refund_id
    )


async def read_reserved_lines(
    tx: Tx, *, buckets: Sequence[Bucket], invoice_ids: Sequence[InvoiceId]
) -> list[ReservedLineRow]:
    """Read what refunds under way have reserved of the lines of some invoices."""
    return await tx.rows(
        _SQL["read_reserved_lines"], ReservedLineRow, buckets=list(buckets),
        invoice_ids=list(invoice_ids),
    )  # fmt: skip


async def reserve_refund(tx: Tx, *, bucket: Bucket, id: PaymentId, amount_minor: int) -> int:
    """Reserve an amount; raises ``RefundExceedsCaptured``; 0 when the payment has not succeeded."""
    return await tx.execute(_SQL["reserve_refund"], bucket=bucket, id=id, amount_minor=amount_minor)


async def end_reservation(
    tx: Tx, *, bucket: Bucket, id: PaymentId, amount_minor: int, refunded_minor: int
) -> int:
    """End a reservation, as refunded (the amount) or given back (0)."""
    return await tx.execute(
        _SQL["end_reservation"], expect=1, bucket=bucket, id=id, amount_minor=amount_minor,
        refunded_minor=refunded_minor,
    )  # fmt: skip


async def read_captures(tx: Tx, *, bucket: Bucket, payment_id: PaymentId) -> list[CaptureRow]:
    """Read the succeeded attempt of a payment."""
    return await tx.rows(_SQL["read_captures"], CaptureRow, bucket=bucket, payment_id=payment_id)


async def find_refund(tx: Tx, *, bucket: Bucket, id: RefundId) -> RefundRow | None:
    """Find a refund, without locking."""
    return await tx.row(_SQL["find_refund"], RefundRow, bucket=bucket, id=id)


async def lock_refund(tx: Tx, *, bucket: Bucket, id: RefundId) -> RefundRow | None:
    """Read and lock a refund."""
    return await tx.row(_SQL["lock_refund"], RefundRow, bucket=bucket, id=id)


async def claim_unresolved_refunds(
    tx: Tx, *, bucket_from: int, bucket_to: int, now: datetime, next_look_at: datetime, limit: int
) -> list[RefundRow]:
    """Claim refunds whose look is due and postpone them."""
    return await tx.rows(
        _SQL["claim_unresolved_refunds"], RefundRow, bucket_from=bucket_from, bucket_to=bucket_to,
        now=now, next_look_at=next_look_at, limit=limit,
    )  # fmt: skip


async def step_refund(tx: Tx, row: RefundStepRow) -> int:
    """Move a refund along its state table."""
    return await tx.execute(_SQL["step_refund"], expect=1, **row._asdict())


async def next_due(tx: Tx) -> list[DueRow]:
    """Find the earliest instant at which a payment, attempt, refund or webhook is due."""
    return await tx.rows(_SQL["next_due"], DueRow)


async def read_payment_facts(
    tx: Tx, *, buckets: Sequence[Bucket], invoice_ids: Sequence[InvoiceId]
) -> list[PaymentFactRow]:
    """Read what documents say of the payments of some invoices."""
    return await tx.rows(
        _SQL["read_payment_facts"], PaymentFactRow, buckets=list(buckets),
        invoice_ids=list(invoice_ids),
    )  # fmt: skip


async def read_given_up_payment_facts(
    tx: Tx, *, buckets: Sequence[Bucket], ids: Sequence[PaymentId]
) -> list[PaymentFactRow]:
    """Read the same of payments by their id, whatever became of them."""
    return await tx.rows(
        _SQL["read_given_up_payment_facts"], PaymentFactRow, buckets=list(buckets), ids=list(ids)
    )


async def read_refund_facts(
    tx: Tx, *, buckets: Sequence[Bucket], ids: Sequence[RefundId]
) -> list[RefundFactRow]:
    """Read what documents say of some refunds."""
    return await tx.rows(
        _SQL["read_refund_facts"], RefundFactRow, buckets=list(buckets), ids=list(ids)
    )
