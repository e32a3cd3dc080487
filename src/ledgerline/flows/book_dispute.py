"""Book what a fact moves of a dispute: held, returned, lost or regained, each exactly once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from ledgerline.base.db import Tx
from ledgerline.base.run import Run
from ledgerline.flows.lock_dispute import Matter
from ledgerline.flows.reclaim_payment import reclaim_payment_in
from ledgerline.flows.recollect_invoice import may_recollect_in, recollect_invoice_in
from ledgerline.flows.shift_disputes import transfers_of
from ledgerline.ledger import store as ledger
from ledgerline.ledger.model import Purpose
from ledgerline.ledger.rows import DrawRow, TransferRow
from ledgerline.payments import disputing
from ledgerline.payments.disputes import DisputeKind, WhenLost
from ledgerline.payments.rows.disputes import DisputeDrawRow, DisputedRow
from ledgerline.payments.rows.payments import PaymentRow
from ledgerline.payments.rules.disputing import DEFAULT_POLICY, Leg, held_minor

_LESS: Final = -1


@dataclass(slots=True)
class Booked:
    """What a dispute comes to after its moves, and what they moved.

    ``room_minor`` is what of the payment nobody has then. ``unclaimed_minor`` came back for an
    invoice that was settled otherwise meanwhile. ``has_paid`` is that of ``Disputed``.
    """

    held_minor: int
    over_minor: int
    offset_minor: int
    reopened_minor: int
    room_minor: int
    has_paid: bool
    taken_minor: int = 0
    given_minor: int = 0
    disputed_minor: int = 0
    lost_minor: int = 0
    unclaimed_minor: int = 0
    rows: list[TransferRow] = field(default_factory=list)
    draws: list[DisputeDrawRow] = field(default_factory=list)


async def book_dispute_in(tx: Tx, run: Run, matter: Matter, *, legs: Sequence[Leg]) -> Booked:
    """Post the moves of one fact, under the locks of ``lock_dispute``; the fact is told once.

    What had gone back before (a refund as well as a dispute) is more than was captured: that part
    stands in suspense, and the columns of the payment stop at their bound. So is all that is taken
    of a charge that never paid: what another charge of the payment captured stays as it is.
    """
    dispute = matter.dispute
    booked = Booked(
        held_minor=dispute.held_minor,
        over_minor=dispute.over_minor,
        offset_minor=dispute.offset_minor,
        reopened_minor=dispute.reopened_minor,
        room_minor=_room_of(matter.case.payment) if matter.case.has_paid else 0,
        has_paid=matter.case.has_paid,
    )
    if dispute.offset_minor and Leg.RETURN in legs:  # first, for the order of locks
        await _return_credit(tx, booked, matter)
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
    await _record(tx, booked, matter)
    return booked


async def _record(tx: Tx, booked: Booked, matter: Matter) -> None:
    """Write what moved: nothing is booked where credit alone stands for a loss, but it counts."""
    if booked.rows:
        await ledger.add_transfers(tx, booked.rows)
    if booked.disputed_minor or booked.lost_minor:
        bucket, id_ = matter.dispute.bucket, matter.dispute.payment_id
        row = DisputedRow(bucket, id_, booked.disputed_minor, booked.lost_minor)
        await disputing.change_disputed(tx, row)


def _room_of(payment: PaymentRow) -> int:
    """Return how much of a payment neither refunds nor disputes have, or are to have."""
    return (
        payment.captured_minor
        - payment.refunded_minor
        - payment.refunding_minor
        - payment.disputed_minor
        - payment.dispute_lost_minor
    )


def _hold(booked: Booked, matter: Matter) -> None:
    dispute = matter.dispute
    booked.held_minor = held_minor(dispute.amount_minor, room_minor=booked.room_minor)
    booked.over_minor = dispute.amount_minor - booked.held_minor
    _post(booked, Purpose.DISPUTE_HOLD, booked.held_minor, matter)
    _post(booked, Purpose.DISPUTE_OVER, booked.over_minor, matter)
    booked.disputed_minor += booked.held_minor
    booked.room_minor -= booked.held_minor
    booked.taken_minor += dispute.amount_minor


def _return(booked: Booked, matter: Matter) -> None:
    _post(booked, Purpose.DISPUTE_HOLD, _LESS * booked.held_minor, matter)
    _post(booked, Purpose.DISPUTE_OVER, _LESS * (booked.over_minor + booked.offset_minor), matter)
    _post(booked, Purpose.DISPUTE_OFFSET, _LESS * booked.offset_minor, matter)
    part = booked.held_minor + booked.offset_minor
    booked.disputed_minor -= part
    booked.room_minor += part
    booked.given_minor += matter.dispute.amount_minor
    booked.held_minor = booked.over_minor = booked.offset_minor = 0


async def _return_credit(tx: Tx, booked: Booked, matter: Matter) -> None:
    """Give back the credit that the dispute stood for: its customer has not got the money."""
    dispute = matter.dispute
    drawn = await disputing.read_draws(tx, bucket=dispute.bucket, dispute_id=dispute.id)
    await ledger.return_to_lots(
        tx, [DrawRow(dispute.bucket, one.lot_id, one.amount_minor) for one in drawn]
    )
    booked.draws += [
        DisputeDrawRow(
            bucket=dispute.bucket,
            dispute_id=dispute.id,
            no=dispute.fact_no,
            lot_id=one.lot_id,
            amount_minor=-one.amount_minor,
        )
        for one in drawn
    ]


async def _lose(tx: Tx, run: Run, booked: Booked, matter: Matter) -> None:
    """Bear the loss, or claim the invoice again, as the policy of its kind says."""
    amount = booked.held_minor
    booked.disputed_minor -= amount + booked.offset_minor
    booked.lost_minor += amount + booked.offset_minor
    policy = await read_policy_in(tx, DisputeKind(matter.dispute.kind))
    if amount and policy is WhenLost.RECOLLECT and await may_recollect_in(tx, matter.case):
        _post(booked, Purpose.DISPUTE_REOPEN, amount, matter)
        booked.reopened_minor = amount
        await recollect_invoice_in(tx, run, matter, amount_minor=amount)
    else:
        _post(booked, Purpose.DISPUTE_LOSS, amount, matter)


async def _regain(tx: Tx, run: Run, booked: Booked, matter: Matter) -> None:
    """Take back the loss; what was claimed again is paid by it, if it still can be."""
    part, reopened = booked.held_minor + booked.offset_minor, booked.reopened_minor
    booked.lost_minor -= part
    booked.disputed_minor += part
    _post(booked, Purpose.DISPUTE_LOSS, _LESS * (booked.held_minor - reopened), matter)
    if not reopened:
        return
    if await reclaim_payment_in(tx, run, matter):
        _post(booked, Purpose.DISPUTE_REOPEN, _LESS * reopened, matter)
    else:
        _post(booked, Purpose.DISPUTE_UNCLAIMED, reopened, matter)
        booked.unclaimed_minor = reopened
    booked.reopened_minor = 0


async def read_policy_in(tx: Tx, kind: DisputeKind) -> WhenLost:
    """Read what follows when a dispute of a kind is lost: what was set, else the default."""
    for row in await disputing.read_policies(tx):
        if row.kind == kind:
            return WhenLost(row.when_lost)
    return DEFAULT_POLICY[kind]


def _post(booked: Booked, purpose: Purpose, amount_minor: int, matter: Matter) -> None:
    booked.rows += transfers_of(matter.dispute, purpose, amount_minor, days=matter.days)
