"""Refunds: made at once within one's limit, above it proposed and made by a second person."""

from typing import Final

from ledgerline.access import views as access
from ledgerline.access.rules.people import actor_of
from ledgerline.base.errors import Rejected
from ledgerline.base.ids import PaymentId, RefundProposalId, bucket_of
from ledgerline.base.saying import noted
from ledgerline.console.actions import Action, Field, Home, Preview, Said, asked_minor
from ledgerline.console.asking import Ask, path_of
from ledgerline.console.limiting import own_limits, require_own
from ledgerline.console.shown import decimal_of
from ledgerline.flows.approve_refund import approve_refund, check_approval
from ledgerline.flows.claim_key import Command
from ledgerline.flows.propose_refund import propose_refund
from ledgerline.flows.request_refund import RefundOrder, check_refund, request_refund
from ledgerline.flows.withdraw_refund import withdraw_refund
from ledgerline.payments import views
from ledgerline.payments.rows.refund_proposals import RefundProposalView
from ledgerline.payments.rows.shown import PaymentView
from ledgerline.payments.rules.prospects import left_of, refundable_minor
from ledgerline.payments.rules.refund_proposals import (
    RefundProposalState,
    require_open,
    standing_of,
)
from ledgerline.web.forms import PageMissing
from ledgerline.web.wire import Response

REASON: Final = Field(
    name="reason",
    label=noted("Reason"),
    hint=noted("It is kept with the refund. No personal data."),
)

_GOES_BACK: Final = noted(
    "The money goes back to the card that paid, with a credit note of its amount."
)
_ABOVE: Final = noted(
    "This is above the %(limit)s that your role gives back alone. Nothing moves until a second"
    " person approves it, within a day."
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
        sentence=ask.say(_GOES_BACK) if alone else ask.say(_ABOVE, limit=limit),
        button=ask.say(_AT_ONCE if alone else _BY_TWO, amount=amount),
        seal=f"{minor} {'alone' if alone else 'proposed'}",
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
    order = _order(ask, row, said, reason=said["reason"])
    allowed = await check_refund(ask.run, order)
    if (await own_limits(ask)).allows_alone(allowed.returned):
        await request_refund(ask.run, ask.psps, order, command=command)
    else:
        await propose_refund(ask.run, order, by=ask.actor, command=command)


async def _read(ask: Ask) -> RefundProposalView:
    id = ask.id("refund_proposal")
    async with ask.run.reading() as read:
        row = await views.proposed_refund(read, bucket=bucket_of(id), id=id)
    if row is None:
        raise PageMissing
    return row


async def show(ask: Ask) -> Response:
    """Show a proposed refund, and who may answer for it."""
    row = await _read(ask)
    async with ask.run.reading() as read:
        payment = await views.payment(read, bucket=row.bucket, id=row.payment_id)
        colleagues = {actor_of(one.id): one.name for one in await access.people(read)}
    assert payment is not None, row
    stands = standing_of(row.state, row.expires_at, now=ask.run.now())
    is_open = stands == RefundProposalState.PROPOSED
    return ask.page(
        "refund_proposal.html",
        {
            "row": row, "payment": payment, "stands": stands, "colleagues": colleagues,
            "is_open": is_open, "mine": row.proposed_by == ask.actor,
            "may_answer": is_open and await _may_answer(ask, row), "path_of": path_of,
            "section": "/console/payments",
        },
    )  # fmt: skip


async def _may_answer(ask: Ask, row: RefundProposalView) -> bool:
    """Tell whether the limit of whoever looks is as high; what else forbids it, the act says."""
    order = RefundOrder(PaymentId(row.payment_id), row.amount_minor, row.reason)
    try:
        allowed = await check_refund(ask.run, order)
    except Rejected:
        return True
    return (await own_limits(ask)).allows_behind(allowed.returned)


async def _find_proposal(ask: Ask) -> Home[RefundProposalView]:
    row = await _read(ask)
    return Home(
        of=row, path=path_of("refund_proposal", row.id) or "", label=noted("Proposed refund"),
        kind="refund_proposal", id=row.id, customer_id=row.customer_id,
    )  # fmt: skip


async def _preview_approval(ask: Ask, row: RefundProposalView, _: Said) -> Preview:
    allowed = await check_approval(ask.run, RefundProposalId(row.id), by=ask.actor)
    await require_own(ask, [allowed.returned])
    payment, writer, currency = allowed.payment, ask.writer, row.currency
    amount = writer.money(row.amount_minor, currency)
    return Preview(
        sentence=ask.say(_GOES_BACK),
        button=ask.say("Approve and refund %(amount)s", amount=amount),
        seal=f"{row.state} {payment.refunded_minor} {payment.refunding_minor}",
        facts=(
            (ask.say("Goes back"), amount),
            (ask.say("Captured"), writer.money(payment.captured_minor, currency)),
            (ask.say("Refunded before"), writer.money(payment.refunded_minor, currency)),
            (ask.say("Reason"), row.reason),
        ),
        before={"state": row.state, "refunded": payment.refunded_minor},
        after={"state": "approved", "amount": row.amount_minor, "currency": currency},
    )


async def _approve(ask: Ask, row: RefundProposalView, _: Said, command: Command) -> None:
    id = RefundProposalId(row.id)
    await approve_refund(ask.run, ask.psps, id, by=ask.actor, command=command)


async def _preview_withdrawal(ask: Ask, row: RefundProposalView, _: Said) -> Preview:
    require_open(row.state, row.expires_at, now=ask.run.now())
    return Preview(
        sentence=ask.say("The proposal is taken back; no money moves."),
        button=ask.say("Take it back"),
        seal=row.state, before={"state": row.state}, after={"state": "withdrawn"},
    )  # fmt: skip


async def _withdraw(ask: Ask, row: RefundProposalView, _: Said, command: Command) -> None:
    await withdraw_refund(ask.run, RefundProposalId(row.id), by=ask.actor, command=command)


REFUND: Final = Action(
    name="refunded", heading=noted("Refund"), find=find, preview=_preview_refund, carry_out=_refund,
    asks=_refundable, words=(REASON,),
)  # fmt: skip
APPROVE: Final = Action(
    name="refund_approved", heading=noted("Approve refund"), find=_find_proposal,
    preview=_preview_approval, carry_out=_approve,
)  # fmt: skip
WITHDRAW: Final = Action(
    name="refund_withdrawn", heading=noted("Take back"), find=_find_proposal,
    preview=_preview_withdrawal, carry_out=_withdraw,
)  # fmt: skip
