"""Prove every series of documents: numbers, chain, bodies, sellers, and what bodies rest on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from ledgerline.base.db import Tx
from ledgerline.base.run import Run
from ledgerline.catalog import store as catalog
from ledgerline.documents.proving import Entry, Fault, Proof
from ledgerline.documents.snapshot import Body, encode
from ledgerline.flows.build_bodies import build_bodies_in
from ledgerline.flows.read_document import raw_of
from ledgerline.invoicing import store as invoicing
from ledgerline.invoicing.model import DocumentUnreadable
from ledgerline.invoicing.rows.documents import SeriesRow
from ledgerline.invoicing.rows.facts import RegisteredRow

PAGE: Final = 1_000  # entries of a series read at once


class SeriesVerified(NamedTuple):
    """What was proven of a series; ``head`` is the hash of its last number, in hexadecimal digits.

    Keep the head elsewhere: who rewrites the end of a series cannot make it again.
    """

    series: str
    seller: str
    kind: str
    year: str
    documents: int
    rebuilt: int
    head: str
    faults: Sequence[Fault]


async def verify_documents(
    run: Run,
    *,
    seller_code: str | None = None,
    rebuild: bool = False,
    watch: Callable[[int], None] = lambda _: None,
) -> list[SeriesVerified]:
    """Walk all series, or those of a seller, and return what was proven of each.

    With ``rebuild`` each body is built once more from the rows it was made of and compared, byte by
    byte. ``watch`` hears of the documents of each page. Writes nothing.
    """
    async with run.transaction() as tx:
        every = await invoicing.read_series(tx, seller_code=seller_code)
    return [await _verify(run, series, rebuild=rebuild, watch=watch) for series in every]


@dataclass(frozen=True, slots=True)
class _Walk:
    """Goes along one series."""

    tx: Tx
    run: Run
    series: SeriesRow
    proof: Proof

    async def page(self, page: Sequence[RegisteredRow], *, rebuild: bool) -> int:
        """Prove a page of the register; return how many bodies were built once more."""
        said = [(row, self._prove(row)) for row in page]
        proven = [(row, body) for row, body in said if body is not None]
        await self._sellers(proven)
        return await self._rebuild(proven) if rebuild else 0

    def _prove(self, row: RegisteredRow) -> Body | None:
        try:
            raw: bytes | None = raw_of(self.run, row)
        except DocumentUnreadable:
            raw = None
        return self.proof.add(
            Entry(
                position=row.position,
                number=row.display,
                body_hash=row.body_hash,
                hash=row.hash,
                body=raw,
            )
        )

    async def _sellers(self, proven: Sequence[tuple[RegisteredRow, Body]]) -> None:
        """Find the sellers that bodies name; the database itself proves their hashes."""
        wanted = sorted({bytes.fromhex(body.seller.part) for _, body in proven})
        parts = await catalog.read_hashed_parts(self.tx, hashes=wanted)
        held = {part.hash.hex() for part in parts}
        for row, body in proven:
            if body.seller.part not in held:
                self._fault(row, "the seller it names is missing")

    async def _rebuild(self, proven: Sequence[tuple[RegisteredRow, Body]]) -> int:
        """Build bodies once more and compare; whom an erasure made unknown cannot be named."""
        kind = self.series.kind
        builder = await build_bodies_in(
            self.tx, self.run, ((kind, row.bucket, row.document_id) for row, _ in proven)
        )
        count = 0
        for row, body in proven:
            invoice = builder.invoice_of(kind, row.document_id)
            if body.buyer is not None and builder.facts.buyer(invoice).wrapped is None:
                continue
            assert row.wrapped is not None, row
            again = builder.body(
                kind,
                row.document_id,
                series_id=self.series.id,
                data_key=self.run.keyring.unwrap(row.wrapped),
                original=builder.registered(kind, row.document_id),
            )
            count += 1
            if encode(again) != encode(body):
                self._fault(row, "the rows it was made of say something else now")
        return count

    def _fault(self, row: RegisteredRow, text: str) -> None:
        self.proof.note(row.position, row.display, text)


async def _verify(
    run: Run, series: SeriesRow, *, rebuild: bool, watch: Callable[[int], None]
) -> SeriesVerified:
    proof = Proof(str(series.id), series.template, series.period)
    rebuilt, after = 0, 0
    while True:
        async with run.transaction() as tx:
            page = await invoicing.read_register(tx, series_id=series.id, after=after, limit=PAGE)
            rebuilt += await _Walk(tx, run, series, proof).page(page, rebuild=rebuild)
        watch(len(page))
        if len(page) < PAGE:
            break
        after = page[-1].position
    async with run.transaction() as tx:
        every = await invoicing.read_series(tx, seller_code=series.seller_code)
    # Documents may have been numbered meanwhile: the counter was no later before, no earlier now.
    [after_it] = [one.next_number for one in every if one.id == series.id]
    if not series.next_number <= proof.position <= after_it:
        proof.note(proof.position, "", f"the counter stands at {after_it}")
    return SeriesVerified(
        series=proof.series,
        seller=series.seller_code,
        kind=series.kind,
        year=series.period,
        documents=proof.documents,
        rebuilt=rebuilt,
        head=proof.previous.hex(),
        faults=proof.faults,
    )
