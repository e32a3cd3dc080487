"""Refunds: made at once within one's limit, above it proposed."""

from typing import Final

from ledgerline.base.ids import PaymentId, bucket_of
from ledgerline.base.saying import noted
from ledgerline.console.actions import Action, Field, Home, Preview, Said, asked_minor
from ledgerline.console.asking import Ask, path_of
from ledgerline.console.limiting import ABOVE, ALONE, PROPOSED, is_alone, own_limits
from ledgerline.console.shown import decimal_of
from ledgerline.flows.claim_key import Command
from ledgerline.flows.propose_refund import propose_refund
from ledgerline.flows.request_refund import RefundOrder, check_refund, request_refund
from ledgerline.payments import views
from ledgerline.payments.rows.shown import PaymentView
from ledgerline.payments.rules.prospects import left_of, refundable_minor
from ledgerline.web.forms import PageMissing

REASON: Final = Field(
    name="reason",
    label=noted("Reason"),
    hint=noted("It is kept with the refund. No personal data."),
)

GOES_BACK: Final = noted(
    "The money goes back to the card that paid, with a credit note of its amount."
)
_AT_ONCE: Final = noted("Refund %(amount)s")
_BY_TWO: Final = noted("Propose refund of %(amount)s")


async def find(ask: Ask) -> Home[PaymentView]:
    """Find the payment that is given back."""
    id = ask.id("payment")
    async with ask.run.reading() as read:
        row = await views.payment(read, bucket=bucket_of(id), id=id)
    if row is None:
        raise PageMissing
    return Home(
        of=row, path=path_of("payment", id) or "", label=noted("Payment"), kind="payment", id=id,
        customer_id=row.customer_id,
    )  # fmt: skip


def _refundable(ask: Ask, row: PaymentView) -> list[Field]:
    left = decimal_of(refundable_minor(left_of(row)), row.currency)
    most = f"{left} {row.currency}"
    hint = ask.say("%(amount)s can still be refunded.", amount=most)
    label = ask.say("Amount, %(currency)s", currency=row.currency)
    return [Field(name="amount", label=label, hint=hint, value=left)]


def _order(ask: Ask, row: PaymentView, said: Said, *, reason: str) -> RefundOrder:
    minor = asked_minor(ask, said, row.currency)
    return RefundOrder(PaymentId(row.id), minor, reason)


async def _preview_refund(ask: Ask, row: PaymentView, said: Said) -> Preview:
    allowed = await check_refund(ask.run, _order(ask, row, said, reason="preview"))
    limits, minor = await own_limits(ask), allowed.amount_minor
    alone, most = limits.allows_alone(allowed.returned), limits.minor_of(allowed.returned)
    writer, currency = ask.writer, row.currency
    amount, limit = writer.money(minor, currency), writer.money(most, currency)
    return Preview(
        sentence=ask.say(GOES_BACK) if alone else ask.say(ABOVE, limit=limit),
        button=ask.say(_AT_ONCE if alone else _BY_TWO, amount=amount),
        seal=f"{minor} {ALONE if alone else PROPOSED}",
        facts=(
            (ask.say("Goes back"), amount),
            (ask.say("Captured"), writer.money(row.captured_minor, currency)),
            (ask.say("Refunded before"), writer.money(row.refunded_minor, currency)),
            (
                ask.say("Given back of it then"),
                writer.money(allowed.returned.minor, currency),
            ),
            (
                ask.say("Stays"),
                writer.money(row.captured_minor - row.refunded_minor - minor, currency),
            ),
            (ask.say("Your limit"), limit),
        ),
        before={"refunded": row.refunded_minor, "currency": currency},
        after={"amount": minor, "currency": currency, "limit": most},
        name="refunded" if alone else "refund_proposed",
    )


async def _refund(ask: Ask, row: PaymentView, said: Said, command: Command) -> None:
    """Do what the button said; who may not alone any more is refused by the flow."""
    order = _order(ask, row, said, reason=said["reason"])
    if is_alone(said):
        await request_refund(ask.run, ask.psps, order, command=command)
    else:
        await propose_refund(ask.run, order, by=ask.actor, command=command)


REFUND: Final = Action(
    name="refunded", heading=noted("Refund"), find=find, preview=_preview_refund, carry_out=_refund,
    asks=_refundable, words=(REASON,),
)  # fmt: skip
