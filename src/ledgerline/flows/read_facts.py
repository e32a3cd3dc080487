"""Read what documents are made of, for any number of documents at once."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from ledgerline.base.db import Tx
from ledgerline.base.ids import Bucket, CreditNoteId, InvoiceId, ReceiptId, RefundId, bucket_of
from ledgerline.catalog import store as catalog
from ledgerline.catalog.model import SeriesKind
from ledgerline.catalog.rows import AskedPartRow
from ledgerline.customers import store as customers
from ledgerline.customers.rows import BuyerFactRow
from ledgerline.documents.parts import PartKind, Parts, tax_code
from ledgerline.documents.reversals import Corrected
from ledgerline.invoicing import places
from ledgerline.invoicing import store as invoicing
from ledgerline.invoicing.rows.facts import (
    InvoiceFactRow,
    LineFactRow,
    NoteFactRow,
    NoteLineFactRow,
)
from ledgerline.payments import store as payments
from ledgerline.payments.rows.facts import PaymentFactRow, RefundFactRow
from ledgerline.receipts import store as receipts
from ledgerline.receipts.model import ReceiptKind
from ledgerline.receipts.rows import ReceiptRow

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Facts:
    """Documents with everything they say, found by id."""

    invoices: Mapping[UUID, InvoiceFactRow]
    lines: Mapping[UUID, Sequence[LineFactRow]]
    notes: Mapping[UUID, NoteFactRow]
    note_lines: Mapping[UUID, Sequence[NoteLineFactRow]]
    receipts: Mapping[UUID, ReceiptRow]
    payments: Mapping[UUID, PaymentFactRow]
    refunds: Mapping[UUID, RefundFactRow]
    corrected: Mapping[UUID, Corrected]
    buyers: Mapping[tuple[UUID, int], BuyerFactRow]
    parts: Parts

    def buyer(self, invoice: InvoiceFactRow) -> BuyerFactRow:
        """Return the version of the customer that an invoice names."""
        return self.buyers[invoice.customer_id, invoice.customer_version]

    def invoice_of(self, kind: str, document_id: UUID) -> InvoiceFactRow:
        """Return the invoice that a document is, corrects or is about."""
        match kind:
            case SeriesKind.INVOICE:
                return self.invoices[document_id]
            case SeriesKind.CREDIT_NOTE:
                return self.invoices[self.notes[document_id].invoice_id]
            case _:
                return self.invoices[self.receipts[document_id].invoice_id]

    def corrected_by(self, document_id: UUID) -> Corrected | None:
        """Return the receipt that a document corrects; None if it corrects none."""
        receipt = self.receipts.get(document_id)
        if receipt is None or receipt.kind != ReceiptKind.REVERSAL:
            return None
        return self.corrected[receipt.subject_id]


async def read_facts_in(tx: Tx, documents: Iterable[tuple[str, Bucket, UUID]]) -> Facts:
    """Read the facts of documents, each given as the kind of its series, its bucket and its id.

    A handful of round trips, whatever their number.
    """
    asked: dict[str, list[tuple[Bucket, UUID]]] = {kind: [] for kind in SeriesKind}
    for kind, bucket, document_id in documents:
        asked[kind].append((bucket, document_id))
    proofs, refunds = await _proofs(tx, asked[SeriesKind.RECEIPT])
    corrected = await _corrected(tx, proofs, refunds)
    notes = await _notes(tx, asked[SeriesKind.CREDIT_NOTE], refunds)
    keys = dict.fromkeys(asked[SeriesKind.INVOICE])
    keys |= dict.fromkeys((note.bucket, note.invoice_id) for note in notes)
    keys |= dict.fromkeys((proof.bucket, proof.invoice_id) for proof in proofs)
    buckets, ids = [bucket for bucket, _ in keys], [InvoiceId(id) for _, id in keys]
    async with tx.pipeline():
        invoices = await invoicing.read_invoice_facts(tx, buckets=buckets, ids=ids)
        lines = await invoicing.read_line_facts(tx, buckets=buckets, invoice_ids=ids)
        note_lines = await invoicing.read_note_line_facts(
            tx, buckets=[one.bucket for one in notes], credit_note_ids=[one.id for one in notes]
        )
        paid = await payments.read_payment_facts(tx, buckets=buckets, invoice_ids=ids)
    paid = [*paid, *await _given_up(tx, proofs, known={row.id for row in paid})]
    async with tx.pipeline():
        buyers = await customers.read_buyer_facts(
            tx, buckets=buckets, customer_ids=[row.customer_id for row in invoices],
            versions=[row.customer_version for row in invoices],
        )  # fmt: skip
        parts = await catalog.read_parts(tx, _asked_parts(invoices, lines, notes, proofs))
    return Facts(
        invoices={row.id: row for row in invoices},
        lines=_by(lines, lambda row: row.invoice_id),
        notes={row.id: row for row in notes},
        note_lines=_by(note_lines, lambda row: row.credit_note_id),
        receipts={row.id: row for row in proofs},
        payments={row.id: row for row in paid},
        refunds={row.id: row for row in refunds},
        corrected={row.receipt.subject_id: row for row in corrected},
        buyers={(row.customer_id, row.version): row for row in buyers},
        parts=Parts.of(parts),
    )


async def _proofs(
    tx: Tx, asked: Sequence[tuple[Bucket, UUID]]
) -> tuple[list[ReceiptRow], list[RefundFactRow]]:
    """Read receipts, and the refunds of those that prove one."""
    if not asked:
        return [], []
    found = await receipts.read_receipts(
        tx, buckets=[bucket for bucket, _ in asked], ids=[ReceiptId(id) for _, id in asked]
    )
    back = [row for row in found if row.kind != ReceiptKind.PAYMENT]
    if not back:
        return found, []
    refunds = await payments.read_refund_facts(
        tx, buckets=[row.bucket for row in back], ids=[RefundId(row.subject_id) for row in back]
    )
    return found, refunds


async def _corrected(
    tx: Tx, proofs: Sequence[ReceiptRow], refunds: Sequence[RefundFactRow]
) -> list[Corrected]:
    """Read the receipts of refunds that came back, where what corrects them is among some."""
    back = {row.subject_id for row in proofs if row.kind == ReceiptKind.REVERSAL}
    ids = [row.receipt_id for row in refunds if row.id in back and row.receipt_id is not None]
    if not ids:
        return []
    told = await receipts.read_receipts(tx, buckets=[bucket_of(id) for id in ids], ids=ids)
    found = await places.read_places(
        tx, buckets=[row.bucket for row in told], ids=[row.id for row in told],
        series_ids=[row.series_id for row in told],
    )  # fmt: skip
    place_of = {row.document_id: row for row in found}
    return [Corrected(row, place_of[row.id]) for row in told]


async def _given_up(
    tx: Tx, proofs: Sequence[ReceiptRow], *, known: AbstractSet[UUID]
) -> list[PaymentFactRow]:
    """Read the payments that were given up before the money came which a receipt gives back."""
    missing = {(one.bucket, one.payment_id) for one in proofs if one.payment_id not in known}
    if not missing:
        return []
    return await payments.read_given_up_payment_facts(
        tx, buckets=[bucket for bucket, _ in missing], ids=[id for _, id in missing]
    )


async def _notes(
    tx: Tx, asked: Sequence[tuple[Bucket, UUID]], refunds: Sequence[RefundFactRow]
) -> list[NoteFactRow]:
    """Read credit notes: those that were asked for, and those that refunds paid out."""
    keys = dict.fromkeys((bucket, CreditNoteId(id)) for bucket, id in asked)
    keys |= dict.fromkeys(
        (bucket_of(row.id), row.credit_note_id) for row in refunds if row.credit_note_id is not None
    )
    if not keys:
        return []
    return await invoicing.read_note_facts(
        tx, buckets=[bucket for bucket, _ in keys], ids=[id for _, id in keys]
    )


def _asked_parts(
    invoices: Sequence[InvoiceFactRow],
    lines: Sequence[LineFactRow],
    notes: Sequence[NoteFactRow],
    proofs: Sequence[ReceiptRow],
) -> list[AskedPartRow]:
    """Name the parts: what was sold as the invoice's release says it, sellers as their own does."""
    of = {row.id: row for row in invoices}
    parts = {(PartKind.SELLER, row.seller_code, row.release_no) for row in invoices}
    parts |= {(PartKind.SELLER, row.seller_code, row.release_no) for row in proofs}
    parts |= {(PartKind.SELLER, of[n.invoice_id].seller_code, n.release_no) for n in notes}
    parts |= {(PartKind.MARKET, row.market_code, row.release_no) for row in invoices}
    for line in lines:
        invoice = of[line.invoice_id]
        parts.add((PartKind.PLAN, line.plan_code, invoice.release_no))
        tax = tax_code(invoice.market_code, line.tax_category)
        parts.add((PartKind.TAX, tax, invoice.release_no))
    return [AskedPartRow(kind, code, release_no) for kind, code, release_no in sorted(parts)]


def _by(rows: Iterable[R], key: Callable[[R], UUID]) -> Mapping[UUID, Sequence[R]]:
    found: dict[UUID, list[R]] = defaultdict(list)
    for row in rows:
        found[key(row)].append(row)
    return found
