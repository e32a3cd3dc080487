"""Where a checkout stands: a view over its session, its last purchase and the live attempt.

And what its buyer may change of the order before they pay.
"""

import json
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple

from ledgerline.payments.model import AttemptState, DeclineCategory
from ledgerline.payments.rules.retry import is_ours
from ledgerline.purchases.model import PurchaseState
from ledgerline.purchases.rows import CheckoutRow, CheckoutView
from ledgerline.rules.quote import AddOn, Order


class CheckoutState(StrEnum):
    """What a buyer sees. It is computed and stored nowhere."""

    OPEN = "open"
    PROCESSING = "processing"  # the provider has been asked and has not answered yet
    ACTION_REQUIRED = "action_required"  # the buyer's bank wants to see them
    PENDING = "pending"  # nobody knows the outcome yet, and leaving is safe
    DECLINED = "declined"  # refused; they may try again
    UNAVAILABLE = "unavailable"  # nothing was executed, which is our doing; they may try again
    COMPLETED = "completed"
    EXPIRED = "expired"


TAKES_ORDERS: Final = frozenset(
    {CheckoutState.OPEN, CheckoutState.DECLINED, CheckoutState.UNAVAILABLE}
)
"""The states in which the page has a form."""
_ENDED_WITHOUT: Final = frozenset({AttemptState.DECLINED, AttemptState.NOT_EXECUTED})


class CouponEntered(NamedTuple):
    """The coupon that a buyer typed; None takes one away."""

    code: str | None


class AddOnChosen(NamedTuple):
    """An add-on that a buyer adds to the order, or takes off it."""

    plan_code: str
    is_wanted: bool


Revision = CouponEntered | AddOnChosen


def order_of(session: CheckoutRow | CheckoutView) -> Order:
    """Return what a session is for."""
    return Order(
        customer_id=session.customer_id,
        plan_code=session.plan_code,
        quantity=session.quantity,
        add_ons=tuple(AddOn(code, quantity) for code, quantity in json.loads(session.add_ons)),
        coupon_code=session.coupon_code,
        with_trial=session.with_trial,
    )


def written(add_ons: tuple[AddOn, ...]) -> str:
    """Write the add-ons of an order as a session keeps them."""
    return json.dumps([[one.plan_code, one.quantity] for one in add_ons])


def revised(order: Order, revision: Revision) -> Order:
    """Return the order as its buyer wants it; an add-on is had once, in the quantity it had."""
    if isinstance(revision, CouponEntered):
        return replace(order, coupon_code=revision.code)
    held = [one for one in order.add_ons if one.plan_code == revision.plan_code]
    others = tuple(one for one in order.add_ons if one.plan_code != revision.plan_code)
    if not revision.is_wanted:
        return replace(order, add_ons=others)
    return order if held else replace(order, add_ons=(*others, AddOn(revision.plan_code)))


def checkout_state(row: CheckoutView, *, now: datetime) -> CheckoutState:
    """Say where a checkout stands.

    What was bought or is under way outlives its session; a session that is over takes no order.
    """
    if row.purchase_state == PurchaseState.COMPLETED:
        return CheckoutState.COMPLETED
    if row.purchase_state == PurchaseState.PROCESSING:
        return _under_way(row, now=now)
    if row.closed_at is not None or row.expires_at <= now:
        return CheckoutState.EXPIRED
    if row.attempt_state is None:
        return CheckoutState.OPEN
    attempt = AttemptState(row.attempt_state)
    if attempt not in _ENDED_WITHOUT:
        return CheckoutState.OPEN  # the buyer gave it up: its end changes nothing for them
    category = None if row.category is None else DeclineCategory(row.category)
    return CheckoutState.UNAVAILABLE if is_ours(attempt, category) else CheckoutState.DECLINED


def next_try(row: CheckoutView) -> int:
    """Count the try that the form of a session places: one that is repeated has the same number."""
    return row.failed + 1


def _under_way(row: CheckoutView, *, now: datetime) -> CheckoutState:
    asks = row.attempt_state == AttemptState.REQUIRES_ACTION
    if asks and row.action_expires_at is not None and row.action_expires_at > now:
        return CheckoutState.ACTION_REQUIRED
    if row.attempt_state == AttemptState.SENT and not row.is_held:
        return CheckoutState.PROCESSING
    return CheckoutState.PENDING
