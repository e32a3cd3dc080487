"""Tell payers of bank debits before they come: a debit is sent only once it was told in time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

from ledgerline.base.calendar import local_date
from ledgerline.base.db import Tx
from ledgerline.base.ids import (
    AttemptId,
    CustomerId,
    PaymentId,
    PaymentMethodId,
    SubscriptionId,
    bucket_of,
)
from ledgerline.base.money import Currency, Money
from ledgerline.base.run import Run
from ledgerline.entitlements import store as entitlements
from ledgerline.entitlements.rows import LongerRow
from ledgerline.flows.choose_accounts import Asked, Choices, account_for
from ledgerline.flows.record_events import NewEvent, record_events_in
from ledgerline.outbox.model import EventKind
from ledgerline.payments import limits, mandates, notices
from ledgerline.payments.debits import Announced
from ledgerline.payments.model import Initiator, Psps
from ledgerline.payments.refusals import MandateNotChargeable
from ledgerline.payments.rows.instruments import InstrumentRow
from ledgerline.payments.rows.limits import WithheldTryRow
from ledgerline.payments.rows.mandates import DebitNoticeRow, StandingNoticeRow
from ledgerline.payments.rows.notices import ToldRow
from ledgerline.payments.rows.payments import DuePaymentRow
from ledgerline.payments.rules.bank_days import scheme_of
from ledgerline.payments.rules.debit_notices import (
    Announce,
    Send,
    Terms,
    Wait,
    decide,
    rule_of,
    terms_of,
)
from ledgerline.payments.rules.mandates import is_chargeable
from ledgerline.payments.rules.slots import morning

DEBIT_NOTICE: Final = "debit_notice"
SCHEME_WAIT: Final = timedelta(hours=1)  # until its provider has told the scheme of a mandate


class Sendable(NamedTuple):
    """A payment that may be sent now: on which notice, and to which account where that is fixed."""

    row: DuePaymentRow
    notice: Announced | None = None
    account: str | None = None


class Payment(NamedTuple):
    """A payment to be debited; ``event_seq`` counts its events.

    ``last`` is what told its payer of it last; what was told of another mandate is void.
    """

    id: PaymentId
    customer_id: CustomerId
    amount: Money
    event_seq: int
    last: StandingNoticeRow | None = None

    def told(self, at: InstrumentRow) -> Announced | None:
        """Return what was told last, if it was of this mandate."""
        last = self.last
        if last is None or last.mandate_id != at.mandate_id:
            return None
        return Announced(last.no, last.amount_minor, last.due_on)


class _Given(NamedTuple):
    """A notice that is given now."""

    payment: Payment
    at: InstrumentRow
    terms: Terms
    what: Announce
    on: date

    @property
    def announced(self) -> Announced:
        last = self.payment.last
        no = 1 if last is None else last.no + 1
        return Announced(no, self.payment.amount.minor, self.what.due_on)


class _Case(NamedTuple):
    """A payment that a machine is to debit, what by, and what holds for that."""

    payment: Payment
    at: InstrumentRow
    terms: Terms


@dataclass(slots=True)
class _Plan:
    """What becomes of a batch: what is sent, what waits until when, and what is told."""

    sendable: list[Sendable] = field(default_factory=list)
    waiting: list[tuple[DuePaymentRow, datetime]] = field(default_factory=list)
    given: list[_Given] = field(default_factory=list)
    longer: list[LongerRow] = field(default_factory=list)


async def announce_debits_in(
    tx: Tx,
    run: Run,
    choices: Choices,
    due: Sequence[DuePaymentRow],
    *,
    psps: Psps,
    markets: Mapping[SubscriptionId, str],
) -> list[Sendable]:
    """Return the payments that may be sent now, each with the notice that it is sent on, if any.

    Called in the transaction that commits the tries as sent. Where nobody has to be told by us,
    nothing is asked. Others are postponed to the day on which they have to go; a payer who was not
    told yet is told now, and the grace of an invoice that was never refused lasts so much longer.
    Which account debits them is decided here, since their payers are told of it.
    """
    now = choices.now
    by_us = {
        row.id: among for row in due if (among := told_by_us(psps, choices, row.payment_method_id))
    }
    if not by_us:
        return [Sendable(row) for row in due]
    told = [row for row in due if row.id in by_us]
    standing = await mandates.read_notices(
        tx, buckets=[row.bucket for row in told], ids=[row.id for row in told]
    )
    last = {one.payment_id: one for one in standing}
    plan = _Plan()
    for row in due:
        if row.id not in by_us:
            plan.sendable.append(Sendable(row))
            continue
        payment = _payment(row, last.get(row.id))
        account = _account(choices, by_us[row.id], payment, asked_of(row, markets))
        at = next((one for one in by_us[row.id] if one.psp_account == account), None)
        terms = None if at is None else _terms(psps, choices, at)
        if at is None or choices.has_no_notice(at, row.id):
            # it is sent elsewhere, or its account is none then and the try fails as ours
            plan.sendable.append(Sendable(row, account=account))
        elif terms is None:
            plan.waiting.append((row, now + SCHEME_WAIT))
        else:
            _plan(plan, row, _Case(payment, at, terms), now=now)
    await _give(tx, run, plan, now=now)
    return plan.sendable


def _payment(row: DuePaymentRow, last: StandingNoticeRow | None) -> Payment:
    return Payment(
        id=row.id,
        customer_id=row.customer_id,
        amount=Money(row.amount_minor, Currency(row.currency)),
        event_seq=row.event_seq,
        last=last,
    )


def _account(
    choices: Choices, among: Sequence[InstrumentRow], payment: Payment, asked: Asked
) -> str:
    """Decide which account a payment goes to: the one its payer was told of, as long as it can be.

    Where none can be, the try is that of a debit all the same, and fails for its own reasons.
    """
    told = next((one.psp_account for one in among if payment.told(one) is not None), None)
    if told is not None and account_for(choices, asked._replace(account=told)) is not None:
        return told
    return account_for(choices, asked) or told or among[0].psp_account


def asked_of(row: DuePaymentRow, markets: Mapping[SubscriptionId, str]) -> Asked:
    """Return the charge that a payment is to become; its payment stands for its attempt yet."""
    return Asked(
        attempt_id=AttemptId(row.id),
        payment_id=row.id,
        payment_method_id=row.payment_method_id,
        market=markets[row.subscription_id],
        amount=Money(row.amount_minor, Currency(row.currency)),
        initiator=Initiator.MERCHANT,
        is_again=row.tries > 0,
    )


def _plan(plan: _Plan, row: DuePaymentRow, case: _Case, *, now: datetime) -> None:
    """Decide about one payment that a machine is to try."""
    zone = case.terms.scheme.zone
    today = local_date(now, zone)
    decided = decide(
        case.terms, row.amount_minor, case.payment.told(case.at), today=today, payer_is_here=False
    )
    match decided:
        case Send():
            plan.sendable.append(Sendable(row, decided.notice, case.at.psp_account))
            return
        case Announce():
            given = _Given(
                payment=case.payment, at=case.at, terms=case.terms, what=decided, on=today
            )
            plan.given.append(given)
            if row.tries == row.own_failures:  # the payer never refused: it is we who let it wait
                seconds = int(timedelta(days=(decided.due_on - today).days).total_seconds())
                plan.longer.append(LongerRow(row.bucket, row.invoice_id, seconds))
            if decided.send_on <= today:
                plan.sendable.append(Sendable(row, given.announced, case.at.psp_account))
                return
        case Wait():
            pass
    send_at = morning(decided.send_on, zone, spread=row.id.int & 0xFFFF)
    plan.waiting.append((row, send_at))


async def announce_debit_in(
    tx: Tx, run: Run, choices: Choices, at: InstrumentRow, *, psps: Psps, payment: Payment
) -> Announced | None:
    """Tell a payer who is here on which day their debit comes; None where it is not ours to tell.

    It is sent at once, for that day, by what was chosen (``at``). Raises ``MandateNotChargeable``
    while the scheme of the mandate is not known.
    """
    given = propose_notice(choices, at, psps=psps, payment=payment, now=run.now())
    if isinstance(given, _Given):
        await _give(tx, run, _Plan(given=[given]), now=run.now())
        return given.announced
    return given


def propose_notice(
    choices: Choices, at: InstrumentRow, *, psps: Psps, payment: Payment, now: datetime
) -> _Given | Announced | None:
    """Say what a payer who is here would be told, or was told already; None where not by us.

    Raises ``MandateNotChargeable`` while the scheme of the mandate is not known.
    """
    if not _is_told_by_us(psps, at):
        return None
    terms = _terms(psps, choices, at)
    if terms is None:
        raise MandateNotChargeable("its provider has not told its scheme yet", mandate="unknown")
    today = local_date(now, terms.scheme.zone)
    decided = decide(terms, payment.amount.minor, payment.told(at), today=today, payer_is_here=True)
    if isinstance(decided, Send):
        return decided.notice
    assert isinstance(decided, Announce), decided
    return _Given(payment=payment, at=at, terms=terms, what=decided, on=today)


async def read_told_in(
    tx: Tx, choices: Choices, asked: Asked, *, psps: Psps
) -> StandingNoticeRow | None:
    """Read the newest notice of a payment whose payer is here, where it is ours to tell them."""
    if not told_by_us(psps, choices, asked.payment_method_id):
        return None
    found = await mandates.read_notices(
        tx, buckets=[bucket_of(asked.payment_id)], ids=[asked.payment_id]
    )
    return next(iter(found), None)


def told_by_us(psps: Psps, choices: Choices, method_id: PaymentMethodId) -> list[InstrumentRow]:
    """Return what a method is debited by where its provider leaves it to us to tell the payer."""
    return [
        one
        for one in choices.instruments
        if one.mandate_state is not None  # cards have none, and most are cards
        and one.payment_method_id == method_id
        and _is_told_by_us(psps, one)
        and is_chargeable(one.mandate_state, one.lapses_on, on=choices.on)
    ]


def _is_told_by_us(psps: Psps, at: InstrumentRow) -> bool:
    debits = psps.capabilities(at.psp_account).debits
    return at.mandate_state is not None and debits is not None and not debits.sends_notices


def _terms(psps: Psps, choices: Choices, at: InstrumentRow) -> Terms | None:
    """Return what holds for a mandate; None while its scheme is not known, or has no rules."""
    scheme = None if at.scheme is None else scheme_of(at.scheme)
    rule = rule_of(choices.schemes, at.scheme, on=choices.on)
    debits = psps.capabilities(at.psp_account).debits
    if scheme is None or rule is None or debits is None:
        return None
    return terms_of(rule, scheme, agreed_days=at.notice_days, lead_bank_days=debits.lead_bank_days)


async def _give(tx: Tx, run: Run, plan: _Plan, *, now: datetime) -> None:
    """Write what was told, and postpone what waits."""
    waits = {row.id for row, _ in plan.waiting}
    told = {one.payment.id for one in plan.given}
    await mandates.add_notices(tx, [_notice(one, now=now) for one in plan.given])
    await entitlements.extend_grace(tx, plan.longer, now=now)
    await limits.withhold_tries(
        tx,
        [
            WithheldTryRow(row.bucket, row.id, next_try_at=at, withheld_for=DEBIT_NOTICE)
            for row, at in plan.waiting
        ],
    )
    at_once = [one.payment for one in plan.given if one.payment.id not in waits]
    await notices.count_told(tx, [ToldRow(bucket_of(one.id), one.id, 1) for one in at_once])
    events = [_announced(one, now=now) for one in plan.given]
    events += [_postponed(row, now=now) for row, _ in plan.waiting if row.id not in told]
    await record_events_in(tx, run, events)


def _notice(one: _Given, *, now: datetime) -> DebitNoticeRow:
    assert one.at.mandate_id is not None, one
    return DebitNoticeRow(
        bucket=one.at.bucket,
        payment_id=one.payment.id,
        no=one.announced.no,
        mandate_id=one.at.mandate_id,
        currency=one.payment.amount.currency,
        amount_minor=one.payment.amount.minor,
        due_on=one.what.due_on,
        notice_days=one.terms.days,
        notice_unit=one.terms.unit,
        given_on=one.on,
        earliest_on=one.what.earliest_on,
        given_at=now,
    )


def _announced(one: _Given, *, now: datetime) -> NewEvent:
    return NewEvent(
        bucket=one.at.bucket,
        aggregate_id=one.payment.id,
        seq=one.payment.event_seq + 1,
        kind=EventKind.PAYMENT_DEBIT_ANNOUNCED,
        customer_id=one.payment.customer_id,
        occurred_at=now,
        body={
            "amount": one.payment.amount.minor,
            "currency": one.payment.amount.currency,
            "due_on": one.what.due_on.isoformat(),
            "scheme": one.at.scheme,
            "mandate_reference": one.at.mandate_reference,
        },
    )


def _postponed(row: DuePaymentRow, *, now: datetime) -> NewEvent:
    return NewEvent(
        bucket=row.bucket,
        aggregate_id=row.id,
        seq=row.event_seq + 1,
        kind=EventKind.PAYMENT_POSTPONED,
        customer_id=row.customer_id,
        occurred_at=now,
        body={"reason": DEBIT_NOTICE},
    )
