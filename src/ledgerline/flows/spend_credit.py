"""Use a customer's credit before any payment method."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from ledgerline.base.db import Tx
from ledgerline.flows.issue_invoices import Issues
from ledgerline.ledger import store as ledger
from ledgerline.ledger.rows import DrawRow, LotRow

_Key = tuple[UUID, str, str]


async def spend_credit_in(tx: Tx, groups: Sequence[Issues]) -> list[Issues]:
    """Draw what each invoice can use from the customer's lots and return the invoices with it.

    Inside the caller's transaction; several invoices of a customer spend one after the other, what
    expires first goes first. The lots are locked, then lowered; the database refuses a negative
    one.
    """
    lots = await ledger.lock_lots(
        tx,
        buckets=[bucket for group in groups for bucket in group.ids["bucket"]],
        customer_ids=[one for group in groups for one in group.ids["customer_id"]],
    )
    if not lots:
        return list(groups)
    left: dict[_Key, list[LotRow]] = defaultdict(list)
    for lot in sorted(lots, key=lambda lot: (lot.expires_on or date.max, lot.id)):
        left[lot.customer_id, lot.seller_code, lot.currency].append(lot)
    divided = [part for group in groups for part in _divide(group, left)]
    remaining = {lot.id: lot.remaining_minor for of_key in left.values() for lot in of_key}
    await ledger.draw_lots(
        tx,
        [
            DrawRow(lot.bucket, lot.id, lot.remaining_minor - remaining[lot.id])
            for lot in lots
            if remaining[lot.id] < lot.remaining_minor
        ],
    )
    return divided


def _divide(group: Issues, left: dict[_Key, list[LotRow]]) -> list[Issues]:
    """Give each customer with credit a batch of their own and lower ``left`` by what it uses.

    The others stay together.
    """
    claim = group.claim
    usable = group.due_minor
    plain, parts = [], []
    for position, customer_id in enumerate(group.ids["customer_id"]):
        key = (customer_id, claim.seller_code, claim.currency)
        drawn = _draw(left[key], usable) if key in left else ()
        if drawn:
            ids = group.ids.pick([position])
            parts.append(replace(group, ids=ids, drawn=(*group.drawn, *drawn)))
        else:
            plain.append(position)
    if plain:
        parts.append(replace(group, ids=group.ids.pick(plain)))
    return parts


def _draw(lots: list[LotRow], wanted: int) -> tuple[tuple[UUID, int], ...]:
    """Take at most ``wanted`` from lots in their order, and lower them."""
    drawn: list[tuple[UUID, int]] = []
    for place, lot in enumerate(lots):
        amount = min(lot.remaining_minor, wanted)
        if amount > 0:
            drawn.append((lot.id, amount))
            lots[place] = lot._replace(remaining_minor=lot.remaining_minor - amount)
            wanted -= amount
    return tuple(drawn)
