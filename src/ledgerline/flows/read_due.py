"""Read what due subscriptions are billed for, and decide once for all that are billed alike."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from ledgerline.base.db import Tx
from ledgerline.base.errors import Rejected
from ledgerline.flows.read_terms import read_terms
from ledgerline.invoicing import store as invoicing
from ledgerline.invoicing.model import DoubleBilled
from ledgerline.rules.renewal import End, Renewal, Wait, alike, relevant, renew
from ledgerline.rules.terms import Book
from ledgerline.subscriptions import store as subscriptions
from ledgerline.subscriptions.rows import ItemRow, OfferRow, SubscriptionRow

_AHEAD: Final = timedelta(days=1)  # somewhere it is tomorrow already


@dataclass(frozen=True, slots=True)
class DueRead:
    """Due subscriptions with their items and offers, and which of them are billed already.

    Everything is found by the number of the subscription's id, which hashes without Python.
    """

    due: Sequence[SubscriptionRow]
    items: dict[int, list[ItemRow]]
    offers: dict[int, list[OfferRow]]
    book: Book
    billed: frozenset[int]


@dataclass(slots=True)
class DueGroup:
    """Subscriptions for which the same is decided, and the items of each in one order."""

    decision: Renewal | End | Rejected
    rows: list[SubscriptionRow] = field(default_factory=list)
    items: list[Sequence[ItemRow]] = field(default_factory=list)


async def read_due_in(tx: Tx, due: Sequence[SubscriptionRow], *, now: datetime) -> DueRead:
    """Read items, offers, prices, and lines that stand where a new one would, for any batch.

    Called by the billing run and its preview: a handful of statements however large the batch.
    """
    buckets, ids = [row.bucket for row in due], [row.id for row in due]
    async with tx.pipeline(rows=len(due)):
        items = await subscriptions.read_items(tx, buckets=buckets, ids=ids)
        offers = await subscriptions.read_offers(tx, buckets=buckets, ids=ids)
        billed = await invoicing.read_billed(
            tx,
            buckets=buckets,
            ids=ids,
            starts=[row.billed_through for row in due],
            beyond=now.date() + _AHEAD,
        )
    book = await read_terms(
        tx,
        price_ids={item.price_id.int: item.price_id for item in items}.values(),
        offer_codes={offer.offer_code for offer in offers},
    )
    through = {row.id: row.billed_through for row in due} if billed else {}
    return DueRead(
        due=due,
        items=_by_subscription(items),
        offers=_offers_by_subscription(offers),
        book=book,
        billed=frozenset(
            row.subscription_id.int
            for row in billed
            if row.period_start >= through[row.subscription_id]
        ),
    )


def group_due(read: DueRead, *, now: datetime) -> list[DueGroup]:
    """Decide once for all subscriptions that agree in everything the decision depends on."""
    groups: dict[tuple[object, ...], DueGroup] = {}
    none: Sequence[OfferRow] = ()
    for row in read.due:
        number = row.id.int
        if number in read.billed:
            key: tuple[object, ...] = ("billed",)
            items: Sequence[ItemRow] = ()
        else:
            items = relevant(row, read.items.get(number, ()), read.book)
            offers = read.offers.get(number, none)
            key = alike(row, items, offers, read.book)
        group = groups.get(key)
        if group is None:
            group = groups[key] = DueGroup(_decide(row, items, read, now=now))
        group.rows.append(row)
        group.items.append(items)
    return list(groups.values())


def _decide(
    row: SubscriptionRow, items: Sequence[ItemRow], read: DueRead, *, now: datetime
) -> Renewal | End | Rejected:
    if row.id.int in read.billed:
        return DoubleBilled("a line for this time exists already")
    try:
        decision = renew(row, items, read.offers.get(row.id.int, ()), read.book, now=now)
    except Rejected as refusal:
        return refusal
    assert not isinstance(decision, Wait), (row.id, "claimed before it was due")
    return decision


def _by_subscription(items: Sequence[ItemRow]) -> dict[int, list[ItemRow]]:
    found: dict[int, list[ItemRow]] = defaultdict(list)
    for item in items:
        found[item.subscription_id.int].append(item)
    return found


def _offers_by_subscription(offers: Sequence[OfferRow]) -> dict[int, list[OfferRow]]:
    found: dict[int, list[OfferRow]] = defaultdict(list)
    for offer in offers:
        found[offer.subscription_id.int].append(offer)
    return found
