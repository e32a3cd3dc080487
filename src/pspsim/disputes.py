"""Disputes and refunds that come back: what payers, banks and networks do days after an execution.

A driver asks for each step by name, or plants rates of charges that are disputed and of refunds
that bounce; the steps then fall due on the clock. What a step moves is in the next statement.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Final, NamedTuple

from msgspec import Meta, Struct
from msgspec.structs import replace

from pspsim import faults
from pspsim.draws import PPM
from pspsim.faults import Fault
from pspsim.provider import Provider
from pspsim.records import Charge, Dispute, DisputeChanged, Refund, RefundReversed, Status
from pspsim.replies import RequestRefused

ANSWER_WITHIN: Final = timedelta(days=7)
PLANTED_AFTER: Final = timedelta(days=3)
DECIDED_AFTER: Final = timedelta(days=14)


class Step(StrEnum):
    """What can happen to a dispute."""

    WARN = "warn"
    OPEN = "open"
    SUBMIT = "submit"
    WIN = "win"
    LOSE = "lose"
    WITHDRAW = "withdraw"


class _Leads(NamedTuple):
    status: str
    is_gone: bool | None  # whether the amount is gone then; None leaves it


_LEADS: Final[Mapping[Step, _Leads]] = {
    Step.WARN: _Leads("warning", None),
    Step.OPEN: _Leads("needs_response", is_gone=True),
    Step.SUBMIT: _Leads("under_review", None),
    Step.WIN: _Leads("won", is_gone=False),
    Step.LOSE: _Leads("lost", is_gone=True),
    Step.WITHDRAW: _Leads("withdrawn", is_gone=False),
}


class DisputeBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Ask for a step of the dispute of the charge under ``reference``; the first step makes it."""

    provider: str
    reference: str
    step: Step
    amount: Annotated[int, Meta(gt=0)] | None = None
    reason: str = "fraud"
    kind: str = "card"


class ReversalBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Ask for the refund under ``reference``, which succeeded, to come back."""

    provider: str
    reference: str


def advance(provider: Provider, asked: DisputeBody) -> Dispute:
    """Do one step and announce it; raises ``RequestRefused`` for a charge that took nothing."""
    charge = _charge(provider, asked.reference)
    known = provider.own.later.disputes.get(charge.id)
    leads = _LEADS[asked.step]
    if asked.step not in provider.dialect.dispute_steps:
        raise RequestRefused(f"this provider knows no step {asked.step!r}")
    dispute = known or _new(provider, charge, asked)
    was_gone = provider.own.later.is_gone(charge.id)
    gone = was_gone if leads.is_gone is None else leads.is_gone
    changed = DisputeChanged(
        provider=provider.name,
        item=replace(dispute, status=leads.status, stage=_stage(dispute, leads)),
        step=asked.step.value,
        number=len(provider.own.later.changes) + 1,
        moved=(was_gone - gone) * dispute.amount,
        at=provider.books.now,
    )
    provider.books.record(changed)
    provider.counts[f"disputes_{leads.status}"] += 1
    for told in provider.dialect.tell_dispute(provider, changed):
        provider.announce(provider.name, told)
    return changed.item


def _stage(dispute: Dispute, leads: _Leads) -> str:
    """Leave an inquiry once the amount is taken."""
    return "formal" if leads.is_gone else dispute.stage


def reverse(provider: Provider, reference: str) -> Refund:
    """Let a refund come back and announce it; raises ``RequestRefused`` unless it succeeded."""
    refund = next(iter(provider.own.refunds_under(reference)), None)
    if refund is None or refund.status is not Status.SUCCEEDED:
        raise RequestRefused("there is no such refund that succeeded")
    provider.books.record(RefundReversed(provider.name, refund.id, provider.books.now))
    provider.counts["refunds_reversed"] += 1
    reversed_ = provider.own.refunds[refund.id]
    told = provider.dialect.tell_reversal(provider, reversed_, at=provider.books.now)
    provider.announce(provider.name, told)
    return reversed_


def fall_due(provider: Provider) -> int:
    """Do what was planted and is due by the clock; counts the steps."""
    done = 0
    for asked in list(_due(provider)):
        advance(provider, asked)
        done += 1
    for reference in list(_bouncing(provider)):
        reverse(provider, reference)
        done += 1
    return done


def _due(provider: Provider) -> Iterator[DisputeBody]:
    own, now = provider.own, provider.books.now
    if not own.rates.get(Fault.DISPUTED):
        return
    is_bank = Step.OPEN not in provider.dialect.dispute_steps
    for charge in own.charges.values():
        entity = ("dispute", provider.name, charge.id)
        if charge.status is not Status.SUCCEEDED or now < charge.created + PLANTED_AFTER:
            continue
        if not faults.happens(provider.draws, own.rates, fault=Fault.DISPUTED, entity=entity):
            continue
        known = own.later.disputes.get(charge.id)
        asked = DisputeBody(provider.name, charge.reference, Step.LOSE if is_bank else Step.OPEN)
        if known is None and provider.dialect.may_be_disputed(provider, charge):
            yield asked
        elif known is not None and _is_overdue(known, now):
            won = provider.draws.below(PPM, "dispute-won", *entity) < PPM // 2
            yield replace(asked, step=Step.WIN if won else Step.LOSE)


def _is_overdue(dispute: Dispute, now: datetime) -> bool:
    return dispute.status == "needs_response" and now >= dispute.created + DECIDED_AFTER


def _bouncing(provider: Provider) -> Iterator[str]:
    own, now = provider.own, provider.books.now
    if not own.rates.get(Fault.REFUND_BOUNCES):
        return
    for refund in own.refunds.values():
        is_due = refund.status is Status.SUCCEEDED and now >= refund.created + PLANTED_AFTER
        entity = ("bounce", provider.name, refund.id)
        if is_due and faults.happens(
            provider.draws, own.rates, fault=Fault.REFUND_BOUNCES, entity=entity
        ):
            yield refund.reference


def _charge(provider: Provider, reference: str) -> Charge:
    for charge in provider.own.charges_under(reference):
        if charge.status is Status.SUCCEEDED:
            return charge
    raise RequestRefused("there is no such charge that took money")


def _new(provider: Provider, charge: Charge, asked: DisputeBody) -> Dispute:
    amount = asked.amount or charge.amount
    if amount > charge.amount:
        raise RequestRefused(f"amount: the charge took {charge.amount}")
    now = provider.books.now
    return Dispute(
        id=provider.draws.name("dsp", "dispute", provider.name, charge.id),
        reference=charge.reference,
        charge=charge.id,
        amount=amount,
        currency=charge.currency,
        kind=asked.kind,
        stage="inquiry" if asked.step is Step.WARN else "formal",
        reason=asked.reason,
        status="",
        due_by=now + ANSWER_WITHIN,
        created=now,
    )
