"""Credit out of goodwill: a part of what a customer paid becomes theirs to spend again."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from ledgerline.base.calendar import months
from ledgerline.base.ids import PREFIXES, PaymentId, encode, instant_of
from ledgerline.base.money import Currency, exponent
from ledgerline.base.saying import noted
from ledgerline.console.actions import Action, Field, Home, Preview, Said, asked_minor
from ledgerline.console.asking import Ask
from ledgerline.console.doing import find_customer
from ledgerline.console.limiting import ABOVE, ALONE, PROPOSED, is_alone, own_limits
from ledgerline.console.shown import decimal_of
from ledgerline.customers.rows import CustomerView
from ledgerline.flows.claim_key import Command
from ledgerline.flows.give_credit import CreditGift, GiftReason, give_credit, preview_credit
from ledgerline.flows.propose_refund import propose_refund
from ledgerline.flows.request_refund import RefundOrder
from ledgerline.payments import views
from ledgerline.payments.model import PaymentState
from ledgerline.payments.refusals import PaymentNotRefundable
from ledgerline.payments.rows.shown import CustomersPaymentsAsked, PaymentView
from ledgerline.payments.rules.prospects import left_of, refundable_minor
from ledgerline.payments.rules.refund_proposals import Gives
from ledgerline.web.refusals import Malformed

SHOWN: Final = 20
_USUAL: Final = 5
"""Whole units of the currency that stand in the field at first."""
_DAY: Final = timedelta(days=1)
WHY: Final = (
    (GiftReason.OUTAGE.value, noted("Something did not work")),
    (GiftReason.MISTAKE.value, noted("We made a mistake")),
    (GiftReason.COMPLAINT.value, noted("They complained")),
    (GiftReason.COURTESY.value, noted("A courtesy")),
)
BECOMES: Final = noted(
    "It is the customer’s at once, with a credit note of its amount, and pays the next invoice"
    " before any card. No money leaves."
)
_AT_ONCE: Final = noted("Give %(amount)s credit")
_BY_TWO: Final = noted("Propose %(amount)s credit")


class Giving(NamedTuple):
    """A customer, and their payments of which something can become credit, the newest first."""

    row: CustomerView
    payments: Sequence[PaymentView]


async def _find(ask: Ask) -> Home[Giving]:
    home = await find_customer(ask)
    row, now = home.of, ask.run.now()
    begun = datetime.fromtimestamp(instant_of(row.id) / 1000, UTC).date()
    asked = CustomersPaymentsAsked(
        before=UUID(int=(1 << 128) - 1), bucket=row.bucket, customer_id=row.id,
        months=months(begun - _DAY, now.date() + _DAY), states=[PaymentState.SUCCEEDED],
        limit=SHOWN,
    )  # fmt: skip
    async with ask.run.reading() as read:
        found = await views.payments_of_customer(read, asked)
    return Home(
        of=Giving(row, [one for one in found if _left(one)]), path=home.path, label=home.label,
        kind=home.kind, id=home.id, customer_id=home.customer_id,
    )  # fmt: skip


def _left(row: PaymentView) -> int:
    return refundable_minor(left_of(row))


def _asks(ask: Ask, of: Giving) -> list[Field]:
    choices = [(_id(one), _written(ask, one)) for one in of.payments]
    usual = ""
    for one in of.payments[:1]:
        units = _USUAL * 10 ** exponent(Currency(one.currency))
        usual = decimal_of(min(units, _left(one)), one.currency)
    choices = choices or [("", ask.say("nothing that was paid is left"))]
    return [
        Field(
            name="payment", label=noted("Of what they paid"), choices=choices,
            value=choices[0][0],
            hint=noted("Credit makes what was paid cheaper, so its tax is given back with it."),
        ),
        Field(
            name="amount", label=noted("Amount, with tax"), value=usual,
            hint=noted("In the currency of the payment."),
        ),
        Field(name="why", label=noted("Why"), choices=WHY, value=WHY[0][0]),
    ]  # fmt: skip


def _id(row: PaymentView) -> str:
    return encode(PREFIXES["payment"], row.id)


def _written(ask: Ask, row: PaymentView) -> str:
    at = datetime.fromtimestamp(instant_of(row.id) / 1000, UTC)
    left = f"{decimal_of(_left(row), row.currency)} {row.currency}"
    return ask.say("%(day)s, %(amount)s left", day=ask.writer.day(at), amount=left)


def _gift(ask: Ask, of: Giving, said: Said) -> tuple[PaymentView, CreditGift]:
    if not of.payments:
        raise PaymentNotRefundable(ask.say("nothing that was paid is left"))
    row = next((one for one in of.payments if _id(one) == said.get("payment")), None)
    if row is None or said.get("why") not in dict(WHY):
        raise Malformed(ask.say("one of the choices"))
    minor = asked_minor(ask, said, row.currency)
    return row, CreditGift(PaymentId(row.id), minor)


async def _preview(ask: Ask, of: Giving, said: Said) -> Preview:
    payment, gift = _gift(ask, of, said)
    given = await preview_credit(ask.run, gift)
    writer, currency, minor = ask.writer, payment.currency, given.amount.minor
    limits = await own_limits(ask)
    most, alone = limits.minor_of(given.given), limits.allows_alone(given.given)
    amount, limit = writer.money(minor, currency), writer.money(most, currency)
    return Preview(
        sentence=ask.say(BECOMES) if alone else ask.say(ABOVE, limit=limit),
        button=ask.say(_AT_ONCE if alone else _BY_TWO, amount=amount),
        seal=f"{minor} {given.given.minor} {given.left_minor} {ALONE if alone else PROPOSED}",
        facts=(
            (ask.say("Becomes credit"), amount),
            (ask.say("Less revenue"), writer.money(minor - given.tax_minor, currency)),
            (ask.say("Less tax"), writer.money(given.tax_minor, currency)),
            (ask.say("Given back of it then"), writer.money(given.given.minor, currency)),
            (ask.say("Stays"), writer.money(given.left_minor, currency)),
            (ask.say("Your limit"), limit),
        ),
        after={
            "amount": minor,
            "currency": currency,
            "payment": _id(payment),
            "why": said["why"],
            "limit": most,
        },
        name="credit_given" if alone else "credit_proposed",
    )


async def _give(ask: Ask, of: Giving, said: Said, command: Command) -> None:
    """Do what the button said; who may not alone any more is refused by the flow."""
    _, gift = _gift(ask, of, said)
    if is_alone(said):
        await give_credit(ask.run, gift, command=command)
    else:
        order = RefundOrder(gift.payment_id, gift.amount_minor, said["why"])
        await propose_refund(ask.run, order, by=ask.actor, gives=Gives.CREDIT, command=command)


GIVE: Final = Action(
    name="credit_given", heading=noted("Give credit"), find=_find, preview=_preview,
    carry_out=_give, asks=_asks,
)  # fmt: skip
