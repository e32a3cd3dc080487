"""Book what a fact moves of a dispute: held, returned, lost or regained, each exactly once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from ledgerline.base.db import Tx
from ledgerline.base.run import Run
from ledgerline.flows.lock_dispute import Matter
from ledgerline.flows.reclaim_payment import reclaim_payment_in
from ledgerline.flows.recollect_invoice import may_recollect_in, recollect_invoice_in
from ledgerline.ledger import store as ledger
from ledgerline.ledger.model import Booking, Purpose
from ledgerline.ledger.rows import TransferRow
from ledgerline.ledger.rules.postings import DIVIDED, POSTINGS, post_signed
from ledgerline.payments import disputing
from ledgerline.payments.disputes import DisputeKind, WhenLost
from ledgerline.payments.rows.disputes import DisputedRow
from ledgerline.payments.rules.disputing import DEFAULT_POLICY, Leg, held_minor

_LESS: Final = -1


@dataclass(slots=True)
class Booked:
    """What a dispute comes to after its moves, and what they moved.

    ``unclaimed_minor`` came back for an invoice that was settled otherwise meanwhile.
    """

    held_minor: int
    over_minor: int
    reopened_minor: int
    taken_minor: int = 0
    given_minor: int = 0
    disputed_minor: int = 0
    lost_minor: int = 0
    unclaimed_minor: int = 0
    rows: list[TransferRow] = field(default_factory=list)


async def book_dispute_in(tx: Tx, run: Run, matter: Matter, *, legs: Sequence[Leg]) -> Booked:
    """Post the moves of one fact, under the locks of ``lock_dispute``; the fact is told once.

    What had gone back before (a refund as well as a dispute) is more than was captured: that part
    stands in suspense, and the columns of the payment stop at their bound.
    """
    dispute = matter.dispute
    booked = Booked(dispute.held_minor, dispute.over_minor, dispute.reopened_minor)
    for leg in legs:
        match leg:
            case Leg.HOLD:
                _hold(booked, matter)
            case Leg.RETURN:
                _return(booked, matter)
            case Leg.LOSE:
                await _lose(tx, run, booked, matter)
            case Leg.REGAIN:
                await _regain(tx, run, booked, matter)
    if booked.rows:
        await ledger.add_transfers(tx, booked.rows)
        row = DisputedRow(
            dispute.bucket, dispute.payment_id, booked.disputed_minor, booked.lost_minor
        )
        await disputing.change_disputed(tx, row)
    return booked


def _hold(booked: Booked, matter: Matter) -> None:
    payment, dispute = matter.case.payment, matter.dispute
    room = (
        payment.captured_minor
        - payment.refunded_minor
        - payment.refunding_minor
        - payment.disputed_minor
        - payment.dispute_lost_minor
    )
    booked.held_minor = held_minor(dispute.amount_minor, room_minor=room)
    booked.over_minor = dispute.amount_minor - booked.held_minor
    _post(booked, Purpose.DISPUTE_HOLD, booked.held_minor, matter)
    _post(booked, Purpose.DISPUTE_OVER, booked.over_minor, matter)
    booked.disputed_minor += booked.held_minor
    booked.taken_minor += dispute.amount_minor


def _return(booked: Booked, matter: Matter) -> None:
    _post(booked, Purpose.DISPUTE_HOLD, _LESS * booked.held_minor, matter)
    _post(booked, Purpose.DISPUTE_OVER, _LESS * booked.over_minor, matter)
    booked.disputed_minor -= booked.held_minor
    booked.given_minor += matter.dispute.amount_minor
    booked.held_minor = booked.over_minor = 0


async def _lose(tx: Tx, run: Run, booked: Booked, matter: Matter) -> None:
    """Bear the loss, or claim the invoice again, as the policy of its kind says."""
    amount = booked.held_minor
    booked.disputed_minor -= amount
    booked.lost_minor += amount
    policy = await read_policy_in(tx, DisputeKind(matter.dispute.kind))
    if amount and policy is WhenLost.RECOLLECT and await may_recollect_in(tx, matter.case):
        _post(booked, Purpose.DISPUTE_REOPEN, amount, matter)
        booked.reopened_minor = amount
        await recollect_invoice_in(tx, run, matter, amount_minor=amount)
    else:
        _post(booked, Purpose.DISPUTE_LOSS, amount, matter)


async def _regain(tx: Tx, run: Run, booked: Booked, matter: Matter) -> None:
    """Take back the loss; what was claimed again is paid by it, if it still can be."""
    amount = booked.held_minor
    booked.lost_minor -= amount
    booked.disputed_minor += amount
    if not booked.reopened_minor:
        _post(booked, Purpose.DISPUTE_LOSS, _LESS * amount, matter)
        return
    if await reclaim_payment_in(tx, run, matter):
        _post(booked, Purpose.DISPUTE_REOPEN, _LESS * amount, matter)
    else:
        _post(booked, Purpose.DISPUTE_UNCLAIMED, amount, matter)
        booked.unclaimed_minor = amount
    booked.reopened_minor = 0


async def read_policy_in(tx: Tx, kind: DisputeKind) -> WhenLost:
    """Read what follows when a dispute of a kind is lost: what was set, else the default."""
    for row in await disputing.read_policies(tx):
        if row.kind == kind:
            return WhenLost(row.when_lost)
    return DEFAULT_POLICY[kind]


def _post(booked: Booked, purpose: Purpose, amount_minor: int, matter: Matter) -> None:
    """Post one move under the number of its fact; a move back has the odd number."""
    dispute, days = matter.dispute, matter.days
    booking = Booking(
        bucket=dispute.bucket,
        source_id=dispute.id,
        seller_code=dispute.seller_code,
        customer_id=dispute.customer_id,
        currency=dispute.currency,
        on=days.of(dispute.seller_code),
        at=days.now,
    )
    dim = "" if DIVIDED.isdisjoint(POSTINGS[purpose]) else dispute.psp_account
    n = 2 * dispute.fact_no + (amount_minor < 0)
    booked.rows += post_signed(purpose, amount_minor, booking, dim=dim, n=n)
