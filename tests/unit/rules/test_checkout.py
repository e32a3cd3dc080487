"""Where a checkout stands, from its session, its last purchase and the live attempt."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import pytest

from ledgerline.base.ids import Bucket, CheckoutId, CustomerId
from ledgerline.purchases.rows import CheckoutView
from ledgerline.rules.checkout import (
    TAKES_ORDERS,
    AddOnChosen,
    CheckoutState,
    CouponEntered,
    checkout_state,
    next_try,
    order_of,
    revised,
    written,
)
from ledgerline.rules.quote import AddOn

NOW: Final = datetime(2026, 7, 1, 12, tzinfo=UTC)
HOUR: Final = timedelta(hours=1)
SESSION: Final = CheckoutView(
    bucket=Bucket(7), id=CheckoutId(UUID(int=1)), customer_id=CustomerId(UUID(int=2)),
    plan_code="duo_monthly", quantity=1, add_ons="[]", coupon_code=None, with_trial=True,
    return_url=None, created_at=NOW - HOUR, expires_at=NOW + HOUR, closed_at=None, failed=0,
    purchase_id=None, purchase_state=None, payment_id=None, attempt_id=None, attempt_state=None,
    is_held=False, category=None, psp_account=None, action_sealed=None, action_expires_at=None,
)  # fmt: skip
ASKED: Final = {"purchase_state": "processing", "attempt_state": "requires_action"}


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ({}, "open"),
        ({"closed_at": NOW}, "expired"),
        ({"expires_at": NOW}, "expired"),
        ({"purchase_state": "completed", "expires_at": NOW}, "completed"),
        ({"purchase_state": "completed", "attempt_state": "succeeded"}, "completed"),
        ({"purchase_state": "processing", "attempt_state": "sent"}, "processing"),
        ({"purchase_state": "processing", "attempt_state": "sent", "is_held": True}, "pending"),
        ({"purchase_state": "processing", "attempt_state": "unknown"}, "pending"),
        ({"purchase_state": "processing", "attempt_state": "unknown", "expires_at": NOW},
         "pending"),
        ({**ASKED, "action_expires_at": NOW + HOUR}, "action_required"),
        ({**ASKED, "action_expires_at": NOW}, "pending"),
        ({**ASKED, "purchase_state": "failed"}, "open"),  # the buyer gave it up
        ({"purchase_state": "failed", "attempt_state": "unknown"}, "open"),
        ({"purchase_state": "failed", "attempt_state": "declined", "category": "expired_card"},
         "declined"),
        ({"purchase_state": "failed", "attempt_state": "declined", "category": "expired_card",
          "closed_at": NOW}, "expired"),
        ({"purchase_state": "failed", "attempt_state": "not_executed"}, "unavailable"),
        ({"purchase_state": "failed", "attempt_state": "declined", "category": "merchant_config"},
         "unavailable"),
        ({"purchase_state": "failed", "attempt_state": "not_executed",
          "category": "authentication_failed"}, "declined"),
    ],
)  # fmt: skip
def test_a_checkout_stands_where_what_it_led_to_does(said: dict[str, Any], state: str) -> None:
    assert checkout_state(SESSION._replace(**said), now=NOW) == state


def test_only_what_is_not_under_way_takes_an_order() -> None:
    assert {"open", "declined", "unavailable"} == TAKES_ORDERS
    assert len(CheckoutState) == 8


def test_a_form_places_the_try_after_those_that_failed() -> None:
    assert next_try(SESSION) == 1
    assert next_try(SESSION._replace(failed=2)) == 3


def test_a_session_keeps_the_order_that_it_was_given() -> None:
    kept = SESSION._replace(add_ons=written((AddOn("hifi", 2),)), coupon_code="HALF")
    order = order_of(kept)
    assert (order.add_ons, order.coupon_code) == ((AddOn("hifi", 2),), "HALF")
    assert order_of(SESSION).add_ons == ()


def test_a_buyer_changes_a_coupon_or_one_add_on_and_nothing_else() -> None:
    order = order_of(SESSION._replace(add_ons=written((AddOn("hifi", 2),))))
    assert revised(order, CouponEntered(" half ")).coupon_code == "HALF"
    assert revised(revised(order, CouponEntered("HALF")), CouponEntered(None)) == order
    assert revised(order, AddOnChosen("hifi", is_wanted=True)) == order  # in its quantity
    more = revised(order, AddOnChosen("live", is_wanted=True))
    assert more.add_ons == (AddOn("hifi", 2), AddOn("live"))
    assert revised(more, AddOnChosen("live", is_wanted=False)) == order
    assert revised(order, AddOnChosen("nothing", is_wanted=False)) == order
