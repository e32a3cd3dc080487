"""End attempts with evidence: the only way an attempt ends, whoever brings the evidence."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, NamedTuple

from ledgerline.base.db import Tx
from ledgerline.base.ids import AttemptId, Bucket, PaymentId
from ledgerline.base.log import logger
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.base.tasks import in_turn, silent
from ledgerline.flows.ask_payer import Acting, ask_payer_in, keep_authentications_in
from ledgerline.flows.await_others import await_others_in
from ledgerline.flows.bear_own_failures import close_unknown_in, open_unknown_in
from ledgerline.flows.find_owners import Belongs, find_owners_in
from ledgerline.flows.follow_debits import follow_debits_in
from ledgerline.flows.follow_methods import follow_methods_in
from ledgerline.flows.hear_returns import hear_returns
from ledgerline.flows.lapse_evidence import Heard, lapse_evidence_in
from ledgerline.flows.read_book_days import BookDays, read_book_days
from ledgerline.flows.read_plans import Plans, facts_of, read_plans_in
from ledgerline.flows.record_contradictions import Contradicting, record_contradictions_in
from ledgerline.flows.record_settlement import EVENTS, Settled, record_settlements_in
from ledgerline.flows.tell_amounts import tell_amounts_in
from ledgerline.invoicing import store as invoicing
from ledgerline.invoicing.rows.documents import InvoiceRow
from ledgerline.payments import exceptions
from ledgerline.payments import store as payments
from ledgerline.payments.model import AttemptState, Outcome, Reading
from ledgerline.payments.refusals import PaymentNotFound
from ledgerline.payments.rows.attempts import AttemptRow, EndRow, EvidenceRow, LookRow
from ledgerline.payments.rows.exceptions import LateRow
from ledgerline.payments.rows.payments import PaymentRow
from ledgerline.payments.rules.lifecycle import ATTEMPT
from ledgerline.payments.rules.settlement import (
    CLOSED,
    AskPayer,
    Contradict,
    Fail,
    Ignore,
    LookAgain,
    Over,
    Succeed,
    Verdict,
    explained,
    is_known,
    verdict,
)
from ledgerline.subscriptions import store as subscriptions
from ledgerline.subscriptions.rows import SubscriptionRow

_log: Final = logger(__name__)
FAILED: Final = frozenset({Outcome.DECLINED, Outcome.NOT_EXECUTED})


class Evidence(NamedTuple):
    """A reading about one attempt, and what that belongs to, where it is known.

    With ``goes_elsewhere`` the caller opens the next attempt in the same transaction if it failed.
    """

    bucket: Bucket
    attempt_id: AttemptId
    reading: Reading
    belongs: Belongs | None = None
    goes_elsewhere: bool = False


@dataclass(slots=True)
class _Case:
    """One attempt with everything it belongs to, under lock, and the verdict."""

    evidence: Evidence
    attempt: AttemptRow
    payment: PaymentRow
    invoice: InvoiceRow
    subscription: SubscriptionRow
    promised: tuple[InvoiceRow, ...]
    verdict: Verdict = field(default_factory=Ignore)


async def settle_attempt(run: Run, evidence: Sequence[Evidence]) -> dict[AttemptId, Verdict]:
    """Apply evidence to attempts in one transaction; a batch of one is the usual interactive case.

    Called by the synchronous answer, webhooks, the resolver, settlement files and operators.
    Repeating it is safe: locks are taken from the top, rows are re-read, and evidence for an
    attempt that ended changes nothing (a contradiction opens a ``money_exception``). A batch that
    cannot be settled is settled by halves, so that one bad or locked attempt keeps no other from
    its end; what is wrong with it is raised when the others are settled.
    """
    if not evidence:
        return {}
    if len(evidence) == 1:
        return await _settle_patiently(run, evidence)
    try:
        return await _settle(run, evidence)
    except Exception as failure:
        if silent(failure):
            raise
        _log.warning("batch divided", attempts=len(evidence), failure=repr(failure))
    middle = len(evidence) // 2
    first, second = await in_turn(
        settle_attempt(run, half) for half in (evidence[:middle], evidence[middle:])
    )
    return first | second


async def _settle(run: Run, evidence: Sequence[Evidence]) -> dict[AttemptId, Verdict]:
    now = run.now()
    async with run.transaction() as tx:
        verdicts = await settle_attempt_in(tx, run, evidence, now=now)
    returned = [
        (one.bucket, one.attempt_id, one.reading.taken_back)
        for one in evidence
        if one.reading.taken_back is not None
        and isinstance(verdicts[one.attempt_id], (Succeed, Ignore))
    ]
    await hear_returns(run, returned)
    return verdicts


_settle_patiently: Final = repeated(_settle)  # a batch is not repeated but divided


async def settle_attempt_in(
    tx: Tx, run: Run, evidence: Sequence[Evidence], *, now: datetime
) -> dict[AttemptId, Verdict]:
    """Do the same inside the caller's transaction."""
    cases, days, plans = await _lock(tx, evidence, now=now)
    late = await _late(tx, cases)
    for case in cases:
        elsewhere = case.evidence.goes_elsewhere
        facts = facts_of(
            case.attempt, case.payment, case.subscription, plans, goes_elsewhere=elsewhere, now=now
        )
        known = late.get(case.attempt.id)
        if known is not None:
            facts = replace(facts, captured_ref=known.psp_ref)
        if known is not None and known.is_adopted:
            # what is said of it is said of the one that took its money
            facts = replace(facts, attempt_state=AttemptState.SUCCEEDED)
        case.verdict = verdict(facts, case.evidence.reading, now=now)
    await _await_others(tx, cases, now=now)
    await _record_lost(tx, cases, now=now)
    acting = [
        Acting(c.attempt, c.payment, c.verdict, c.evidence.reading.psp_ref)
        for c in cases
        if isinstance(c.verdict, AskPayer)
    ]
    await ask_payer_in(tx, run, acting, now=now)
    await _record_over(tx, cases, now=now)
    await _record_contradictions(tx, cases, days=days)
    settled = [
        Settled(
            attempt=c.attempt,
            payment=c.payment,
            invoice=c.invoice,
            subscription=c.subscription,
            promised=c.promised,
            reading=c.evidence.reading,
            verdict=c.verdict,
            plan=plans.newest(c.payment.id),
        )
        for c in cases
        if isinstance(c.verdict, (Succeed, Fail))
    ]
    await record_settlements_in(tx, run, settled, days=days, now=now)
    await follow_methods_in(tx, settled, now=now)
    await follow_debits_in(tx, settled, now=now)
    await _record_known(tx, cases, now=now)
    return {case.evidence.attempt_id: case.verdict for case in cases}


async def _await_others(tx: Tx, cases: Sequence[_Case], *, now: datetime) -> None:
    failed = [(c.payment, c.invoice, c.verdict) for c in cases if isinstance(c.verdict, Fail)]
    ending = [c.attempt.id for c in cases if isinstance(c.verdict, (Succeed, Fail, Over))]
    waiting = await await_others_in(tx, failed, ending=ending, now=now)
    for case in cases:
        if isinstance(case.verdict, Fail):
            case.verdict = waiting.get(case.payment.id, case.verdict)


async def _late(tx: Tx, cases: Sequence[_Case]) -> dict[AttemptId, LateRow]:
    """Find the ended attempts whose money came late, and whether that was taken."""
    ended = [case.attempt for case in cases if AttemptState(case.attempt.state) in CLOSED]
    if not ended:
        return {}
    found = await exceptions.read_late(
        tx, buckets=[one.bucket for one in ended], ids=[one.id for one in ended]
    )
    return {row.attempt_id: row for row in found}


async def _lock(
    tx: Tx, evidence: Sequence[Evidence], *, now: datetime
) -> tuple[list[_Case], BookDays, Plans]:
    """Read ids unlocked, lock from the top, re-read in new statements; say the sellers' days.

    The plans of what may have failed are read with it.
    """
    unique = {item.attempt_id: item for item in evidence}
    buckets = [item.bucket for item in unique.values()]
    owners = await _owners(tx, list(unique.values()))
    wanted = sorted(
        {
            (bucket, one)
            for bucket, owner in zip(buckets, owners, strict=True)
            for one in (owner.invoice_id, *owner.promised)
        }
    )
    promised = {owner.payment_id: owner.promised for owner in owners if owner.promised}
    async with tx.pipeline():
        held_subscriptions = await subscriptions.lock_subscriptions(
            tx, buckets=buckets, ids=[owner.subscription_id for owner in owners]
        )
        held_invoices = await invoicing.lock_invoices(
            tx, buckets=[bucket for bucket, _ in wanted], ids=[one for _, one in wanted]
        )
        held_payments = await payments.lock_payments(
            tx, buckets=buckets, ids=[owner.payment_id for owner in owners]
        )
        attempts = await payments.lock_attempts(tx, buckets=buckets, ids=list(unique))
        plans = await read_plans_in(tx, _failed(unique.values(), owners))
        days = await read_book_days(tx, now=now)
    assert len(attempts) == len(unique), (len(attempts), list(unique))
    subscription_of = {row.id: row for row in held_subscriptions}
    invoice_of = {row.id: row for row in held_invoices}
    payment_of = {row.id: row for row in held_payments}
    cases = [
        _Case(
            evidence=_explained(unique[attempt.id], attempt),
            attempt=attempt,
            payment=(payment := payment_of[attempt.payment_id]),
            invoice=invoice_of[payment.invoice_id],
            subscription=subscription_of[payment.subscription_id],
            promised=tuple(invoice_of[one] for one in promised.get(payment.id, ())),
        )
        for attempt in attempts
    ]
    return cases, days, plans


def _explained(evidence: Evidence, attempt: AttemptRow) -> Evidence:
    asks_payer = attempt.return_url is not None
    reading = explained(evidence.reading, asks_payer=asks_payer, psp_ref=attempt.psp_ref)
    return evidence._replace(reading=reading)


def _failed(
    evidence: Iterable[Evidence], owners: Sequence[Belongs]
) -> list[tuple[Bucket, PaymentId]]:
    """Name the payments whose attempt may end without money: only those are planned."""
    pairs = zip(evidence, owners, strict=True)
    return [(one.bucket, owner.payment_id) for one, owner in pairs if one.reading.outcome in FAILED]


async def _owners(tx: Tx, evidence: Sequence[Evidence]) -> list[Belongs]:
    """Say what the attempts belong to, in order; what the evidence does not say is looked up."""
    known = {item.attempt_id: item.belongs for item in evidence if item.belongs is not None}
    unknown = [(item.bucket, item.attempt_id) for item in evidence if item.belongs is None]
    known |= await find_owners_in(tx, unknown)
    if len(known) != len(evidence):
        raise PaymentNotFound("an attempt in the evidence is not ours")
    return [known[item.attempt_id] for item in evidence]


async def _record_lost(tx: Tx, cases: Sequence[_Case], *, now: datetime) -> None:
    looks = [(case, case.verdict) for case in cases if isinstance(case.verdict, LookAgain)]
    lost = [case for case, look in looks if look.unknown]
    held = [case for case, look in looks if not look.unknown]
    await payments.mark_unknown(tx, [_look(case) for case in lost], now=now)
    await open_unknown_in(tx, [case.attempt for case in lost], now=now)
    await payments.mark_held(tx, [_look(case) for case in held])


async def _record_known(tx: Tx, cases: Sequence[_Case], *, now: datetime) -> None:
    """Nobody need find out any more what became of these; keep how their payers were seen."""
    known = [case for case in cases if is_known(case.verdict)]
    await close_unknown_in(tx, [case.attempt for case in known], now=now)
    heard = [
        Heard(
            case.attempt.id,
            case.evidence.reading.kind,
            is_open=case.attempt.looks > 0 or case.attempt.state == AttemptState.UNKNOWN,
        )
        for case in known
    ]
    await lapse_evidence_in(tx, heard, now=now)
    told = [
        (c.attempt, how)
        for c in cases
        if isinstance(c.verdict, (Succeed, Fail, Over))
        and (how := c.evidence.reading.authentication)
    ]
    await keep_authentications_in(tx, told, now=now)


async def _record_over(tx: Tx, cases: Sequence[_Case], *, now: datetime) -> None:
    """End attempts of payments that were given up before: nothing else changes by it."""
    over = [(case, case.verdict.state) for case in cases if isinstance(case.verdict, Over)]
    await payments.add_evidence(tx, [_proof(case, state, now) for case, state in over])
    await payments.end_attempts(tx, [_end(case, state) for case, state in over], now=now)


def _proof(case: _Case, state: AttemptState, now: datetime) -> EvidenceRow:
    attempt, reading = case.attempt, case.evidence.reading
    return EvidenceRow(
        bucket=attempt.bucket,
        attempt_id=attempt.id,
        no=1,
        kind=reading.kind,
        outcome=state,
        psp_ref=reading.psp_ref,
        psp_code=reading.code,
        currency=attempt.currency,
        amount_minor=attempt.amount_minor if state is AttemptState.SUCCEEDED else None,
        recorded_at=now,
    )


def _end(case: _Case, state: AttemptState) -> EndRow:
    attempt, reading = case.attempt, case.evidence.reading
    event = EVENTS[state]
    assert ATTEMPT.after(AttemptState(attempt.state), event) is state, (attempt, state)
    return EndRow(
        bucket=attempt.bucket,
        id=attempt.id,
        state_before=attempt.state,
        state_event=event,
        state=state,
        category=reading.category,
        psp_code=reading.code,
        psp_ref=reading.psp_ref,
    )


def _look(case: _Case) -> LookRow:
    assert isinstance(case.verdict, LookAgain), case.verdict
    return LookRow(
        bucket=case.attempt.bucket,
        id=case.attempt.id,
        state=case.attempt.state,
        resolve_at=case.verdict.at,
        psp_ref=case.evidence.reading.psp_ref,
    )


async def _record_contradictions(tx: Tx, cases: Sequence[_Case], *, days: BookDays) -> None:
    """Keep what cannot be of these charges as they are, and tell people."""
    told = [
        Contradicting(c.attempt, c.payment, c.evidence.reading, what)
        for c in cases
        if (what := _contradicted(c)) is not None
    ]
    await record_contradictions_in(tx, told, days=days)
    heard = [(c.attempt, c.evidence.reading) for c in cases]
    await tell_amounts_in(tx, heard, now=days.now)


def _contradicted(case: _Case) -> Contradict | None:
    if isinstance(case.verdict, Over):
        return case.verdict.late
    return case.verdict if isinstance(case.verdict, Contradict) else None
