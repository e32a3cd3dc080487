"""Show what a document will say before it is numbered, or before it is issued at all."""

from typing import Final
from uuid import UUID

from ledgerline.base import crypto
from ledgerline.base.db import Tx
from ledgerline.base.ids import InvoiceId, SeriesId, bucket_of
from ledgerline.base.run import Run
from ledgerline.catalog import store as catalog
from ledgerline.catalog.model import SeriesKind
from ledgerline.documents.snapshot import Body, Document, Seller, decode_seller
from ledgerline.flows.build_bodies import build_bodies_in
from ledgerline.invoicing import store as invoicing
from ledgerline.invoicing.model import InvoiceNotFound
from ledgerline.invoicing.rules.numbering import series_id

# What a preview seals is gone with it, so its salt needs no key: it is the same for everybody.
_NO_KEY: Final = bytes(crypto.KEY_BYTES)


async def preview_document(run: Run, invoice_id: InvoiceId) -> Document:
    """Show an invoice that has no number yet, as it stands; raises ``InvoiceNotFound``."""
    async with run.transaction() as tx:
        found = await invoicing.read_invoice_facts(
            tx, buckets=[bucket_of(invoice_id)], ids=[invoice_id]
        )
        if not found:
            raise InvoiceNotFound("there is no such invoice")
        key = series_id(found[0].seller_code, SeriesKind.INVOICE, found[0].issued_on)
        return await preview_document_in(tx, run, SeriesKind.INVOICE, invoice_id, series=key)


async def preview_document_in(
    tx: Tx, run: Run, kind: SeriesKind, document_id: UUID, *, series: SeriesId
) -> Document:
    """Build a document that was issued in the caller's transaction, without number and seal."""
    builder = await build_bodies_in(tx, run, [(kind, bucket_of(document_id), document_id)])
    body = builder.body(
        kind, document_id, series_id=series, data_key=_NO_KEY,
        original=builder.registered(kind, document_id),
    )  # fmt: skip
    return Document(body=body, seller=await _seller(tx, body))


async def _seller(tx: Tx, body: Body) -> Seller:
    [part] = await catalog.read_hashed_parts(tx, hashes=[bytes.fromhex(body.seller.part)])
    return decode_seller(part.body)
