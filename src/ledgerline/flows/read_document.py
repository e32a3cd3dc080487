"""Read documents as they are kept: what they say, their numbers and their places in the chain."""

from collections.abc import Sequence
from typing import Final, NamedTuple
from uuid import UUID

from ledgerline.base.db import Tx
from ledgerline.base.errors import CannotDecrypt, Rejected
from ledgerline.base.ids import InvoiceId, bucket_of
from ledgerline.base.run import Run
from ledgerline.catalog import store as catalog
from ledgerline.documents.snapshot import Document, Seller, decode, decode_seller
from ledgerline.flows.build_bodies import open_body
from ledgerline.invoicing import store as invoicing
from ledgerline.invoicing.model import (
    CheckState,
    DocumentNotFound,
    DocumentNotNumbered,
    DocumentUnreadable,
    EinvoiceInvalid,
)
from ledgerline.invoicing.rows.facts import RegisteredRow

DOCUMENTS_MAX: Final = 1_000  # read at once


class Kept(NamedTuple):
    """A document with its place in the register; ``raw`` is its body in its canonical form."""

    row: RegisteredRow
    raw: bytes
    document: Document


async def read_document(run: Run, document_id: UUID, *, as_einvoice: bool = False) -> Kept:
    """Read one document; raises ``DocumentNotFound``, ``DocumentNotNumbered`` and what follows.

    ``DocumentUnreadable`` says that its body is there and does not open. What was issued is never
    shown before it has its number, and not ``as_einvoice`` if the published rules refuse it
    (``EinvoiceInvalid``).
    """
    async with run.transaction() as tx:
        found = await read_documents_in(tx, run, [document_id])
        if not found:
            raise await _absence(tx, document_id)
        if as_einvoice:
            await refuse_invalid_in(tx, document_id)
    return found[0]


async def refuse_invalid_in(tx: Tx, document_id: UUID) -> None:
    """Hand out no e-invoice that the published rules refuse; raises ``EinvoiceInvalid``."""
    check = await invoicing.read_check(tx, bucket=bucket_of(document_id), document_id=document_id)
    if check is not None and check.state == CheckState.INVALID:
        raise EinvoiceInvalid("the published rules refuse it", findings=check.findings)


async def read_documents_in(tx: Tx, run: Run, ids: Sequence[UUID]) -> list[Kept]:
    """Read at most ``DOCUMENTS_MAX`` documents, in the order of their ids as given.

    Those without a number are missing. Raises ``DocumentUnreadable``.
    """
    assert len(ids) <= DOCUMENTS_MAX, len(ids)
    rows = await invoicing.read_registered(tx, buckets=[bucket_of(id) for id in ids], ids=list(ids))
    by_id = {row.document_id: row for row in rows}
    return await open_in(tx, run, [by_id[id] for id in ids if id in by_id])


async def open_in(tx: Tx, run: Run, rows: Sequence[RegisteredRow]) -> list[Kept]:
    """Open what entries of the register say, with the sellers that they name."""
    opened = [(row, raw_of(run, row)) for row in rows]
    bodies = [(row, raw, decode(raw)) for row, raw in opened]
    hashes = sorted({body.seller.part for _, _, body in bodies})
    sellers = await _sellers(tx, hashes)
    return [
        Kept(
            row,
            raw,
            Document(
                body=body,
                seller=sellers[body.seller.part],
                number=row.display,
                seal=row.hash.hex(),
            ),
        )
        for row, raw, body in bodies
    ]


def raw_of(run: Run, row: RegisteredRow) -> bytes:
    """Return the body of an entry in its canonical form; raises ``DocumentUnreadable``."""
    if row.sealed is None or row.wrapped is None:
        raise DocumentUnreadable("the body or its key is missing", number=row.display)
    try:
        return open_body(run.keyring.unwrap(row.wrapped), row.document_id, row.sealed)
    except CannotDecrypt as error:
        raise DocumentUnreadable("the body does not open here", number=row.display) from error


async def _sellers(tx: Tx, hashes: Sequence[str]) -> dict[str, Seller]:
    parts = await catalog.read_hashed_parts(tx, hashes=[bytes.fromhex(one) for one in hashes])
    return {part.hash.hex(): decode_seller(part.body) for part in parts}


async def _absence(tx: Tx, document_id: UUID) -> Rejected:
    """Say why a document is not there."""
    bucket = bucket_of(document_id)
    if await invoicing.read_waiting(tx, buckets=[bucket], ids=[document_id]):
        return DocumentNotNumbered(
            "the document waits for its number: try again in a moment", retry_after_seconds=1
        )
    if await invoicing.read_invoice_facts(tx, buckets=[bucket], ids=[InvoiceId(document_id)]):
        return DocumentNotNumbered(
            "the invoice gets its number once it is paid; one of nothing never gets any"
        )
    return DocumentNotFound("there is no such document")
