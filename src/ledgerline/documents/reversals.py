"""Build what corrects the receipt of a refund that came back."""

from typing import NamedTuple

from msgspec.structs import replace

from ledgerline.base.ids import PREFIXES, encode
from ledgerline.documents.bodies import Place, card, receipt_body
from ledgerline.documents.snapshot import Body, CameBack, Kind, Original
from ledgerline.invoicing.rows.facts import InvoiceFactRow, PlaceRow
from ledgerline.payments.model import RefundCause
from ledgerline.payments.rows.facts import PaymentFactRow, RefundFactRow
from ledgerline.receipts.rows import ReceiptRow


class Corrected(NamedTuple):
    """The receipt of a refund that came back, and its place in the register."""

    receipt: ReceiptRow
    place: PlaceRow


def reversal_body(
    place: Place,
    receipt: ReceiptRow,
    *,
    invoice: InvoiceFactRow,
    corrected: Corrected,
    payment: PaymentFactRow,
    refund: RefundFactRow,
) -> Body:
    """Build what corrects the receipt of a refund that came back, and says where its money is.

    It repeats no line and no tax: what its credit note corrected stays corrected.
    """
    amount = receipt.amount_minor
    said = receipt_body(
        place, receipt, invoice=invoice, proven=None, payment=payment, refund=refund
    )  # fmt: skip
    held = amount if refund.cause == RefundCause.LATE_SUCCESS else 0
    told, seal = corrected.receipt, corrected.place.seal
    day = told.issued_on.isoformat()
    return replace(
        said,
        kind=Kind.REFUND_REVERSAL,
        came_back=CameBack(
            credit=amount - receipt.offset_minor - held, offset=receipt.offset_minor, held=held
        ),
        payments=(card(payment, refund.psp_ref, day, amount),),
        references=replace(
            said.references,
            receipt=Original(
                id=encode(PREFIXES["receipt"], told.id),
                date=day,
                number=corrected.place.number,
                seal=None if seal is None else seal.hex(),
            ),
        ),
    )
