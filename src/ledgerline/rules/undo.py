"""Take an intention back before it takes effect: everything is as if it had never been."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ledgerline.base.calendar import local_date
from ledgerline.catalog.rows import PriceRow
from ledgerline.rules.quote import Next, next_charge
from ledgerline.rules.renewal import base_on
from ledgerline.rules.terms import Book
from ledgerline.rules.timeline import Delta, Entry, Projection, fold, rebuild
from ledgerline.subscriptions.model import LogKind, NothingToUndo
from ledgerline.subscriptions.rows import SubscriptionRow


@dataclass(frozen=True, slots=True)
class Undoing:
    """Which intention is taken back, the rows that follow, and the charge that comes next.

    ``price`` is that of the base from the next period on.
    """

    subscription: SubscriptionRow
    intention: Entry
    entry: Entry
    after: Projection
    price: PriceRow
    next: Next | None


def undo(
    subscription: SubscriptionRow,
    log: Sequence[Entry],
    book: Book,
    *,
    seq: int | None,
    now: datetime,
) -> Undoing:
    """Take back the intention ``seq``, or without one the newest that stands.

    Nothing is charged or given back, and prices are those that were held. Raises
    ``NothingToUndo`` when none stands or its date has come.
    """
    today = local_date(now, subscription.zone)
    standing = {one.seq: one for one in fold(log, on=today).intentions}
    if not standing:
        raise NothingToUndo("nothing is planned that could be taken back")
    intention = standing.get(max(standing) if seq is None else seq)
    if intention is None:
        raise NothingToUndo("nothing of this number is planned", seq=seq)
    delta = Delta(undoes=(intention.seq,), first_item=subscription.item_seq + 1)
    entry = Entry(seq=log[-1].seq + 1, kind=LogKind.UNDONE, effective=today, delta=delta)
    after = rebuild(
        subscription.id,
        [*log, entry],
        billed_until=subscription.billed_through,
        on=today,
        zone=subscription.zone,
    )
    return Undoing(
        subscription=subscription,
        intention=intention,
        entry=entry,
        after=after,
        price=book.price(base_on(after.items, subscription.billed_through).price_id),
        next=next_charge(after, book),
    )
