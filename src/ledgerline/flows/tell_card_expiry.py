"""Tell payers that a card expires before a renewal: once for each card and number of days."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final, NamedTuple

from ledgerline.base.db import Tx
from ledgerline.base.ids import PREFIXES, Bucket, PaymentMethodId, encode
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.flows.bill_due import Buckets
from ledgerline.flows.read_terms import read_terms
from ledgerline.flows.record_events import NewEvent, record_events_in
from ledgerline.flows.set_aside import AGAIN_AFTER, Refusal, set_aside, set_aside_in
from ledgerline.outbox.model import EventKind
from ledgerline.payments import expiry
from ledgerline.payments.rows.expiry import CardNoticeRow, CardRow
from ledgerline.payments.rules.notices import Later, Tell
from ledgerline.rules.expiry import THRESHOLDS, decide, renewal_after
from ledgerline.subscriptions import store as subscriptions
from ledgerline.subscriptions.rows import CountedRow, SubscriptionRow

EXPIRY_BATCH_MAX: Final = 500


class _Due(NamedTuple):
    """A card of which something is due to be told."""

    bucket: Bucket
    id: PaymentMethodId


class _Renews(NamedTuple):
    """The renewal that a card cannot pay any more, the first of its customer's."""

    on: date
    subscription: SubscriptionRow


async def tell_card_expiry(run: Run, *, buckets: Buckets, limit: int = EXPIRY_BATCH_MAX) -> int:
    """Tell one batch of what is due; return how many were due.

    Called by its job and the virtual clock. Cards that have come near their end get their notices
    planned first. Safe to repeat, and in many workers at once: under the locks of the subscriptions
    that are charged by the cards, cards and notices are read again. A card of which nothing can be
    told is set aside, and the others are told of.
    """
    now = run.now()
    today = now.astimezone(UTC).date()
    async with run.transaction() as tx:
        await expiry.plan_notices(
            tx, bucket_from=buckets[0], bucket_to=buckets[1], after=today,
            until=today + timedelta(days=max(THRESHOLDS)), days=THRESHOLDS,
        )  # fmt: skip
        due = await expiry.read_due_notices(
            tx, bucket_from=buckets[0], bucket_to=buckets[1], now=now, limit=limit
        )
    held = {one.payment_method_id: _Due(one.bucket, one.payment_method_id) for one in due}
    await set_aside(
        list(held.values()),
        lambda some: _tell_of(run, some),
        aside=lambda one, why: _put_off(run, one, why=why),
    )
    return len(due)


@repeated
async def _tell_of(run: Run, some: Sequence[_Due]) -> int:
    """Tell what is due of some cards, in one transaction."""
    now = run.now()
    places, ids = [one.bucket for one in some], [one.id for one in some]
    async with run.transaction() as tx:
        known = await expiry.read_cards(tx, buckets=places, ids=ids)
        charged = await subscriptions.lock_charged_by(
            tx,
            buckets=[card.bucket for card in known],
            customer_ids=[card.customer_id for card in known],
            payment_method_ids=[card.payment_method_id for card in known],
        )
        async with tx.pipeline():
            cards = await expiry.read_cards(tx, buckets=places, ids=ids)
            again = await expiry.read_notices(tx, buckets=places, ids=ids, now=now)
        card_of = {card.payment_method_id: card for card in cards}
        renews = await _renewals(tx, charged, card_of)
        steps = [_step(one, card_of, renews, now=now) for one in again]
        await _tell(tx, run, steps, renews, now=now)
    return len(steps)


@repeated
async def _put_off(run: Run, one: _Due, *, why: Refusal) -> None:
    """Look again at one card tomorrow, and tell people why."""
    now = run.now()
    async with run.transaction() as tx:
        rows = await expiry.read_notices(tx, buckets=[one.bucket], ids=[one.id], now=now)
        await expiry.step_notices(tx, [row._replace(due_at=now + AGAIN_AFTER) for row in rows])
        await set_aside_in(
            tx, bucket=one.bucket, subject_id=one.id, what="tell of a card", why=why, now=now
        )


async def _renewals(
    tx: Tx, charged: Sequence[SubscriptionRow], card_of: dict[PaymentMethodId, CardRow]
) -> dict[PaymentMethodId, _Renews]:
    """Find, for each card, the first renewal that comes when it has expired."""
    items = await subscriptions.read_items(
        tx, buckets=[row.bucket for row in charged], ids=[row.id for row in charged]
    )
    book = await read_terms(tx, price_ids=[item.price_id for item in items])
    found: dict[PaymentMethodId, _Renews] = {}
    for row in charged:
        method_id = row.payment_method_id
        card = None if method_id is None else card_of.get(method_id)
        if method_id is None or card is None or card.expires_on is None:
            continue
        own = [item for item in items if item.subscription_id == row.id]
        on = renewal_after(row, own, book, expires_on=card.expires_on)
        if on is not None and (method_id not in found or on < found[method_id].on):
            found[method_id] = _Renews(on, row)
    return found


def _step(
    notice: CardNoticeRow,
    card_of: dict[PaymentMethodId, CardRow],
    renews: dict[PaymentMethodId, _Renews],
    *,
    now: datetime,
) -> CardNoticeRow:
    method_id = notice.payment_method_id
    card, first = card_of.get(method_id), renews.get(method_id)
    decided = decide(
        notice,
        expires_on=None if card is None else card.expires_on,
        renews_on=None if first is None else first.on,
        now=now,
    )
    return notice._replace(
        due_at=decided.at if isinstance(decided, Later) else None,
        told_at=now if isinstance(decided, Tell) else None,
    )


async def _tell(
    tx: Tx,
    run: Run,
    steps: Sequence[CardNoticeRow],
    renews: dict[PaymentMethodId, _Renews],
    *,
    now: datetime,
) -> None:
    """Write what was decided. A subscription has one card, of which one thing is told at a time."""
    await expiry.step_notices(tx, steps)
    told = [(one, renews[one.payment_method_id]) for one in steps if one.told_at is not None]
    rows = [first.subscription for _, first in told]
    await subscriptions.count_events(
        tx, [CountedRow(row.bucket, row.id, row.version) for row in rows]
    )
    await record_events_in(tx, run, [_event(one, first, now=now) for one, first in told])


def _event(notice: CardNoticeRow, first: _Renews, *, now: datetime) -> NewEvent:
    row = first.subscription
    return NewEvent(
        bucket=row.bucket,
        aggregate_id=row.id,
        seq=row.event_seq + 1,
        kind=EventKind.SUBSCRIPTION_CARD_EXPIRING,
        customer_id=row.customer_id,
        occurred_at=now,
        body={
            "payment_method": encode(PREFIXES["payment_method"], notice.payment_method_id),
            "days": notice.days,
            "renews_on": first.on.isoformat(),
        },
    )
