"""What a change, an undo or a cancellation would do, rendered from what the rules decided."""

from datetime import date, datetime
from typing import Annotated

from msgspec import Meta, Struct

from ledgerline.api import quotes
from ledgerline.api.credit_payouts import PayoutPart, part_of
from ledgerline.api.operations import Call
from ledgerline.api.quotes import AgreementBody, NextCharge, accepted
from ledgerline.api.shapes import (
    Code,
    Days,
    How,
    Line,
    Money,
    ReturnUrl,
    UnitPrice,
    money,
    unit_price,
    utc,
)
from ledgerline.base.ids import PREFIXES, SubscriptionId, encode
from ledgerline.catalog.rows import PriceRow
from ledgerline.flows.cancel_subscription import Canceling
from ledgerline.flows.carry_out_change import Proposed
from ledgerline.rules import explain
from ledgerline.rules.change import Change
from ledgerline.rules.charged import Credited
from ledgerline.rules.timeline import Projection
from ledgerline.rules.undo import Undoing
from ledgerline.subscriptions.model import BASE, Attached, GivingBack, Timing
from ledgerline.subscriptions.rows import ItemRow
from ledgerline.subscriptions.rules.agreements import refuse_unusable


class ChangeBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a subscription becomes, and when; ``return_url`` is where its payer comes back to.

    ``agreements`` are the texts that the customer accepts with it.
    """

    plan: Code | None = None
    quantity: int | None = None
    when: Timing
    agreements: Annotated[list[AgreementBody], Meta(max_length=10)] = []
    return_url: ReturnUrl | None = None
    validate_only: bool = False


class ChangePreview(Struct, frozen=True, kw_only=True):
    """What a change of plan or quantity would do: credits are negative lines.

    ``plan``, ``quantity`` and ``unit_price`` are those from ``effective_on`` on; ``next_charge`` is
    the whole invoice after what is billed, reductions included, before credit is used. With
    something ``due_now`` the change happens once that is paid, and not at all if it is declined.
    """

    object: str = "subscription_change_preview"
    livemode: bool
    as_of: datetime
    subscription: str
    plan: str
    quantity: int
    effective_on: date
    price: str
    unit_price: UnitPrice
    lines: list[Line]
    from_credit: Money
    due_now: Money
    credit_after: Money
    next_charge: NextCharge | None


class UndoPreview(Struct, frozen=True, kw_only=True):
    """What is taken back, and the charge that then comes next; nothing is due."""

    object: str = "subscription_undo_preview"
    livemode: bool
    as_of: datetime
    subscription: str
    intention: int
    kind: str
    plan: str
    quantity: int
    price: str
    unit_price: UnitPrice
    next_charge: NextCharge | None


class CancelBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a subscription ends, and what is paid back.

    With ``refund`` the ``unused`` days go back through payments, or all of it (``full``) within
    fourteen days; else what is unused becomes credit.
    """

    when: Timing
    refund: GivingBack = GivingBack.NONE
    validate_only: bool = False


class CancelPreview(Struct, frozen=True, kw_only=True):
    """What a cancellation would do: ``written_off`` are unpaid claims that are given up.

    ``withdrawn_change`` is the invoice of a change that waits for its payment. Of what is credited
    ``refunds`` go back through payments; ``stays_credit`` is the rest.
    """

    object: str = "subscription_cancel_preview"
    livemode: bool
    as_of: datetime
    subscription: str
    ends_on: date
    lines: list[Line]
    credited: Money
    refunds: list[PayoutPart]
    stays_credit: Money
    written_off: list[str]
    withdrawn_change: str | None


def change_of(subscription_id: SubscriptionId, body: ChangeBody) -> Change:
    """Read the change in a body; raises ``AgreementsRefused``."""
    attached = Attached(agreements=accepted(body.agreements))
    refuse_unusable(attached)
    return Change(
        subscription_id=subscription_id, plan_code=body.plan, quantity=body.quantity,
        timing=body.when, attached=attached,
    )  # fmt: skip


def of_change(call: Call, proposed: Proposed) -> ChangePreview:
    """Show a change: what is given back, what is charged, and who pays it."""
    proposal = proposed.proposal
    row, due = proposal.subscription, proposed.due_minor
    credited, charged = proposal.credited_minor, proposal.charged_minor
    base = _base(proposal.after, proposal.entry.effective)
    given = [credit_line(one, row.currency) for one in proposal.credits]
    return ChangePreview(
        livemode=call.livemode,
        as_of=utc(call.run.now()),
        subscription=encode(PREFIXES["subscription"], row.id),
        plan=base.plan_code,
        quantity=base.quantity,
        effective_on=proposal.entry.effective,
        price=encode(PREFIXES["price"], proposal.price.id),
        unit_price=_unit_price(proposal.price),
        lines=[*given, *(quotes.line(one) for one in proposal.bill.priced.lines)],
        from_credit=money(charged - due, row.currency),
        due_now=money(due, row.currency),
        credit_after=money(proposed.balance_minor + credited + due - charged, row.currency),
        next_charge=quotes.next_charge(proposal.next),
    )


def of_undo(call: Call, undoing: Undoing) -> UndoPreview:
    """Show what is taken back."""
    row = undoing.subscription
    base = _base(undoing.after, row.billed_through)
    return UndoPreview(
        livemode=call.livemode,
        as_of=utc(call.run.now()),
        subscription=encode(PREFIXES["subscription"], row.id),
        intention=undoing.intention.seq,
        kind=undoing.intention.kind,
        plan=base.plan_code,
        quantity=base.quantity,
        price=encode(PREFIXES["price"], undoing.price.id),
        unit_price=_unit_price(undoing.price),
        next_charge=quotes.next_charge(undoing.next),
    )


def of_cancel(call: Call, canceling: Canceling) -> CancelPreview:
    """Show a cancellation: when it ends and what is given back."""
    done = canceling.cancellation
    row = done.subscription
    return CancelPreview(
        livemode=call.livemode,
        as_of=utc(call.run.now()),
        subscription=encode(PREFIXES["subscription"], row.id),
        ends_on=done.ends_on,
        lines=[credit_line(one, row.currency) for one in done.credits],
        credited=money(canceling.credited_minor, row.currency),
        refunds=[part_of(one.shown) for one in canceling.returns],
        stays_credit=money(canceling.stays_minor, row.currency),
        written_off=[encode(PREFIXES["invoice"], invoice.id) for invoice, _ in canceling.given_up],
        withdrawn_change=encode(PREFIXES["invoice"], canceling.withdraws)
        if canceling.withdraws
        else None,
    )


def credit_line(one: Credited, currency: str) -> Line:
    """Show what is given back of a line, with minus."""
    credit = one.credit
    how = explain.explain_credit(one.of.line, credit)
    return Line(
        text="Unused time",
        component=one.of.component,
        kind="credit",
        period=Days(credit.start, credit.end),
        quantity=one.of.line.quantity,
        net=money(-credit.net_minor, currency),
        tax=money(-credit.tax_minor, currency),
        total=money(-credit.gross_minor, currency),
        how=How(rule=how.rule, formula=how.formula, tax=how.tax),
    )


def _unit_price(row: PriceRow) -> UnitPrice:
    return unit_price(row.unit_num, row.unit_den, row.currency)


def _base(after: Projection, day: date) -> ItemRow:
    [base] = [item for item in after.items if item.component == BASE and item.holds(day)]
    return base
