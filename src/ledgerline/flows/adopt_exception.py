"""Take into the books what an exception tells of: late money, or a refund made elsewhere."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from ledgerline.base import cards
from ledgerline.base.db import Tx
from ledgerline.base.ids import AttemptId, ExceptionId, PaymentId, bucket_of
from ledgerline.base.money import Currency, Money
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.base.saying import noted
from ledgerline.flows.claim_key import Command, claim_key_in
from ledgerline.flows.keep_words import keep_words_in
from ledgerline.flows.lock_late_money import LateMoney, lock_late_money_in
from ledgerline.flows.record_refund import Made, record_refund_in
from ledgerline.flows.request_refund import RefundOrder, allowed_in
from ledgerline.flows.take_late_money import take_late_money_in
from ledgerline.invoicing.rows.documents import InvoiceRow
from ledgerline.ledger.model import Account
from ledgerline.payments import exceptions
from ledgerline.payments import store as payments
from ledgerline.payments.contract import LineKind
from ledgerline.payments.refusals import ExceptionNotDecidable, ExceptionNotFound
from ledgerline.payments.rows.exceptions import DecidedRow, FoundExceptionRow
from ledgerline.payments.rules.exceptions import Reason, require_adoptable
from ledgerline.payments.rules.late_success import Late
from ledgerline.reconciliation import store as reconciliation
from ledgerline.reconciliation.model import Match

LATE: Final = ((Account.SUSPENSE, Account.PSP_CLEARING), (Account.PSP_CLEARING, Account.RECEIVABLE))
MADE: Final = ((Account.CUSTOMER_CREDIT, Account.PSP_CLEARING),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Adoption:
    """Which exception is adopted, by whom and why, in their words.

    ``psp_ref`` is the provider's id of the money where it is not known yet, ``amount_minor`` what a
    refund made at the provider gave back and ``payment_id`` of what, where nothing says so.
    """

    exception_id: ExceptionId
    by: str
    note: str
    psp_ref: str | None = None
    amount_minor: int | None = None
    payment_id: PaymentId | None = None


class Effect(NamedTuple):
    """What a decision does, in words, and what it books: an amount, account by account.

    ``books`` holds pairs of (debit, credit), each of the whole amount.
    """

    words: str
    payment_id: PaymentId
    amount: Money
    books: tuple[tuple[Account, Account], ...]


class _Plan(NamedTuple):
    effect: Effect
    apply: Callable[[str], Awaitable[object]]
    closes: bool


@repeated
async def adopt_exception(
    run: Run, adoption: Adoption, *, command: Command | None = None
) -> Effect | None:
    """Take late money for what is owed, or record a refund that was made at the provider.

    The exception is closed with what was decided; that of a settlement line closes itself, once the
    line is matched with the refund. None for a repeat of the same ``command``, which changes
    nothing. Raises ``ExceptionNotFound``, ``ExceptionNotDecidable`` with the next step, what
    ``allowed_in`` raises, and ``CardNumberRefused``.
    """
    cards.refuse_cards([adoption.note, adoption.by, adoption.psp_ref or ""])
    bucket, now = bucket_of(adoption.exception_id), run.now()
    async with run.transaction() as tx:
        if command is not None:
            held = await claim_key_in(
                tx, bucket=bucket, command=command, subject_id=adoption.exception_id
            )
            if held is not None:
                return None
        found = await _open(tx, adoption.exception_id)
        words = await keep_words_in(tx, adoption.note, bucket=bucket, subject_id=found.subject_id)
        plan = await _plan(tx, run, adoption, found, now=now)
        await plan.apply(words)
        if plan.closes:
            await _close(tx, adoption, found, words, now=now)
    return plan.effect


@repeated
async def preview_adoption(run: Run, adoption: Adoption) -> Effect:
    """Say what ``adopt_exception`` would do, or raise what it would raise. Writes nothing."""
    cards.refuse_cards([adoption.note, adoption.by, adoption.psp_ref or ""])
    async with run.transaction() as tx:
        found = await _open(tx, adoption.exception_id)
        return (await _plan(tx, run, adoption, found, now=run.now())).effect


async def _open(tx: Tx, exception_id: ExceptionId) -> FoundExceptionRow:
    found = await exceptions.find_exception(tx, bucket=bucket_of(exception_id), id=exception_id)
    if found is None or found.closed_at is not None:
        raise ExceptionNotFound("no exception is open by this id")
    return found


async def _plan(
    tx: Tx, run: Run, adoption: Adoption, found: FoundExceptionRow, *, now: datetime
) -> _Plan:
    reason = Reason(found.reason)
    require_adoptable(reason)
    if reason is Reason.LATE_SUCCESS:
        return await _of_late(tx, run, adoption, found, now=now)
    if reason is Reason.LINE_UNMATCHED:
        return await _of_line(tx, run, adoption, found, now=now)
    return await _of_told(tx, run, adoption, found, now=now)


async def _of_late(
    tx: Tx, run: Run, adoption: Adoption, found: FoundExceptionRow, *, now: datetime
) -> _Plan:
    late = await lock_late_money_in(tx, bucket=found.bucket, attempt_id=AttemptId(found.subject_id))
    if late is None:
        raise ExceptionNotDecidable("a refund gives it back already", reason="refund_under_way")
    require_taken(late)
    psp_ref = late.row.psp_ref or adoption.psp_ref
    if not psp_ref:
        raise ExceptionNotDecidable(
            "its provider's id is not known: name it, or nobody could refund it later",
            reason="provider_reference_missing",
        )
    amount = Money(late.attempt.amount_minor, Currency(late.attempt.currency))
    effect = Effect(
        noted(
            "the money leaves suspense and pays the open invoice, with a receipt; nothing is"
            " charged"
        ),
        late.payment.id,
        amount,
        LATE,
    )

    async def apply(_words: str) -> None:
        await take_late_money_in(tx, run, late, psp_ref=psp_ref, now=now)

    return _Plan(effect, apply, closes=True)


def require_taken(late: LateMoney) -> None:
    """Refuse late money that nothing is owed for, or that another attempt may pay as well."""
    match late.decision:
        case Late.TAKE:
            return
        case Late.WAIT:
            raise ExceptionNotDecidable(
                "another attempt of the payment may still succeed: wait for its end, or refund this"
                " money",
                reason="payment_in_progress",
            )
        case Late.GIVE_BACK:
            raise ExceptionNotDecidable(
                "nothing is owed that it could pay: refund it", reason="nothing_owed"
            )


async def _of_told(
    tx: Tx, run: Run, adoption: Adoption, found: FoundExceptionRow, *, now: datetime
) -> _Plan:
    """Plan to record a refund of a charge that its provider told of."""
    owners = await payments.find_attempts(
        tx, buckets=[found.bucket], ids=[AttemptId(found.subject_id)]
    )
    if not owners:
        raise ExceptionNotDecidable(
            "it is not about a charge: look at the provider what moved, and close it with that",
            reason="no_charge",
        )
    if adoption.amount_minor is None or not adoption.psp_ref:
        raise ExceptionNotDecidable(
            "say what the provider gave back, in minor units, and its id of that refund; if no"
            " refund was made there, close this with what was done",
            reason="refund_not_named",
        )
    order = RefundOrder(owners[0].payment_id, adoption.amount_minor, adoption.note)
    return await _record(tx, run, order, adoption.psp_ref, closes=True, now=now)


async def _of_line(
    tx: Tx, run: Run, adoption: Adoption, found: FoundExceptionRow, *, now: datetime
) -> _Plan:
    """Plan to record the refund that a settlement line tells of."""
    line = await reconciliation.find_line(tx, id=found.subject_id)
    if line is None or line.kind != LineKind.REFUND or line.match != Match.UNMATCHED:
        raise ExceptionNotDecidable(
            "the line is no refund: money that matches no charge of ours is given back at the"
            " provider; close this with what was done",
            reason="no_refund",
        )
    psp_ref = line.psp_ref or adoption.psp_ref
    if adoption.payment_id is None or not psp_ref:
        raise ExceptionNotDecidable(
            "name the payment that was refunded, and the provider's id of the refund unless the"
            " line has it",
            reason="refund_not_named",
        )
    order = RefundOrder(adoption.payment_id, -line.gross_minor, adoption.note)
    plan = await _record(tx, run, order, psp_ref, closes=False, now=now)
    moved = (plan.effect.amount.currency, -line.gross_minor)
    if moved != (line.gross_currency, plan.effect.amount.minor):
        raise ExceptionNotDecidable(
            "the line is in another currency than the payment", reason="another_currency"
        )
    return plan


async def _record(
    tx: Tx, run: Run, order: RefundOrder, psp_ref: str, *, closes: bool, now: datetime
) -> _Plan:
    allowed = await allowed_in(tx, order, now=now)
    payment = allowed.payment
    [capture] = await payments.read_captures(tx, bucket=payment.bucket, payment_id=payment.id)
    await _refuse_recorded(tx, allowed.invoice, psp_ref)
    amount = Money(allowed.amount_minor, Currency(payment.currency))
    effect = Effect(
        noted(
            "a refund that the provider has made is recorded, with a credit note and a receipt;"
            " nothing is sent"
        ),
        payment.id,
        amount,
        MADE,
    )

    async def apply(words: str) -> None:
        made = Made(allowed, capture, psp_ref, words)
        await record_refund_in(tx, run, made, now=now)

    return _Plan(effect, apply, closes=closes)


async def _refuse_recorded(tx: Tx, invoice: InvoiceRow, psp_ref: str) -> None:
    """Refuse a refund that the books have: it may be told of more than once, and was made once."""
    for refund in await payments.read_refunds_of_invoice(
        tx, bucket=invoice.bucket, invoice_id=invoice.id
    ):
        if refund.psp_ref == psp_ref:
            raise ExceptionNotDecidable(
                "that refund is recorded already: a statement line finds it by itself, close"
                " anything else with that",
                reason="refund_recorded",
                refund=str(refund.id),
            )


async def _close(
    tx: Tx, adoption: Adoption, found: FoundExceptionRow, words: str, *, now: datetime
) -> None:
    row = DecidedRow(
        bucket=found.bucket,
        subject_id=found.subject_id,
        reason=found.reason,
        closed_at=now,
        closed_by=adoption.by,
        resolution=words,
    )
    if not await exceptions.decide_exception(tx, row):
        raise ExceptionNotFound("somebody else has decided it meanwhile")
