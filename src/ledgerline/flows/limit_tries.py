"""Keep tries within the limits of networks: what would break one waits, and says why."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from ledgerline.base.db import Tx
from ledgerline.base.ids import AttemptId, PaymentMethodId
from ledgerline.base.run import Run
from ledgerline.flows.choose_accounts import Asked, Choices
from ledgerline.flows.record_events import NewEvent, record_events_in
from ledgerline.outbox.model import EventKind
from ledgerline.payments import limits
from ledgerline.payments.model import Initiator
from ledgerline.payments.rows.limits import CardTryRow, LimitRow, WithheldTryRow
from ledgerline.payments.rows.payments import DuePaymentRow
from ledgerline.payments.rules.network_limits import free_at, limits_of

NETWORK_LIMIT: Final = "network_limit"


async def limit_tries_in(
    tx: Tx, run: Run, choices: Choices, due: Sequence[DuePaymentRow], *, now: datetime
) -> list[DuePaymentRow]:
    """Return the payments that may be tried now; the others are postponed, and their events say so.

    Called in the transaction that commits the tries as sent. Each that may be tried counts for the
    next of the same method.
    """
    tried: dict[PaymentMethodId, list[CardTryRow]] = defaultdict(list)
    for one in choices.tries:
        tried[one.payment_method_id].append(one)
    free, withheld = [], []
    for row in due:
        method_id = row.payment_method_id
        wait = None
        if tried[method_id]:  # most cards were never tried in vain, and no limit forbids a first
            held = limits_for(choices, method_id, Initiator.MERCHANT, now=now)
            wait = free_at(held, tried[method_id], now=now)
        if wait is None:
            free.append(row)  # and stands for the attempt that it becomes
            tried[method_id].append(CardTryRow(method_id, AttemptId(row.id), now, is_live=True))
        else:
            withheld.append((row, wait))
    if withheld:
        await _withhold(tx, run, withheld, now=now)
    return free


def limits_for(
    choices: Choices, method_id: PaymentMethodId, initiator: Initiator, *, now: datetime
) -> list[LimitRow]:
    """Return the limits that hold for a card now; what has no card has none."""
    card = next(
        (
            one
            for one in choices.instruments
            if one.payment_method_id == method_id and one.mandate_id is None
        ),
        None,
    )
    if card is None:
        return []
    return limits_of(
        choices.limits,
        network=card.brand,
        issuer_country=card.issuer_country,
        initiator=initiator,
        on=now.astimezone(UTC).date(),
    )


def tries_of(choices: Choices, asked: Asked) -> list[CardTryRow]:
    """Return the tries in vain of the card of a charge."""
    return [one for one in choices.tries if one.payment_method_id == asked.payment_method_id]


async def _withhold(
    tx: Tx, run: Run, withheld: Sequence[tuple[DuePaymentRow, datetime]], *, now: datetime
) -> None:
    await limits.withhold_tries(
        tx,
        [
            WithheldTryRow(row.bucket, row.id, next_try_at=at, withheld_for=NETWORK_LIMIT)
            for row, at in withheld
        ],
    )
    await record_events_in(
        tx,
        run,
        [
            NewEvent(
                bucket=row.bucket,
                aggregate_id=row.id,
                seq=row.event_seq + 1,
                kind=EventKind.PAYMENT_POSTPONED,
                customer_id=row.customer_id,
                occurred_at=now,
                body={"reason": NETWORK_LIMIT},
            )
            for row, _ in withheld
        ],
    )
