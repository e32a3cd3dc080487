"""The hosted checkout: what each step answers. Whatever is repeated, one session buys once."""

import hashlib
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final

from ledgerline.base.errors import CannotDecrypt, OutcomeUnknown, Rejected
from ledgerline.base.ids import PREFIXES, AttemptId, PaymentMethodId, PurchaseId, bucket_of, encode
from ledgerline.base.log import logger
from ledgerline.customers.model import CustomerErased, TrialAlreadyUsed
from ledgerline.flows.ask_payer import open_action
from ledgerline.flows.claim_key import Command
from ledgerline.flows.confirm_payment import confirm_payment
from ledgerline.flows.pay_checkout import PRINCIPAL, CardGiven, Placed, pay_checkout
from ledgerline.flows.preview_next_invoice import preview_next_total
from ledgerline.flows.withdraw_purchase import withdraw_purchase
from ledgerline.payments.refusals import PaymentInProgress
from ledgerline.purchases import views
from ledgerline.purchases.model import CheckoutClosed, PreviewStale, PurchaseNotPending
from ledgerline.purchases.rows import PurchaseView
from ledgerline.rules.checkout import TAKES_ORDERS, CheckoutState, next_try
from ledgerline.storefront.asking import Ask
from ledgerline.storefront.consenting import told_to
from ledgerline.storefront.fields import card_of
from ledgerline.storefront.ordering import SEALED, Said, known_of, show_order
from ledgerline.subscriptions.model import PurchaseInProgress
from ledgerline.subscriptions.rules.outlook import Course, next_charge_at
from ledgerline.web.forms import origin_in
from ledgerline.web.wire import Response

Handle = Callable[[Ask], Awaitable[Response]]
_LOG: Final = logger(__name__)
_SIGNED: Final = {CheckoutState.DECLINED: "declined", CheckoutState.UNAVAILABLE: "unavailable"}


async def show(ask: Ask) -> Response:
    """Show the page, whatever has happened by now."""
    state = ask.state
    if state in TAKES_ORDERS:
        card = card_of(ask.asked())
        return await show_order(ask, Said(alert=_SIGNED.get(state), card=card))
    if state is CheckoutState.EXPIRED:
        return ask.page("closed.html", {"why": "expired"})
    return await _purchase(ask, state)


async def return_to_page(ask: Ask) -> Response:
    """Send who asks for the address of a form to the page that it is on."""
    return ask.see_other()


async def tell(ask: Ask) -> Response:
    """Say where the checkout stands, in one word, for a page that waits."""
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return Response(200, ask.state.encode(), "text/plain; charset=utf-8", headers)


async def pay(ask: Ask) -> Response:
    """Take an order and send the browser back to the page, which then says how it ended.

    A form that was overtaken by another try buys nothing: the page says what that came to.
    """
    form = await ask.form()
    number, expect, due, told = (form.get(name, "") for name in SEALED)
    ask.require_sealed(form, number, expect, due, told)
    if ask.state not in TAKES_ORDERS or number != str(next_try(ask.row)):
        return ask.see_other()
    card = await known_of(ask, form.get("method", "")) or card_of(form)
    if card is None:
        return await show_order(ask, Said(alert="card", status=422))
    texts = await told_to(ask.run, ask.counter.customer, ask.language)
    agreed = texts.agreed(form) if told == texts.seal else None
    if agreed is None:
        return await show_order(ask, Said(alert="consent", card=_given(card), status=422))
    placed = Placed(
        number=int(number), expect=bytes.fromhex(expect), card=card, agreed=agreed,
        return_url=f"{ask.origin}{ask.here}/return{ask.query}",
    )  # fmt: skip
    try:
        await pay_checkout(ask.run, ask.psps, ask.row, placed)
    except PreviewStale:
        said = Said(alert="price_changed", card=_given(card), was_minor=int(due), status=422)
        return await show_order(ask, said)
    except (CheckoutClosed, PurchaseInProgress, OutcomeUnknown, TrialAlreadyUsed, CustomerErased):
        pass  # the page says what is the case
    except Rejected as refused:
        _LOG.warning("card not taken", session=str(ask.row.id), code=refused.code)
        return await show_order(await ask.again(), Said(alert="card", status=422))
    return ask.see_other()


def _given(card: CardGiven | PaymentMethodId) -> CardGiven | None:
    """Return a card that was typed, so that it need not be typed again."""
    return card if isinstance(card, CardGiven) else None


async def come_back(ask: Ask) -> Response:
    """Ask the provider what the buyer's action led to; the address they come by proves nothing.

    A bank may send them here by a form of its own, without any cookie: the reference is enough.
    """
    if ask.row.payment_id is not None and ask.state is CheckoutState.ACTION_REQUIRED:
        await confirm_payment(ask.run, ask.psps, ask.row.payment_id)
    if ask.request.header("sec-fetch-dest") == "iframe":
        return ask.page("returned.html", {}, framed=True)
    return ask.see_other()


async def withdraw(ask: Ask) -> Response:
    """Give up a payment that waits for its buyer; nothing was charged by then."""
    form = await ask.form()
    purchase_id = ask.row.purchase_id
    ask.require_sealed(form, "withdraw", form.get("purchase", ""))
    if purchase_id is None or form.get("purchase") != str(purchase_id):
        return ask.see_other()
    key = f"{purchase_id}:withdraw"
    try:
        command = Command(PRINCIPAL, key, hashlib.sha256(key.encode()).digest())
        await withdraw_purchase(ask.run, PurchaseId(purchase_id), command=command)
    except (PurchaseNotPending, PaymentInProgress):
        pass  # it has ended or goes on: the page says how
    return ask.see_other()


async def _purchase(ask: Ask, state: CheckoutState) -> Response:
    """Show what was bought, or what is still being paid."""
    row = ask.row
    assert row.purchase_id is not None, row.id
    async with ask.run.reading() as read:
        bought = await views.purchase(read, bucket=bucket_of(row.id), id=row.purchase_id)
    assert bought is not None, row.purchase_id
    following = None
    if state is CheckoutState.COMPLETED:
        following = await _next_minor(ask, bought)
    order = ask.writer.purchase(
        bought, ask.counter.plan, next_at=_next_at(bought), next_minor=following
    )
    said: dict[str, object] = {
        "order": order, "reference": encode(PREFIXES["purchase"], row.purchase_id),
    }  # fmt: skip
    if state is CheckoutState.COMPLETED:
        return ask.page("completed.html", said)
    action = _action(ask) if state is CheckoutState.ACTION_REQUIRED else None
    said |= {
        "provider": (row.psp_account or "").title(), "action": action, "hidden": {},
        "watch": f"{ask.here}/state",
    }  # fmt: skip
    frames: tuple[str, ...] = ()
    if action is not None:
        purchase = str(row.purchase_id)
        said["hidden"] = {"purchase": purchase, **ask.sealed("withdraw", purchase)}
        frames = (origin_in(str(action["url"])),) if action["framed"] else ()
    return ask.page("waiting.html", said, frames=frames)


def _action(ask: Ask) -> dict[str, object] | None:
    """Open where the buyer has to go; in a frame only where the provider's fields are from there.

    A bank's page may be anywhere, and many refuse to be framed.
    """
    row = ask.row
    if row.action_sealed is None or row.attempt_id is None:
        return None
    try:
        url = open_action(ask.run, AttemptId(row.attempt_id), row.action_sealed)
    except CannotDecrypt as failure:
        _LOG.error("action unreadable", attempt=str(row.attempt_id), failure=str(failure))
        return None
    fields = ask.psps.capabilities(row.psp_account or "").card_fields
    return {"url": url, "framed": fields is not None and origin_in(fields) == origin_in(url)}


def _next_at(bought: PurchaseView) -> datetime | None:
    course = Course(
        state=bought.subscription_state,
        zone=bought.zone,
        billed_through=bought.billed_through,
        next_bill_at=bought.next_bill_at,
        ends_on=bought.ends_on,
        parked=bought.parked,
        ended_at=bought.ended_at,
    )
    return next_charge_at(course)


async def _next_minor(ask: Ask, bought: PurchaseView) -> int | None:
    """Return what is charged next, in minor units; None where nothing follows."""
    try:
        return await preview_next_total(ask.run, bought.subscription_id)
    except Rejected:
        return None
