"""Statements of what credit notes gave back of an invoice."""

from typing import Final

from ledgerline.base.db import Tx
from ledgerline.base.ids import Bucket, InvoiceId
from ledgerline.base.statements import statements
from ledgerline.invoicing.rows.facts import CorrectionRow

_SQL: Final = statements(__name__)


async def read_corrections(tx: Tx, *, bucket: Bucket, invoice_id: InvoiceId) -> list[CorrectionRow]:
    """Read the credit notes of an invoice, each with what is left of the invoice by all of them."""
    return await tx.rows(
        _SQL["read_corrections"], CorrectionRow, bucket=bucket, invoice_id=invoice_id
    )
