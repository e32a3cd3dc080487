"""Build what documents say from their facts, and seal it for keeping."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final
from uuid import UUID

from ledgerline.base import crypto
from ledgerline.base.db import Tx
from ledgerline.base.ids import Bucket, SeriesId
from ledgerline.base.run import Run
from ledgerline.catalog.model import SeriesKind
from ledgerline.customers.model import TaxStatus
from ledgerline.customers.rows import BuyerFactRow
from ledgerline.customers.rules.sealing import Spot, open_buyer
from ledgerline.documents.bodies import (
    Place,
    Registered,
    Spoken,
    buyer_of,
    credit_note_body,
    invoice_body,
    receipt_body,
)
from ledgerline.documents.packing import pack, unpack
from ledgerline.documents.reversals import reversal_body
from ledgerline.documents.snapshot import Body, Buyer, Seller
from ledgerline.flows.read_buyer import BUYER
from ledgerline.flows.read_facts import Facts, read_facts_in
from ledgerline.invoicing.rows.facts import InvoiceFactRow
from ledgerline.invoicing.rules.kind import names_buyer

_SALT_BYTES: Final = 16
_SALT_PURPOSE: Final = b"document salt 1"


@dataclass(frozen=True, slots=True)
class Builder:
    """Builds the bodies of documents whose facts were read."""

    run: Run
    facts: Facts
    spoken: Spoken = field(default_factory=dict)

    def invoice_of(self, kind: str, document_id: UUID) -> InvoiceFactRow:
        """Return the invoice that a document is, corrects or is about."""
        return self.facts.invoice_of(kind, document_id)

    def seller_of(self, kind: str, document_id: UUID) -> Seller:
        """Return who issues an invoice or a credit note, as it says."""
        invoice = self.invoice_of(kind, document_id)
        note = self.facts.notes.get(document_id)
        release_no = invoice.release_no if note is None else note.release_no
        return self.facts.parts.seller(invoice.seller_code, release_no)

    def waits_for_receipt(self, document_id: UUID) -> bool:
        """Say whether a document corrects a receipt that has no number yet."""
        corrected = self.facts.corrected_by(document_id)
        return corrected is not None and corrected.place.is_waiting

    def registered(self, kind: str, document_id: UUID) -> Registered | None:
        """Return the place in the register of the invoice that a document is about, if it has one.

        An invoice is about none.
        """
        invoice = self.invoice_of(kind, document_id)
        if invoice.id == document_id or invoice.number is None or invoice.seal is None:
            return None
        return Registered(invoice.number, invoice.seal)

    def body(
        self,
        kind: str,
        document_id: UUID,
        *,
        series_id: SeriesId,
        data_key: bytes,
        original: Registered | None,
    ) -> Body:
        """Build the body of one document of a series' ``kind``.

        ``data_key`` seals it later and makes its salt; ``original`` is the place in the register of
        the invoice that a credit note or a receipt is about. Raises ``CannotDecrypt`` when the
        customer's key is not of this environment.
        """
        facts = self.facts
        invoice = facts.invoice_of(kind, document_id)
        place = Place(
            series_id=series_id,
            salt=salt_of(data_key, document_id),
            language=facts.buyer(invoice).locale,
            parts=facts.parts,
            spoken=self.spoken,
            original=original,
        )
        match kind:
            case SeriesKind.INVOICE:
                return self._invoice(place, invoice)
            case SeriesKind.CREDIT_NOTE:
                return self._credit_note(place, document_id)
            case _:
                return self._receipt(place, document_id)

    def _invoice(self, place: Place, invoice: InvoiceFactRow) -> Body:
        facts = self.facts
        paid_by = invoice.payment_id
        return invoice_body(
            place,
            invoice,
            facts.lines[invoice.id],
            buyer=self._named(invoice),
            payment=None if paid_by is None else facts.payments[paid_by],
        )

    def _credit_note(self, place: Place, note_id: UUID) -> Body:
        facts = self.facts
        note = facts.notes[note_id]
        invoice = facts.invoices[note.invoice_id]
        return credit_note_body(
            place,
            note,
            facts.note_lines[note_id],
            invoice=invoice,
            of=facts.lines[invoice.id],
            buyer=self._named(invoice),
        )

    def _receipt(self, place: Place, receipt_id: UUID) -> Body:
        facts = self.facts
        receipt = facts.receipts[receipt_id]
        invoice = facts.invoices[receipt.invoice_id]
        refund = facts.refunds.get(receipt.subject_id)
        corrected = facts.corrected_by(receipt_id)
        if refund is not None and corrected is not None:
            return reversal_body(
                place,
                receipt,
                invoice=invoice,
                corrected=corrected,
                payment=facts.payments[receipt.payment_id],
                refund=refund,
            )
        if refund is None:
            proven: Body | None = self._invoice(place, invoice)
        elif refund.credit_note_id is None:
            proven = None
        else:
            proven = self._credit_note(place, refund.credit_note_id)
        return receipt_body(
            place,
            receipt,
            invoice=invoice,
            proven=proven,
            payment=facts.payments[receipt.payment_id],
            refund=refund,
        )

    def _named(self, invoice: InvoiceFactRow) -> Buyer | None:
        """Return whom a full invoice names; None where a simplified one is enough.

        Who was erased, or has not said who they are, cannot be named.
        """
        row = self.facts.buyer(invoice)
        market = self.facts.parts.market(invoice.market_code, invoice.release_no)
        if not names_buyer(
            is_business=row.tax_status == TaxStatus.BUSINESS,
            total_minor=invoice.total_minor,
            simplified_up_to_minor=market.simplified_up_to,
        ):
            return None
        buyer = self._open(row)
        return buyer if buyer is not None and buyer.name and buyer.address else None

    def _open(self, row: BuyerFactRow) -> Buyer | None:
        if row.wrapped is None or row.buyer_sealed is None:
            return None
        opened = open_buyer(
            self.run.keyring.unwrap(row.wrapped),
            row.buyer_sealed,
            spot=Spot(row.customer_id, BUYER, row.version),
            tax_status=row.tax_status,
            place_evidence=row.place_evidence,
        )
        return buyer_of(opened)


async def build_bodies_in(
    tx: Tx, run: Run, documents: Iterable[tuple[str, Bucket, UUID]]
) -> Builder:
    """Read what documents are made of, each given as its series' kind, its bucket and its id.

    Called by the numbering, in its transaction; what is built needs no further question.
    """
    return Builder(run, await read_facts_in(tx, documents))


def salt_of(data_key: bytes, document_id: UUID) -> str:
    """Return the salt of a document: nobody without the key can guess it, and it is always one."""
    return blake2b(
        document_id.bytes, key=data_key, digest_size=_SALT_BYTES, person=_SALT_PURPOSE
    ).hexdigest()


def seal_body(run: Run, sealer: crypto.Sealer, document_id: UUID, body: bytes) -> bytes:
    """Pack a body and seal it under its retention key; it opens for this document only."""
    return sealer.seal(pack(body), aad=_spot(document_id), nonce=run.random(crypto.NONCE_BYTES))


def open_body(data_key: bytes, document_id: UUID, sealed: bytes) -> bytes:
    """Return a body in its canonical form; raises ``CannotDecrypt``."""
    return unpack(crypto.open_sealed(data_key, sealed, aad=_spot(document_id)))


def _spot(document_id: UUID) -> bytes:
    return b"document:" + document_id.bytes
