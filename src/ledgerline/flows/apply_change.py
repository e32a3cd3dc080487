"""A change that waits for its payment: how it is kept, and how it happens when that is paid."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from ledgerline.base import canonical
from ledgerline.base.calendar import Period, start_of
from ledgerline.base.db import Tx
from ledgerline.base.ids import InvoiceId
from ledgerline.base.run import Run
from ledgerline.entitlements import store as entitlements
from ledgerline.entitlements.model import CoverReason
from ledgerline.entitlements.rows import CoverRow
from ledgerline.flows.credit_lines import credit_lines_in, notes_of
from ledgerline.flows.end_covers import end_covers_in
from ledgerline.flows.give_back_late import give_back_late_in
from ledgerline.flows.issue_invoices import Covering
from ledgerline.flows.offset_credit import offset_notes_in
from ledgerline.flows.read_book_days import BookDays
from ledgerline.flows.read_charged import ChargedLines, read_lines_in
from ledgerline.flows.record_entry import Amendment, read_history_in, record_entry_in
from ledgerline.flows.withdraw_change import withdraw_change_in
from ledgerline.flows.withhold_refunds import withhold_refunds_in
from ledgerline.invoicing import store as invoicing
from ledgerline.invoicing.model import AllocationSource, CreditReason
from ledgerline.invoicing.rows.documents import AllocationRow, InvoiceRow
from ledgerline.ledger import store as ledger
from ledgerline.ledger.model import Booking, Purpose
from ledgerline.ledger.rows import DrawRow, LotRow
from ledgerline.ledger.rules.postings import post
from ledgerline.outbox.model import EventKind
from ledgerline.payments.rows.payments import PaymentRow
from ledgerline.pricing.rules.credit import amount_of, unused, withheld
from ledgerline.rules.change import Proposal
from ledgerline.rules.charged import Credited, LineKey, Withheld
from ledgerline.rules.entries import read_delta, write_delta
from ledgerline.rules.timeline import Entry, rebuild
from ledgerline.subscriptions import store as subscriptions
from ledgerline.subscriptions.model import LogKind, SubscriptionState, is_fee
from ledgerline.subscriptions.rows import PendingChangeRow, SubscriptionRow

WAITS: Final = timedelta(hours=24)
CHANGED: Final = {
    LogKind.PLAN_CHANGED: EventKind.SUBSCRIPTION_PLAN_CHANGED,
    LogKind.QUANTITY_CHANGED: EventKind.SUBSCRIPTION_QUANTITY_CHANGED,
    LogKind.CHANGE_SCHEDULED: EventKind.SUBSCRIPTION_CHANGE_SCHEDULED,
    LogKind.UNDONE: EventKind.SUBSCRIPTION_UNDONE,
    LogKind.RESUMED: EventKind.SUBSCRIPTION_RESUMED,
}
"""What is told of each entry that a change makes."""


@dataclass(frozen=True, slots=True)
class _Promise:
    """What a change that waits will give back of one line, and what refunds kept from it."""

    key: LineKey
    invoice_id: InvoiceId
    span: Period
    gross_minor: int
    withheld_minor: int


def freeze(
    proposal: Proposal, invoice_id: InvoiceId, covers: Sequence[Covering], *, now: datetime
) -> PendingChangeRow:
    """Keep a change as it was decided: what the log will say, what is given back and covered.

    It waits for ``WAITS``, and not beyond the next boundary, or the end of a pause.
    """
    row, entry = proposal.subscription, proposal.entry
    resumes = entry.kind is LogKind.RESUMED
    last = (row.ends_on or date.max) if resumes else row.billed_through
    body = {
        "kind": entry.kind,
        "effective": entry.effective.isoformat(),
        "delta": json.loads(write_delta(entry.delta)),
        "credits": _credit_bodies(proposal),
        "covers": [
            {
                "component": one.component,
                "starts_at": one.starts_at.isoformat(),
                "ends_at": one.ends_at.isoformat(),
            }
            for one in covers
        ],
    }
    return PendingChangeRow(
        bucket=row.bucket,
        subscription_id=row.id,
        invoice_id=invoice_id,
        billed_through=row.billed_through,
        lapses_at=min(now + WAITS, start_of(last, row.zone)),
        body=canonical.canonical(body).decode(),
    )


def promised_invoices(pending: PendingChangeRow) -> tuple[InvoiceId, ...]:
    """Name the invoices that a change will give something back of: they are locked with its own."""
    promises = _promises(json.loads(pending.body))
    return tuple(sorted({one.invoice_id for one in promises}))


@dataclass(frozen=True, slots=True)
class PaidFor:
    """A change whose payment is proven: its invoice, the payment, and what gets something back."""

    invoice: InvoiceRow
    payment: PaymentRow
    promised: Sequence[InvoiceRow]


async def apply_change_in(
    tx: Tx, run: Run, change: PaidFor, *, days: BookDays, now: datetime
) -> None:
    """Let a change happen whose payment is proven, in the transaction that records the payment.

    It holds the locks of the subscription, the payment and the invoices.
    A change that was withdrawn, or that no longer fits, because a period was billed meanwhile or
    service ended, does not: all that was paid for it goes back.
    """
    invoice = change.invoice
    buckets, ids = [invoice.bucket], [invoice.subscription_id]
    [subscription] = await subscriptions.read_subscriptions(tx, buckets=buckets, ids=ids)
    found = await subscriptions.read_pending_changes(tx, buckets=buckets, ids=ids)
    for pending in found:
        if pending.invoice_id == invoice.id and _fits(subscription, pending, now=now):
            await subscriptions.drop_pending_changes(
                tx, buckets=buckets, invoice_ids=[pending.invoice_id]
            )
            paid = _Paid(subscription, invoice, change.promised, pending)
            await _happen(tx, run, paid, days=days, now=now)
            return
    if any(pending.invoice_id == invoice.id for pending in found):
        await withdraw_change_in(tx, run, subscription, cause="too_late", now=now)
    await give_back_late_in(tx, run, invoice, change.payment, now=now)


def _fits(subscription: SubscriptionRow, pending: PendingChangeRow, *, now: datetime) -> bool:
    """Say whether a change is still the one that was decided."""
    resumes = json.loads(pending.body)["kind"] == LogKind.RESUMED
    stands = SubscriptionState.PAUSED if resumes else SubscriptionState.ACTIVE
    return (
        subscription.state == stands
        and subscription.billed_through == pending.billed_through
        and now < pending.lapses_at
    )


@dataclass(frozen=True, slots=True)
class _Paid:
    """A change whose payment is proven, with what it stands on, all under lock."""

    subscription: SubscriptionRow
    invoice: InvoiceRow
    promised: Sequence[InvoiceRow]
    pending: PendingChangeRow


async def _happen(tx: Tx, run: Run, paid: _Paid, *, days: BookDays, now: datetime) -> None:
    subscription, invoice = paid.subscription, paid.invoice
    body = json.loads(paid.pending.body)
    history = await read_history_in(tx, subscription)
    entry = _entry(history.log[-1].seq + 1, body)
    charged = await read_lines_in(tx, paid.promised)
    kept = [_kept(charged, promise) for promise in _promises(body)]
    await withhold_refunds_in(tx, charged, [one.withheld for one in kept if one.withheld])
    given = [one.credited for one in kept if one.credited]
    notes = notes_of(run, paid.promised, given, CreditReason.PLAN_CHANGED)
    lots = await credit_lines_in(tx, run, notes, now=now)
    await _pay_with(tx, invoice, lots, days=days)
    await offset_notes_in(tx, notes, now=now)
    replaced = [step.component for step in entry.delta.steps if not is_fee(step.component)]
    covers = [_cover(subscription, invoice, one) for one in body["covers"]]
    if covers:
        started = min(cover.starts_at for cover in covers)
        await end_covers_in(
            tx,
            [subscription],
            now=started,
            components=sorted({*replaced, *entry.delta.removed}),
        )
    await entitlements.add_covers(tx, covers)
    own_clock = entry.delta.clock is not None
    after = rebuild(
        subscription.id,
        [*history.log, entry],
        billed_until=None if own_clock else subscription.billed_through,
        on=entry.effective,
        zone=subscription.zone,
    )
    await record_entry_in(
        tx,
        run,
        subscription,
        Amendment(entry=entry, after=after, held=history.items, event=CHANGED[entry.kind]),
        now=now,
    )


async def _pay_with(tx: Tx, invoice: InvoiceRow, lots: Sequence[LotRow], *, days: BookDays) -> None:
    """Settle the rest of the change's invoice with what its credit notes gave back."""
    on = days.of(invoice.seller_code)
    settled = await invoicing.read_allocated(tx, buckets=[invoice.bucket], invoice_ids=[invoice.id])
    draws, left = [], invoice.total_minor - sum(one.amount_minor for one in settled)
    for lot in lots:
        amount = min(left, lot.amount_minor)
        if amount > 0:
            draws.append(DrawRow(lot.bucket, lot.id, amount))
            left -= amount
    await ledger.draw_lots(tx, draws)
    await invoicing.add_allocations(
        tx,
        [
            AllocationRow(
                bucket=draw.bucket,
                invoice_id=invoice.id,
                source_kind=AllocationSource.CREDIT,
                source_id=draw.id,
                amount_minor=draw.amount_minor,
                effective_on=on,
            )
            for draw in draws
        ],
    )
    notes = {lot.id: lot.source_id for lot in lots}
    await ledger.add_transfers(
        tx,
        [
            row
            for draw in draws
            for row in post(
                Purpose.CREDIT_USED, draw.amount_minor, _booking(invoice, notes[draw.id], days)
            )
        ],
    )


def _booking(invoice: InvoiceRow, note_id: UUID, days: BookDays) -> Booking:
    return Booking(
        bucket=invoice.bucket,
        source_id=note_id,
        seller_code=invoice.seller_code,
        customer_id=invoice.customer_id,
        currency=invoice.currency,
        on=days.of(invoice.seller_code),
        at=days.now,
    )


def _credit_bodies(proposal: Proposal) -> list[dict[str, object]]:
    """Say what is given back of each line, also where refunds keep everything back."""
    given = {one.of.key: one for one in proposal.credits}
    kept = {one.of.key: one for one in proposal.withheld}
    bodies: list[dict[str, object]] = []
    for key in sorted(given.keys() | kept.keys()):
        of = given[key].of if key in given else kept[key].of
        start = given[key].credit.start if key in given else kept[key].cut
        bodies.append(
            {
                "period_start": key.period_start.isoformat(),
                "item": key.item_no,
                "kind": key.kind,
                "invoice": str(of.invoice_id),
                "start": start.isoformat(),
                "end": of.line.period.end.isoformat(),
                "gross": given[key].credit.gross_minor if key in given else 0,
                "withheld": kept[key].amount_minor if key in kept else 0,
            }
        )
    return bodies


def _promises(body: dict[str, list[dict[str, str]]]) -> list[_Promise]:
    return [
        _Promise(
            key=LineKey(date.fromisoformat(one["period_start"]), int(one["item"]), one["kind"]),
            invoice_id=InvoiceId(UUID(one["invoice"])),
            span=Period(date.fromisoformat(one["start"]), date.fromisoformat(one["end"])),
            gross_minor=int(one["gross"]),
            withheld_minor=int(one["withheld"]),
        )
        for one in body["credits"]
    ]


@dataclass(frozen=True, slots=True)
class _Kept:
    """What becomes of a promise: what is given back, and what refunds under way still keep."""

    credited: Credited | None
    withheld: Withheld | None


def _kept(charged: ChargedLines, promise: _Promise) -> _Kept:
    """Keep a promise, with what refunds kept from it that have failed meanwhile.

    What those that succeeded meanwhile have taken is gone; what others may still take is kept back.
    """
    [of] = [
        one
        for one in charged.lines
        if (one.invoice_id, one.key) == (promise.invoice_id, promise.key)
    ]
    cut, gross, kept_minor = promise.span.start, promise.gross_minor, 0
    if promise.withheld_minor:
        whole = gross + promise.withheld_minor
        free, still = unused(of.line, cut=cut), withheld(of.line, cut=cut)
        gross = max(gross, min(free.gross_minor if free else 0, whole - still))
        kept_minor = min(whole - gross, still)
    return _Kept(
        Credited(of, amount_of(of.line, gross, span=promise.span)) if gross else None,
        Withheld(of, kept_minor, cut) if kept_minor else None,
    )


def _entry(seq: int, body: dict[str, Any]) -> Entry:
    return Entry(
        seq=seq,
        kind=LogKind(body["kind"]),
        effective=date.fromisoformat(body["effective"]),
        delta=read_delta(body["delta"]),
    )


def _cover(subscription: SubscriptionRow, invoice: InvoiceRow, body: dict[str, str]) -> CoverRow:
    ends_at = datetime.fromisoformat(body["ends_at"])
    return CoverRow(
        bucket=subscription.bucket,
        subscription_id=subscription.id,
        component=body["component"],
        starts_at=datetime.fromisoformat(body["starts_at"]),
        customer_id=subscription.customer_id,
        family=subscription.family,
        ends_at=ends_at,
        paid_until=ends_at,
        reason=CoverReason.PAID,
        invoice_id=invoice.id,
    )
