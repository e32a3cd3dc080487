"""What a buyer changes of an order: a coupon, an add-on. The price is then shown anew."""

import re
from typing import Final

from ledgerline.base.errors import Rejected
from ledgerline.catalog.model import UnknownCoupon, coupon_code
from ledgerline.flows.revise_checkout import revise_checkout
from ledgerline.flows.try_coupon import try_coupon
from ledgerline.pricing.model import CouponNotApplicable
from ledgerline.purchases.model import TooManyCouponTries
from ledgerline.rules.checkout import TAKES_ORDERS, AddOnChosen, CouponEntered, Revision
from ledgerline.storefront.asking import Ask
from ledgerline.storefront.ordering import REVISES, Said, show_order
from ledgerline.web.wire import Response

_COUPON: Final = re.compile(r"[A-Z0-9]{3,32}")
_PLAN: Final = re.compile(r"[a-z0-9_]{1,64}")
_TYPED_MAX: Final = 40


async def enter_coupon(ask: Ask) -> Response:
    """Reduce the price by a coupon, or take it away; one that does not count is said why.

    Nothing is looked up for what no code looks like, nor once too many were tried.
    """
    form = await ask.form()
    ask.require_sealed(form, REVISES)
    typed = form.get("code", "")[:_TYPED_MAX]
    code = coupon_code(typed) or None
    if code is not None and not _COUPON.fullmatch(code):
        return await show_order(ask, Said(alert="coupon_unknown", coupon=typed, status=422))
    try:
        if code is not None and ask.state in TAKES_ORDERS:
            await try_coupon(ask.run, ask.row.id, ask.row.customer_id)
        return await _revise(ask, CouponEntered(code))
    except TooManyCouponTries:
        return await show_order(ask, Said(alert="coupon_limit", coupon=typed, status=429))
    except UnknownCoupon:
        return await show_order(ask, Said(alert="coupon_unknown", coupon=typed, status=422))
    except CouponNotApplicable:
        return await show_order(ask, Said(alert="coupon_unfit", coupon=typed, status=422))


async def choose_add_on(ask: Ask) -> Response:
    """Add an add-on to the order, or take it off."""
    form = await ask.form()
    ask.require_sealed(form, REVISES)
    code = form.get("plan", "")
    if not _PLAN.fullmatch(code):
        return ask.see_other()
    return await _revise(ask, AddOnChosen(code, form.get("wanted") == "1"))


async def _revise(ask: Ask, revision: Revision) -> Response:
    if ask.state in TAKES_ORDERS:
        try:
            await revise_checkout(ask.run, ask.row.id, revision)
        except (UnknownCoupon, CouponNotApplicable):
            raise
        except Rejected:
            pass  # it is over, or is not sold any more: the page says what is the case
    return ask.see_other()
