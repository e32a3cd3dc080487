"""What waits for a second person: refunds and gifts above the limit of whoever proposed them."""

from typing import Final

from ledgerline.access import views as access
from ledgerline.access.rules.people import actor_of
from ledgerline.base.errors import Rejected
from ledgerline.base.ids import PaymentId, RefundProposalId, bucket_of
from ledgerline.base.money import Money
from ledgerline.base.saying import noted
from ledgerline.console.actions import Action, Home, Preview, Said
from ledgerline.console.asking import Ask, path_of
from ledgerline.console.crediting import BECOMES, WHY
from ledgerline.console.limiting import own_limits, require_own
from ledgerline.console.refunding import GOES_BACK
from ledgerline.flows.approve_refund import approve_refund, check_approval
from ledgerline.flows.claim_key import Command
from ledgerline.flows.request_refund import RefundOrder, check_refund
from ledgerline.flows.withdraw_refund import withdraw_refund
from ledgerline.payments import views
from ledgerline.payments.rows.refund_proposals import RefundProposalView
from ledgerline.payments.rules.refund_proposals import (
    Gives,
    RefundProposalState,
    require_open,
    standing_of,
)
from ledgerline.web.forms import PageMissing
from ledgerline.web.wire import Response

_RETURN: Final = noted("Approve and refund %(amount)s")
_GIVE: Final = noted("Approve and give %(amount)s credit")


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
    returned = await _returned(ask, row) if is_open else None
    return ask.page(
        "refund_proposal.html",
        {
            "row": row, "reason": _reason(ask, row), "payment": payment,
            "stands": stands, "colleagues": colleagues,
            "is_open": is_open, "mine": row.proposed_by == ask.actor,
            "returned": returned, "path_of": path_of,
            "may_answer": returned is None or (await own_limits(ask)).allows_behind(returned),
            "section": "/console/payments",
        },
    )  # fmt: skip


def _reason(ask: Ask, row: RefundProposalView) -> str:
    """Say why: credit has one of some reasons, a refund has words."""
    known = dict(WHY) if row.gives == Gives.CREDIT else {}
    return ask.say(known[row.reason]) if row.reason in known else row.reason


async def _returned(ask: Ask, row: RefundProposalView) -> Money | None:
    """Add up what is given back of the invoice then; None where it cannot be: the act says why."""
    order = RefundOrder(PaymentId(row.payment_id), row.amount_minor, row.reason)
    try:
        return (await check_refund(ask.run, order)).returned
    except Rejected:
        return None


async def _find_proposal(ask: Ask) -> Home[RefundProposalView]:
    row = await _read(ask)
    label = noted("Proposed credit") if row.gives == Gives.CREDIT else noted("Proposed refund")
    return Home(
        of=row, path=path_of("refund_proposal", row.id) or "", label=label,
        kind="refund_proposal", id=row.id, customer_id=row.customer_id,
    )  # fmt: skip


async def _preview_approval(ask: Ask, row: RefundProposalView, _: Said) -> Preview:
    allowed = await check_approval(ask.run, RefundProposalId(row.id), by=ask.actor)
    await require_own(ask, [allowed.returned])
    payment, writer, currency = allowed.payment, ask.writer, row.currency
    amount, is_credit = writer.money(row.amount_minor, currency), row.gives == Gives.CREDIT
    return Preview(
        sentence=ask.say(BECOMES if is_credit else GOES_BACK),
        button=ask.say(_GIVE if is_credit else _RETURN, amount=amount),
        seal=f"{row.state} {payment.refunding_minor} {allowed.returned.minor}",
        facts=(
            (ask.say("Becomes credit") if is_credit else ask.say("Goes back"), amount),
            (ask.say("Captured"), writer.money(payment.captured_minor, currency)),
            (ask.say("Refunded before"), writer.money(payment.refunded_minor, currency)),
            (ask.say("Given back of it then"), writer.money(allowed.returned.minor, currency)),
            (ask.say("Reason"), _reason(ask, row)),
        ),
        before={"state": row.state, "refunded": payment.refunded_minor},
        after={"state": "approved", "amount": row.amount_minor, "currency": currency},
        name="credit_approved" if is_credit else "refund_approved",
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
        name="credit_withdrawn" if row.gives == Gives.CREDIT else "refund_withdrawn",
    )  # fmt: skip


async def _withdraw(ask: Ask, row: RefundProposalView, _: Said, command: Command) -> None:
    await withdraw_refund(ask.run, RefundProposalId(row.id), by=ask.actor, command=command)


APPROVE: Final = Action(
    name="refund_approved", heading=noted("Approve"), find=_find_proposal,
    preview=_preview_approval, carry_out=_approve,
)  # fmt: skip
WITHDRAW: Final = Action(
    name="refund_withdrawn", heading=noted("Take back"), find=_find_proposal,
    preview=_preview_withdrawal, carry_out=_withdraw,
)  # fmt: skip
