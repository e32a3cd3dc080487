"""Give money back that an exception tells of, because a person says so."""

from dataclasses import dataclass
from typing import Final, NamedTuple

from ledgerline.base import cards
from ledgerline.base.db import Tx
from ledgerline.base.ids import AttemptId, ExceptionId, RefundId, bucket_of
from ledgerline.base.money import Currency, Money
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.flows.adopt_exception import Effect
from ledgerline.flows.claim_key import Command, claim_key_in
from ledgerline.flows.keep_words import keep_words_in
from ledgerline.flows.lock_late_money import LateMoney, lock_late_money_in
from ledgerline.flows.refuse_above_limit import refuse_above_limit_in
from ledgerline.flows.return_late_money import Back, return_late_money_in
from ledgerline.ledger.model import Account
from ledgerline.payments import exceptions
from ledgerline.payments.refusals import ExceptionNotDecidable, ExceptionNotFound
from ledgerline.payments.rows.exceptions import AssignedRow, FoundExceptionRow
from ledgerline.payments.rules.exceptions import Reason, require_refundable

BOOKS: Final = ((Account.SUSPENSE, Account.PSP_CLEARING),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """Which exception's money is given back, by whom and why, in their words.

    ``psp_ref`` is the provider's id of the charge, where it is not known yet.
    """

    exception_id: ExceptionId
    by: str
    note: str
    psp_ref: str | None = None


class _Plan(NamedTuple):
    effect: Effect
    late: LateMoney
    psp_ref: str


@repeated
async def refund_exception(run: Run, order: Return, *, command: Command | None = None) -> RefundId:
    """Commit a refund of late money, which the resolver sends; its success closes the exception.

    Whoever asks works on the exception from now on. A refund that its provider refused may be asked
    for again. With the same ``command`` a repeat finds the first. Raises ``ExceptionNotFound``,
    ``ExceptionNotDecidable`` with the next step, ``CardNumberRefused`` and, for a person whose role
    may not give as much back, ``AboveLimit``.
    """
    cards.refuse_cards([order.note, order.by, order.psp_ref or ""])
    bucket, now = bucket_of(order.exception_id), run.now()
    refund_id = RefundId(run.new_id(bucket))
    async with run.transaction() as tx:
        if command is not None:
            held = await claim_key_in(tx, bucket=bucket, command=command, subject_id=refund_id)
            if held is not None:
                assert held.subject_id is not None, held.key
                return RefundId(held.subject_id)
        found = await _open(tx, order.exception_id)
        words = await keep_words_in(tx, order.note, bucket=bucket, subject_id=found.subject_id)
        plan = await _plan(tx, order, found)
        await refuse_above_limit_in(tx, command, [plan.effect.amount], is_chosen=False)
        assigned = AssignedRow(bucket=bucket, id=order.exception_id, assigned_to=order.by)
        await exceptions.assign_exception(tx, assigned)
        back = Back(refund_id, plan.psp_ref, words)
        await return_late_money_in(tx, plan.late, back, now=now)
    return refund_id


@repeated
async def preview_return(run: Run, order: Return) -> Effect:
    """Say what ``refund_exception`` would do, or raise what it would raise. Writes nothing."""
    async with run.transaction() as tx:
        found = await _open(tx, order.exception_id)
        return (await _plan(tx, order, found)).effect


async def _open(tx: Tx, exception_id: ExceptionId) -> FoundExceptionRow:
    found = await exceptions.find_exception(tx, bucket=bucket_of(exception_id), id=exception_id)
    if found is None or found.closed_at is not None:
        raise ExceptionNotFound("no exception is open by this id")
    return found


async def _plan(tx: Tx, order: Return, found: FoundExceptionRow) -> _Plan:
    require_refundable(Reason(found.reason))
    late = await lock_late_money_in(tx, bucket=found.bucket, attempt_id=AttemptId(found.subject_id))
    if late is None:
        raise ExceptionNotDecidable("a refund gives it back already", reason="refund_under_way")
    if late.waiting:
        raise ExceptionNotDecidable(
            "a dispute of its charge has taken it back: close both with what was found, or wait"
            " until the dispute is over",
            reason="taken_back",
        )
    psp_ref = late.row.psp_ref or order.psp_ref
    if not psp_ref:
        raise ExceptionNotDecidable(
            "its provider's id is not known: name the charge that is given back",
            reason="provider_reference_missing",
        )
    attempt = late.attempt
    effect = Effect(
        f"the money goes back through {attempt.psp_account}: a worker sends it, and it leaves"
        " suspense with a receipt once the provider has given it back",
        late.payment.id,
        Money(attempt.amount_minor, Currency(attempt.currency)),
        BOOKS,
    )
    return _Plan(effect, late, psp_ref)
