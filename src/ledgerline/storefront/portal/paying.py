"""Pay what is open: what it costs and by which card, one click, and how it ended."""

from typing import Final
from uuid import UUID

from ledgerline.base.errors import CannotDecrypt, OutcomeUnknown, Rejected
from ledgerline.base.ids import PREFIXES, AttemptId, InvoiceId, PaymentMethodId, encode
from ledgerline.base.log import logger
from ledgerline.flows.ask_payer import open_action
from ledgerline.flows.confirm_payment import confirm_payment
from ledgerline.flows.pay_invoice import Payable, pay_invoice, preview_payment
from ledgerline.invoicing import views as invoicing
from ledgerline.invoicing.model import InvoiceState
from ledgerline.invoicing.rows.shown import InvoiceView
from ledgerline.payments import views as payments
from ledgerline.payments.model import AttemptState
from ledgerline.payments.rows.shown import AttemptView, PaymentsAsked, PaymentView
from ledgerline.storefront.portal.reading import TOP, live, methods, open_invoices
from ledgerline.storefront.portal.shown import card_of
from ledgerline.storefront.portal.visit import HOME, Visit, go_to
from ledgerline.storefront.refusals import told
from ledgerline.web.wire import Response

_LOG: Final = logger(__name__)
_LIVE: Final = frozenset({AttemptState.SENT, AttemptState.UNKNOWN, AttemptState.REQUIRES_ACTION})
_ENDED: Final = frozenset({AttemptState.DECLINED, AttemptState.NOT_EXECUTED})


async def show_oldest(visit: Visit) -> Response:
    """Go to what is owed the longest; home where nothing is."""
    owed = await open_invoices(visit, of=await live(visit))
    return go_to(f"{HOME}/pay/{encode(PREFIXES['invoice'], owed[0].id)}" if owed else HOME)


async def show(visit: Visit) -> Response:
    """Show what paying costs and by which card, or how it stands."""
    invoice = await _invoice(visit)
    payment, attempts = await tries_of(visit, invoice.id)
    last = attempts[-1] if attempts else None
    if invoice.state != InvoiceState.OPEN:
        return _ended(visit, invoice, last)
    if last is not None and last.state in _LIVE:
        return _waiting(visit, invoice, payment, last)
    return await _form(visit, invoice, last if "tried" in visit.asked() else None)


async def tell(visit: Visit) -> Response:
    """Say where it stands, in one word, for a page that waits."""
    invoice = await _invoice(visit)
    _, attempts = await tries_of(visit, invoice.id)
    said = _state(invoice, attempts[-1] if attempts else None)
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return Response(200, said.encode(), "text/plain; charset=utf-8", headers)


async def pay(visit: Visit) -> Response:
    """Pay by the card that was shown, or another of the customer."""
    form = await visit.form("amount")
    invoice = await _invoice(visit)
    chosen = form.get("method")
    method = None if not chosen else PaymentMethodId(visit.own_id("payment_method", chosen))
    try:
        payable = await preview_payment(
            visit.run, visit.psps, InvoiceId(invoice.id), method_id=method
        )
        if str(payable.amount.minor) != form["amount"]:
            return go_to(visit.here)  # the page shows what it costs now
        await pay_invoice(
            visit.run, visit.psps, InvoiceId(invoice.id), method_id=method,
            return_url=f"{visit.origin}{visit.here}/return", command=visit.command(form),
        )  # fmt: skip
    except OutcomeUnknown:
        pass  # the page says so
    except Rejected as refused:
        if refused.code not in {"payment_in_progress", "invoice_not_payable"}:
            return visit.problem(refused)
    return go_to(f"{visit.here}?tried=1")


async def come_back(visit: Visit) -> Response:
    """Ask the provider what the customer's action led to; that they are back proves nothing."""
    invoice = await _invoice(visit)
    payment, attempts = await tries_of(visit, invoice.id)
    if payment is not None and attempts and attempts[-1].state == AttemptState.REQUIRES_ACTION:
        await confirm_payment(visit.run, visit.psps, payment.id)
    return go_to(f"{visit.here.removesuffix('/return')}?tried=1")


async def tries_of(visit: Visit, invoice_id: UUID) -> tuple[PaymentView | None, list[AttemptView]]:
    """Read the newest payment of an invoice and how it was tried, the last try at the end."""
    asked = PaymentsAsked(
        before=TOP, bucket=visit.bucket, invoice_id=invoice_id, states=None, limit=1
    )
    async with visit.run.reading() as read:
        found = await payments.payments(read, asked)
        if not found:
            return None, []
        attempts = await payments.attempts(read, bucket=visit.bucket, payment_id=found[0].id)
    return found[0], attempts


async def _invoice(visit: Visit) -> InvoiceView:
    id = visit.id("invoice")
    async with visit.run.reading() as read:
        return visit.own(await invoicing.invoice(read, bucket=visit.bucket, id=id))


def _state(invoice: InvoiceView, last: AttemptView | None) -> str:
    if invoice.state != InvoiceState.OPEN:
        return str(invoice.state)
    return "open" if last is None or last.state not in _LIVE else str(last.state)


async def _form(visit: Visit, invoice: InvoiceView, last: AttemptView | None) -> Response:
    """Show what is charged and to what; ``last`` is a try that was refused just now."""
    asked = visit.asked().get("method")
    chosen = None if asked is None else PaymentMethodId(visit.own_id("payment_method", asked))
    try:
        payable = await preview_payment(
            visit.run, visit.psps, InvoiceId(invoice.id), method_id=chosen
        )
    except Rejected as refused:
        return visit.problem(refused)
    cards = [card_of(one, is_default=one.id == payable.method_id) for one in await methods(visit)]
    refused_for = last is not None and last.state in _ENDED
    said: dict[str, object] = {
        "tab": "home", "amount": _amount(visit, payable), "on": visit.writer.day(invoice.issued_on),
        "cards": cards, "reason": told(last.category) if last is not None and refused_for else "",
        "hidden": visit.sealed(visit.here, amount=str(payable.amount.minor)),
    }  # fmt: skip
    return visit.page("portal_pay.html", said, status=200)


def _amount(visit: Visit, payable: Payable) -> object:
    return visit.writer.money(payable.amount.minor, payable.amount.currency)


def _ended(visit: Visit, invoice: InvoiceView, last: AttemptView | None) -> Response:
    is_paid = invoice.state == InvoiceState.PAID
    said: dict[str, object] = {
        "tab": "home", "is_paid": is_paid,
        "amount": visit.writer.money(
            invoice.total_minor - invoice.credit_used_minor, invoice.currency
        ),
        "reason": told(last.category) if last is not None and last.state in _ENDED else "",
    }  # fmt: skip
    return visit.page("portal_paid.html", said)


def _waiting(
    visit: Visit, invoice: InvoiceView, payment: PaymentView | None, last: AttemptView
) -> Response:
    amount = invoice.total_minor if payment is None else payment.amount_minor
    said: dict[str, object] = {
        "tab": "home", "amount": visit.writer.money(amount, invoice.currency),
        "state": last.state, "watch": f"{visit.here}/state", "action": _action(visit, last),
    }  # fmt: skip
    return visit.page("portal_waiting.html", said)


def _action(visit: Visit, last: AttemptView) -> str | None:
    """Open where the customer has to go; None while nothing is asked of them."""
    sealed, until = last.action_sealed, last.action_expires_at
    if sealed is None or until is None or until <= visit.run.now():
        return None
    try:
        return open_action(visit.run, AttemptId(last.id), sealed)
    except CannotDecrypt as failure:
        _LOG.error("action unreadable", attempt=str(last.id), failure=str(failure))
        return None
