"""What people do about a customer's money: cancel, charge an invoice, pay out credit."""

from typing import Final

from markupsafe import Markup

from ledgerline.base.ids import PREFIXES, CustomerId, InvoiceId, bucket_of, encode
from ledgerline.base.money import Currency, Money
from ledgerline.base.run import Run
from ledgerline.base.saying import noted
from ledgerline.console.actions import Action, Field, Home, Preview, Said
from ledgerline.console.asking import Ask, path_of
from ledgerline.console.limiting import require_own
from ledgerline.console.refunding import REASON
from ledgerline.customers import views as customers
from ledgerline.customers.rows import CustomerView
from ledgerline.flows.cancel_subscription import cancel_subscription, preview_cancel
from ledgerline.flows.claim_key import Command
from ledgerline.flows.pay_invoice import pay_invoice, preview_payment
from ledgerline.flows.pay_out_credit import CreditOrder, pay_out_credit, preview_pay_out
from ledgerline.invoicing import views as invoices
from ledgerline.invoicing.rows.shown import InvoiceView
from ledgerline.subscriptions import views as subscriptions
from ledgerline.subscriptions.model import GivingBack, Timing
from ledgerline.subscriptions.rows import SubscriptionView
from ledgerline.web.forms import PageMissing
from ledgerline.web.pages import isolated
from ledgerline.web.refusals import Malformed

_TIMES: Final = (
    (Timing.PERIOD_END.value, noted("At the end of what is paid")),
    (Timing.NOW.value, noted("Now")),
)
_BACK: Final = (
    (GivingBack.NONE.value, noted("Unused days become credit")),
    (GivingBack.UNUSED.value, noted("Unused days go back to the card")),
    (GivingBack.FULL.value, noted("All of it goes back, within fourteen days")),
)


async def _invoice(ask: Ask) -> Home[InvoiceView]:
    id = ask.id("invoice")
    async with ask.run.reading() as read:
        row = await invoices.invoice(read, bucket=bucket_of(id), id=id)
    if row is None:
        raise PageMissing
    return Home(
        of=row, path=path_of("invoice", id) or "", label=noted("Invoice"), kind="invoice", id=id,
        customer_id=row.customer_id,
    )  # fmt: skip


async def _preview_charge(ask: Ask, row: InvoiceView, _: Said) -> Preview:
    payable = await preview_payment(ask.run, ask.psps, InvoiceId(row.id))
    amount = ask.writer.money(payable.amount.minor, payable.amount.currency)
    card = isolated(f"{payable.brand} •• {payable.last4}")
    return Preview(
        sentence=ask.say(
            "The card is charged now. If its bank refuses, the planned tries go on as before."
        ),
        button=ask.say("Charge %(amount)s now", amount=amount),
        seal=f"{payable.amount.minor} {payable.method_id}",
        facts=((ask.say("Charged"), amount), (ask.say("To"), card)),
        before={"state": row.state},
        after={"amount": payable.amount.minor, "currency": str(payable.amount.currency)},
    )


async def _charge(ask: Ask, row: InvoiceView, _: Said, command: Command) -> None:
    await pay_invoice(ask.run, ask.psps, InvoiceId(row.id), command=command)


async def find_customer(ask: Ask) -> Home[CustomerView]:
    """Find the customer in the address."""
    id = ask.id("customer")
    async with ask.run.reading() as read:
        row = await customers.customer(read, bucket=bucket_of(id), id=id)
    if row is None:
        raise PageMissing
    return Home(
        of=row, path=path_of("customer", id) or "", label=noted("Customer"), kind="customer", id=id,
        customer_id=id,
    )  # fmt: skip


async def _preview_payout(ask: Ask, row: CustomerView, _: Said) -> Preview:
    parts = await preview_pay_out(ask.run, _credit(row, "preview"))
    sums: dict[str, int] = {}
    for one in parts:
        sums[one.currency] = sums.get(one.currency, 0) + one.amount_minor
    await require_own(ask, [Money(minor, Currency(of)) for of, minor in sums.items()])
    shown = Markup(" + ").join(ask.writer.money(one, of) for of, one in sums.items())
    facts = tuple(
        (ask.say("Through %(payment)s", payment=encode(PREFIXES["payment"], one.payment_id)),
         ask.writer.money(one.amount_minor, one.currency))
        for one in parts
    )  # fmt: skip
    currency, minor = next(iter(sums.items()))
    return Preview(
        sentence=ask.say(
            "Credit goes back to the cards it came from. It cannot be spent meanwhile."
        ),
        button=ask.say("Pay out %(amount)s", amount=shown),
        seal=" ".join(f"{one.payment_id} {one.amount_minor}" for one in parts),
        facts=facts,
        after={"amount": minor, "currency": currency},
    )


def _credit(row: CustomerView, reason: str) -> CreditOrder:
    return CreditOrder(customer_id=CustomerId(row.id), reason=reason)


async def _pay_out(ask: Ask, row: CustomerView, said: Said, command: Command) -> None:
    await pay_out_credit(ask.run, _credit(row, said["reason"]), command=command)


async def find_subscription(ask: Ask) -> Home[SubscriptionView]:
    """Find the subscription in the address; its customer's page is where it leads back to."""
    row = await _read_subscription(ask.run, ask)
    return Home(
        of=row, path=path_of("customer", row.customer_id) or "", label=noted("Customer"),
        kind="subscription", id=row.id, customer_id=row.customer_id,
    )  # fmt: skip


async def _read_subscription(run: Run, ask: Ask) -> SubscriptionView:
    id = ask.id("subscription")
    async with run.reading() as read:
        row = await subscriptions.subscription(read, bucket=bucket_of(id), id=id, now=run.now())
    if row is None:
        raise PageMissing
    return row


def _endings(_: Ask, __: SubscriptionView) -> list[Field]:
    return [
        Field(
            name="when", label=noted("When it ends"), choices=_TIMES,
            value=Timing.PERIOD_END.value,
        ),
        Field(
            name="back", label=noted("What is paid and not used"), choices=_BACK,
            value=GivingBack.NONE.value, hint=noted("Only where it ends now."),
        ),
    ]  # fmt: skip


def _ending(ask: Ask, said: Said) -> tuple[Timing, GivingBack]:
    try:
        return Timing(said["when"]), GivingBack(said["back"])
    except (KeyError, ValueError) as wrong:
        raise Malformed(ask.say("one of the choices")) from wrong


async def _preview_cancel(ask: Ask, row: SubscriptionView, said: Said) -> Preview:
    timing, back = _ending(ask, said)
    canceling = await preview_cancel(ask.run, row.id, timing=timing, back=back)
    await require_own(ask, [canceling.given_back])
    returned = sum(one.amount_minor for one in canceling.returns)
    writer, currency = ask.writer, row.currency
    ends = writer.day(canceling.cancellation.ends_on)
    button = ask.say("Cancel %(plan)s", plan=row.plan_name)
    if returned:
        amount = writer.money(returned, currency)
        button = ask.say("Cancel %(plan)s, refund %(amount)s", plan=row.plan_name, amount=amount)
    elif canceling.credited_minor:
        amount = writer.money(canceling.credited_minor, currency)
        button = ask.say(
            "Cancel %(plan)s, give %(amount)s credit", plan=row.plan_name, amount=amount
        )
    return Preview(
        sentence=ask.say("Service ends on %(day)s, and nothing is charged after that.", day=ends),
        button=button,
        seal=f"{canceling.cancellation.ends_on} {canceling.credited_minor} {returned}",
        facts=(
            (ask.say("Ends"), ends),
            (ask.say("Goes back to the card"), writer.money(returned, currency)),
            (ask.say("Becomes credit"), writer.money(canceling.stays_minor, currency)),
            (ask.say("Open invoices given up"), str(len(canceling.given_up))),
        ),
        before={"state": row.state},
        after={"ends_on": str(canceling.cancellation.ends_on), "when": timing.value,
               "amount": canceling.credited_minor, "currency": currency},
    )  # fmt: skip


async def _cancel(ask: Ask, row: SubscriptionView, said: Said, command: Command) -> None:
    timing, back = _ending(ask, said)
    await cancel_subscription(ask.run, row.id, timing=timing, back=back, command=command)


CHARGE: Final = Action(
    name="charged", heading=noted("Charge now"), find=_invoice, preview=_preview_charge,
    carry_out=_charge,
)  # fmt: skip
PAY_OUT: Final = Action(
    name="paid_out", heading=noted("Pay out credit"), find=find_customer, preview=_preview_payout,
    carry_out=_pay_out, words=(REASON,),
)  # fmt: skip
CANCEL: Final = Action(
    name="canceled", heading=noted("Cancel plan"), find=find_subscription, preview=_preview_cancel,
    carry_out=_cancel, asks=_endings,
)  # fmt: skip
