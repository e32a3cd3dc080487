"""Stamp gapless numbers on issued documents, late and in batches, and keep what they say."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from ledgerline.base import crypto
from ledgerline.base.db import Tx
from ledgerline.base.errors import CannotDecrypt
from ledgerline.base.log import logger
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.catalog.model import SeriesKind
from ledgerline.catalog.rules.numbering import display, read_template
from ledgerline.documents import forms
from ledgerline.documents.bodies import Registered
from ledgerline.documents.seal import FIRST, body_hash, seal
from ledgerline.documents.snapshot import Body, Document, encode
from ledgerline.flows.build_bodies import Builder, build_bodies_in, seal_body
from ledgerline.invoicing import store as invoicing
from ledgerline.invoicing.model import CheckState
from ledgerline.invoicing.rows.documents import DequeueRow, NumberRow, QueueRow, RaiseRow, SeriesRow
from ledgerline.invoicing.rows.facts import BodyRow, CheckRow, RetentionKeyRow

NUMBER_BATCH_MAX: Final = 1_000  # documents of a series a transaction
_UNBUILDABLE: Final = (CannotDecrypt, AssertionError, LookupError, ValueError)
_log: Final = logger(__name__)
# What another document names is numbered before it.
_ORDER: Final = {SeriesKind.INVOICE: 0, SeriesKind.CREDIT_NOTE: 1, SeriesKind.RECEIPT: 2}


@repeated
async def number_documents(run: Run, *, limit: int = NUMBER_BATCH_MAX) -> int:
    """Stamp at most ``limit`` documents of each series; return how many were stamped.

    0 means that nothing waits or others are at it; fewer than ``limit``, that nothing is left.
    Called by the numbering job. What each document says is built here from rows that do not change,
    hashed, chained to the document before it and kept. Counters, register, bodies and queue move
    in one transaction, so a rollback consumes nothing and a repeat finds nothing. One worker a
    series, many series side by side. Stamps never go back, whatever the clocks of two workers say;
    what was issued by a clock ahead of ours waits until ours is there, and a credit note or receipt
    whose invoice waits for its number waits for it too, with all after it. What corrects a receipt
    waits alone until that was numbered by a transaction before. What follows a document that cannot
    be built waits too: that is a defect, logged, and found by the audit.
    """
    async with run.transaction() as tx:
        waiting = await invoicing.waiting_series(tx, now=run.now())
        if not waiting:
            return 0
        claimed = await invoicing.claim_series(tx, ids=[row.id for row in waiting])
        if not claimed:
            return 0
        async with tx.pipeline():
            last = await invoicing.read_last_numbers(
                tx, series_ids=[row.id for row in claimed],
                positions=[row.next_number - 1 for row in claimed],
            )  # fmt: skip
            queue = await invoicing.read_queue(
                tx, series_ids=[row.id for row in claimed], now=run.now(), limit=limit
            )
        kinds = {row.id: row.kind for row in claimed}
        builder = await build_bodies_in(
            tx, run, ((kinds[row.series_id], row.bucket, row.document_id) for row in queue)
        )
        stamping = _Stamping(run, builder, await _keys(tx, run, claimed))
        for series in sorted(claimed, key=lambda row: (_ORDER[SeriesKind(row.kind)], row.id)):
            stamping.stamp(
                series,
                last=next((row for row in last if row.series_id == series.id), None),
                queue=[row for row in queue if row.series_id == series.id],
            )
        await _record(tx, claimed, stamping)
    return len(stamping.numbers)


async def _keys(tx: Tx, run: Run, claimed: Sequence[SeriesRow]) -> dict[tuple[str, int], bytes]:
    """Return the keys that seal what is issued in the years of some series; new ones are kept."""
    wanted = sorted({(row.seller_code, int(row.period)) for row in claimed})
    sellers, years = [seller for seller, _ in wanted], [year for _, year in wanted]
    held = await invoicing.read_retention_keys(tx, seller_codes=sellers, years=years)
    if len(held) < len(wanted):
        new = [
            RetentionKeyRow(seller, year, run.keyring.new_data_key(run.random(crypto.KEY_BYTES)))
            for seller, year in wanted
        ]
        await invoicing.add_retention_keys(tx, new)
        held = await invoicing.read_retention_keys(tx, seller_codes=sellers, years=years)
    return {(row.seller_code, row.year): run.keyring.unwrap(row.wrapped) for row in held}


@dataclass(slots=True)
class _Stamping:
    """The numbers of one transaction, with the bodies they stand for."""

    run: Run
    builder: Builder
    keys: dict[tuple[str, int], bytes]
    numbers: list[NumberRow] = field(default_factory=list)
    bodies: list[BodyRow] = field(default_factory=list)
    checks: list[CheckRow] = field(default_factory=list)
    given: dict[UUID, Registered] = field(default_factory=dict)

    def stamp(
        self, series: SeriesRow, *, last: NumberRow | None, queue: Sequence[QueueRow]
    ) -> None:
        """Count on in a series, in the order in which its documents were issued."""
        now = self.run.now()
        stamp = now if last is None else max(now, last.stamped_at)
        previous = FIRST if last is None else last.hash
        form = read_template(series.template)
        key = self.keys[series.seller_code, int(series.period)]
        sealer, chain = crypto.Sealer(key), str(series.id)
        for position, row in enumerate(self._ready(series, queue), series.next_number):
            shown = display(form, year=series.period, position=position)
            try:
                said = self._keep(series, row, key=key, sealer=sealer)
            except _UNBUILDABLE:
                # It holds up its own series, for numbers have no gap, and no other.
                _log.exception(
                    "document cannot be built", series=chain, document=str(row.document_id)
                )
                return
            previous = seal(said, series=chain, position=position, number=shown, previous=previous)
            self.given[row.document_id] = Registered(shown, previous)
            self.numbers.append(
                NumberRow(
                    series_id=series.id,
                    position=position,
                    document_id=row.document_id,
                    bucket=row.bucket,
                    display=shown,
                    stamped_at=stamp,
                    body_hash=said,
                    hash=previous,
                )
            )

    def _ready(self, series: SeriesRow, queue: Sequence[QueueRow]) -> Iterator[QueueRow]:
        """Go through the queue up to a document whose invoice still waits for its number.

        What corrects a receipt is passed over as long as that waits.
        """
        if series.kind == SeriesKind.INVOICE:
            yield from queue
            return
        for row in queue:
            invoice = self.builder.invoice_of(series.kind, row.document_id)
            if invoice.is_waiting and invoice.id not in self.given:
                return
            if self.builder.waits_for_receipt(row.document_id):
                continue  # that may stand behind it: both may be of one instant
            yield row

    def _keep(
        self, series: SeriesRow, row: QueueRow, *, key: bytes, sealer: crypto.Sealer
    ) -> bytes:
        """Build what a document says, keep it, and return its hash."""
        body = self.builder.body(
            series.kind,
            row.document_id,
            series_id=series.id,
            data_key=key,
            original=self._original(series, row),
        )
        raw = encode(body)
        kept = BodyRow(
            bucket=row.bucket,
            document_id=row.document_id,
            series_id=series.id,
            kind=body.kind,
            sealed=seal_body(self.run, sealer, row.document_id, raw),
        )
        if self._has_einvoice(series, row, body):
            self.checks.append(
                CheckRow(
                    bucket=row.bucket,
                    document_id=row.document_id,
                    state=CheckState.WAITING,
                    findings="[]",
                    looks=0,
                    checked_at=None,
                )
            )
        self.bodies.append(kept)
        return body_hash(raw)

    def _has_einvoice(self, series: SeriesRow, row: QueueRow, body: Body) -> bool:
        """Say whether a document is one that an e-invoice can say."""
        if body.buyer is None:
            return False
        seller = self.builder.seller_of(series.kind, row.document_id)
        return forms.has_xml(Document(body=body, seller=seller))

    def _original(self, series: SeriesRow, row: QueueRow) -> Registered | None:
        """Return the place of the invoice that a document is about; it may just have been given."""
        if series.kind == SeriesKind.INVOICE:
            return None
        held = self.builder.registered(series.kind, row.document_id)
        if held is not None:
            return held
        return self.given.get(self.builder.invoice_of(series.kind, row.document_id).id)


async def _record(tx: Tx, claimed: Sequence[SeriesRow], stamping: _Stamping) -> None:
    numbers = stamping.numbers
    count = Counter(row.series_id for row in numbers)
    raised = [RaiseRow(row.id, row.next_number, count[row.id]) for row in claimed if count[row.id]]
    async with tx.pipeline(rows=len(numbers)):
        await invoicing.add_bodies(tx, stamping.bodies)
        await invoicing.add_checks(tx, stamping.checks)
        await invoicing.add_numbers(tx, numbers)
        await invoicing.raise_counters(tx, raised)
        await invoicing.dequeue(tx, [DequeueRow(row.bucket, row.document_id) for row in numbers])
