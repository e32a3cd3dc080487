"""Statements of invoicing."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

from ledgerline.base.db import Tx
from ledgerline.base.errors import Rejected
from ledgerline.base.ids import (
    BillRunId,
    Bucket,
    CreditNoteId,
    CustomerId,
    InvoiceId,
    SeriesId,
    SubscriptionId,
)
from ledgerline.base.statements import statements
from ledgerline.invoicing.model import AlreadyBilled
from ledgerline.invoicing.rows.documents import (
    AllocatedRow,
    AllocationRow,
    BilledLineRow,
    BilledRow,
    CreditedRow,
    DequeueRow,
    DueRow,
    EarningRow,
    InvoiceIdRow,
    InvoiceRow,
    InvoiceStepRow,
    LineCreditRow,
    NewCreditNoteRow,
    NewInvoiceRow,
    NewLineCreditRow,
    NewLineRow,
    NumberRow,
    OpenSeriesRow,
    ParkedRow,
    QueueRow,
    RaiseRow,
    SeriesRow,
    TemplateRow,
)
from ledgerline.invoicing.rows.facts import (
    BodyRow,
    CheckRow,
    InvoiceFactRow,
    LineFactRow,
    NoteFactRow,
    NoteLineFactRow,
    RegisteredRow,
    RetentionKeyRow,
)
from ledgerline.invoicing.rows.pausing import ParkedKeyRow

REFUSALS: Final[dict[str, type[Rejected]]] = {"invoice_line_pk": AlreadyBilled}
_SQL: Final = statements(__name__, refusals=REFUSALS)


async def add_invoices(tx: Tx, rows: Sequence[NewInvoiceRow]) -> int:
    """Issue invoices."""
    return await tx.copy(_SQL["add_invoices"], rows)


async def add_lines(tx: Tx, rows: Sequence[NewLineRow]) -> int:
    """Add lines; raises ``AlreadyBilled`` for a service time billed before."""
    return await tx.copy(_SQL["add_lines"], rows)


async def lock_invoices(
    tx: Tx, *, buckets: Sequence[Bucket], ids: Sequence[InvoiceId]
) -> list[InvoiceRow]:
    """Read and lock some invoices in the global order."""
    return await tx.rows(_SQL["lock_invoices"], InvoiceRow, buckets=list(buckets), ids=list(ids))


async def step(tx: Tx, rows: Sequence[InvoiceStepRow]) -> int:
    """Move invoices along their state table."""
    return await tx.write(_SQL["step"], rows)


async def raise_credited(tx: Tx, rows: Sequence[CreditedRow]) -> int:
    """Count what credit notes gave back."""
    return await tx.write(_SQL["raise_credited"], rows)


async def lock_invoices_of_subscription(
    tx: Tx,
    *,
    bucket: Bucket,
    customer_id: CustomerId,
    subscription_id: SubscriptionId,
    months: Sequence[int],
) -> list[InvoiceRow]:
    """Read and lock the open and paid invoices of a subscription that were issued in some months.

    A month is ``month_of`` a date. The subscription's lock keeps new ones away.
    """
    return await tx.rows(
        _SQL["lock_invoices_of_subscription"],
        InvoiceRow,
        bucket=bucket,
        customer_id=customer_id,
        subscription_id=subscription_id,
        months=list(months),
    )


async def read_lines_of_invoices(
    tx: Tx, *, buckets: Sequence[Bucket], invoice_ids: Sequence[InvoiceId]
) -> list[BilledLineRow]:
    """Read the lines of some invoices, in their order."""
    return await tx.rows(
        _SQL["read_lines_of_invoices"], BilledLineRow, buckets=list(buckets),
        invoice_ids=list(invoice_ids),
    )  # fmt: skip


async def read_line_credits(
    tx: Tx, *, buckets: Sequence[Bucket], invoice_ids: Sequence[InvoiceId]
) -> list[LineCreditRow]:
    """Read what was given back of the lines of some invoices, oldest first."""
    return await tx.rows(
        _SQL["read_line_credits"], LineCreditRow, buckets=list(buckets),
        invoice_ids=list(invoice_ids),
    )  # fmt: skip


async def read_billed(
    tx: Tx,
    *,
    buckets: Sequence[Bucket],
    ids: Sequence[SubscriptionId],
    starts: Sequence[date],
    beyond: date,
) -> list[BilledRow]:
    """Find lines of some subscriptions that begin on the given days, or after ``beyond``."""
    return await tx.rows(
        _SQL["read_billed"], BilledRow, buckets=list(buckets), ids=list(ids), starts=list(starts),
        beyond=beyond,
    )  # fmt: skip


async def add_allocations(tx: Tx, rows: Sequence[AllocationRow]) -> int:
    """Settle parts of invoices whose locks are held, numbered after those they have."""
    return await tx.write(_SQL["add_allocations"], rows)


async def read_allocated(
    tx: Tx, *, buckets: Sequence[Bucket], invoice_ids: Sequence[InvoiceId]
) -> list[AllocatedRow]:
    """Sum what some invoices were settled with, by source; what was taken away again is not."""
    return await tx.rows(
        _SQL["read_allocated"], AllocatedRow, buckets=list(buckets), invoice_ids=list(invoice_ids)
    )


async def add_credit_notes(tx: Tx, rows: Sequence[NewCreditNoteRow]) -> int:
    """Issue credit notes."""
    return await tx.copy(_SQL["add_credit_notes"], rows)


async def add_line_credits(tx: Tx, rows: Sequence[NewLineCreditRow]) -> int:
    """Record credits of lines; more than the line was charged is refused by the database."""
    return await tx.copy(_SQL["add_line_credits"], rows)


async def open_series(tx: Tx, rows: Sequence[OpenSeriesRow]) -> int:
    """Open the series that do not exist yet."""
    return await tx.write(_SQL["open_series"], rows, each=False)


async def put_series_templates(tx: Tx, rows: Sequence[TemplateRow]) -> int:
    """Insert or update number templates."""
    return await tx.write(_SQL["put_series_templates"], rows)


async def read_series_templates(tx: Tx) -> list[TemplateRow]:
    """Read all number templates."""
    return await tx.rows(_SQL["read_series_templates"], TemplateRow)


async def enqueue_numbers(tx: Tx, rows: Sequence[QueueRow]) -> int:
    """Queue documents for numbering."""
    return await tx.copy(_SQL["enqueue_numbers"], rows)


async def claim_series(tx: Tx, *, ids: Sequence[SeriesId]) -> list[SeriesRow]:
    """Lock those of these series that nobody holds."""
    return await tx.rows(_SQL["claim_series"], SeriesRow, ids=list(ids))


async def waiting_series(tx: Tx, *, now: datetime) -> list[SeriesRow]:
    """List the series that have documents waiting that were issued by now."""
    return await tx.rows(_SQL["waiting_series"], SeriesRow, now=now)


async def read_queue(
    tx: Tx, *, series_ids: Sequence[SeriesId], now: datetime, limit: int
) -> list[QueueRow]:
    """Read the oldest waiting documents of each series, at most ``limit`` of one."""
    return await tx.rows(
        _SQL["read_queue"], QueueRow, series_ids=list(series_ids), now=now, limit=limit
    )


async def read_last_numbers(
    tx: Tx, *, series_ids: Sequence[SeriesId], positions: Sequence[int]
) -> list[NumberRow]:
    """Read the number at one position of each series; one that was not given yet is missing."""
    return await tx.rows(
        _SQL["read_last_numbers"], NumberRow, series_ids=list(series_ids), positions=list(positions)
    )


async def add_numbers(tx: Tx, rows: Sequence[NumberRow]) -> int:
    """Register numbers."""
    return await tx.copy(_SQL["add_numbers"], rows)


async def raise_counters(tx: Tx, rows: Sequence[RaiseRow]) -> int:
    """Advance counters; one that stands elsewhere would be a defect, for the series is locked."""
    return await tx.write(_SQL["raise_counters"], rows)


async def dequeue(tx: Tx, rows: Sequence[DequeueRow]) -> int:
    """Remove stamped documents from the queue."""
    return await tx.write(_SQL["dequeue"], rows)


async def next_due(tx: Tx) -> list[DueRow]:
    """Find when the oldest document that waits for its number was issued."""
    return await tx.rows(_SQL["next_due"], DueRow)


async def open_run(tx: Tx, *, id: BillRunId, as_of: datetime) -> int:
    """Begin a billing run, unless it exists."""
    return await tx.execute(_SQL["open_run"], id=id, as_of=as_of)


async def count_run(tx: Tx, *, id: BillRunId, invoiced: int, ended: int, parked: int) -> int:
    """Add to what a billing run did."""
    return await tx.execute(
        _SQL["count_run"], expect=1, id=id, invoiced=invoiced, ended=ended, parked=parked
    )


async def add_parked(tx: Tx, rows: Sequence[ParkedRow]) -> int:
    """Record why subscriptions were parked."""
    return await tx.write(_SQL["add_parked"], rows)


async def drop_parked(tx: Tx, rows: Sequence[ParkedKeyRow]) -> int:
    """Forget why subscriptions were parked: they are released."""
    return await tx.write(_SQL["drop_parked"], rows, each=False)


async def earning_lines(tx: Tx, *, month_start: date, month_end: date) -> list[EarningRow]:
    """Read what earns in a month, credits as negative amounts."""
    return await tx.rows(
        _SQL["earning_lines"], EarningRow, month_start=month_start, month_end=month_end
    )


async def lock_of_customer(
    tx: Tx, *, bucket: Bucket, customer_id: CustomerId, months: Sequence[int]
) -> list[InvoiceRow]:
    """Lock all invoices of a customer that were issued in some months (``calendar.months``)."""
    return await tx.rows(
        _SQL["lock_of_customer"], InvoiceRow, bucket=bucket, customer_id=customer_id,
        months=list(months),
    )  # fmt: skip


async def read_invoice_facts(
    tx: Tx, *, buckets: Sequence[Bucket], ids: Sequence[InvoiceId]
) -> list[InvoiceFactRow]:
    """Read what documents say of some invoices."""
    return await tx.rows(
        _SQL["read_invoice_facts"], InvoiceFactRow, buckets=list(buckets), ids=list(ids)
    )


async def read_line_facts(
    tx: Tx, *, buckets: Sequence[Bucket], invoice_ids: Sequence[InvoiceId]
) -> list[LineFactRow]:
    """Read the lines of some invoices as documents say them, in their order."""
    return await tx.rows(
        _SQL["read_line_facts"], LineFactRow, buckets=list(buckets), invoice_ids=list(invoice_ids)
    )


async def read_paid_of_customer(
    tx: Tx, *, bucket: Bucket, customer_id: CustomerId, months: Sequence[int],
    note_ids: Sequence[UUID],
) -> list[InvoiceIdRow]:  # fmt: skip
    """Read a customer's paid invoices: first those that some notes correct, then the newest."""
    return await tx.rows(
        _SQL["read_paid_of_customer"], InvoiceIdRow, bucket=bucket, customer_id=customer_id,
        months=list(months), note_ids=list(note_ids),
    )  # fmt: skip


async def read_note_facts(
    tx: Tx, *, buckets: Sequence[Bucket], ids: Sequence[CreditNoteId]
) -> list[NoteFactRow]:
    """Read some credit notes."""
    return await tx.rows(_SQL["read_note_facts"], NoteFactRow, buckets=list(buckets), ids=list(ids))


async def read_note_line_facts(
    tx: Tx, *, buckets: Sequence[Bucket], credit_note_ids: Sequence[CreditNoteId]
) -> list[NoteLineFactRow]:
    """Read what some credit notes give back, line by line."""
    return await tx.rows(
        _SQL["read_note_line_facts"], NoteLineFactRow, buckets=list(buckets),
        credit_note_ids=list(credit_note_ids),
    )  # fmt: skip


async def read_retention_keys(
    tx: Tx, *, seller_codes: Sequence[str], years: Sequence[int]
) -> list[RetentionKeyRow]:
    """Read the keys that seal what some sellers issue in some years, pair by pair."""
    return await tx.rows(
        _SQL["read_retention_keys"], RetentionKeyRow, seller_codes=list(seller_codes),
        years=list(years),
    )  # fmt: skip


async def add_retention_keys(tx: Tx, rows: Sequence[RetentionKeyRow]) -> int:
    """Keep the keys of sellers and years that have none yet."""
    return await tx.write(_SQL["add_retention_keys"], rows, each=False)


async def add_bodies(tx: Tx, rows: Sequence[BodyRow]) -> int:
    """Keep what numbered documents say."""
    return await tx.copy(_SQL["add_bodies"], rows)


async def read_registered(
    tx: Tx, *, buckets: Sequence[Bucket], ids: Sequence[UUID]
) -> list[RegisteredRow]:
    """Read some documents with their places in the register; unnumbered ones are missing."""
    return await tx.rows(
        _SQL["read_registered"], RegisteredRow, buckets=list(buckets), ids=list(ids)
    )


async def read_register(
    tx: Tx, *, series_id: SeriesId, after: int, limit: int
) -> list[RegisteredRow]:
    """Read what follows a position of a series, in its order."""
    return await tx.rows(
        _SQL["read_register"], RegisteredRow, series_id=series_id, after=after, limit=limit
    )


async def read_series(tx: Tx, *, seller_code: str | None) -> list[SeriesRow]:
    """Read all series, or those of a seller."""
    return await tx.rows(_SQL["read_series"], SeriesRow, seller_code=seller_code)


async def read_waiting(
    tx: Tx, *, buckets: Sequence[Bucket], ids: Sequence[UUID]
) -> list[DequeueRow]:
    """Find which of some documents wait for their number."""
    return await tx.rows(_SQL["read_waiting"], DequeueRow, buckets=list(buckets), ids=list(ids))


async def read_waiting_of_invoices(
    tx: Tx, *, bucket: Bucket, ids: Sequence[InvoiceId]
) -> list[DequeueRow]:
    """Find which of some invoices and of their credit notes wait for their number."""
    return await tx.rows(_SQL["read_waiting_of_invoices"], DequeueRow, bucket=bucket, ids=list(ids))


async def add_checks(tx: Tx, rows: Sequence[CheckRow]) -> int:
    """Have the e-invoices of some documents checked."""
    return await tx.copy(_SQL["add_checks"], rows)


async def read_unchecked(tx: Tx, *, limit: int) -> list[CheckRow]:
    """Read the documents whose e-invoices wait to be checked; what was tried comes last."""
    return await tx.rows(_SQL["read_unchecked"], CheckRow, limit=limit)


async def end_checks(tx: Tx, rows: Sequence[CheckRow]) -> int:
    """Keep what was found; what another worker found first stays."""
    return await tx.write(_SQL["end_checks"], rows, each=False)


async def read_check(tx: Tx, *, bucket: Bucket, document_id: UUID) -> CheckRow | None:
    """Read what became of the check of one document, None where nothing is to be checked."""
    return await tx.row(_SQL["read_check"], CheckRow, bucket=bucket, document_id=document_id)
