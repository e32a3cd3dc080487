"""Choose the merchant account of charges, and write down what was chosen among what."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Final, NamedTuple

from ledgerline.base.db import Tx
from ledgerline.base.ids import (
    AttemptId,
    Bucket,
    DecisionId,
    PaymentId,
    PaymentMethodId,
    SetupId,
    bucket_of,
    instant_of,
)
from ledgerline.base.money import Money
from ledgerline.base.run import Run
from ledgerline.flows.read_routing import policy_of
from ledgerline.payments import limits, mandates, routes
from ledgerline.payments.capabilities import Debits, Light
from ledgerline.payments.debits import Announced, MandateState
from ledgerline.payments.model import AccountStatus, Initiator, Psps
from ledgerline.payments.rows.instruments import InstrumentRow
from ledgerline.payments.rows.limits import CardTryRow, LimitRow
from ledgerline.payments.rows.mandates import SchemeRuleRow
from ledgerline.payments.rows.routing import DecisionRow, PolicyRow
from ledgerline.payments.rules.authentication import EVERYBODY, Choice, ask
from ledgerline.payments.rules.authentication import Asked as Challenge
from ledgerline.payments.rules.bank_days import scheme_of
from ledgerline.payments.rules.consulting import Consulted, Payer, consult
from ledgerline.payments.rules.debit_notices import has_no_notice, rule_of
from ledgerline.payments.rules.learned import written
from ledgerline.payments.rules.mandates import is_chargeable
from ledgerline.payments.rules.network_limits import LONGEST
from ledgerline.payments.rules.routing import Candidate, Charge, Filtered, RouteDecision
from ledgerline.payments.rules.sending import Grounds
from ledgerline.payments.scores import Model

ROUTE: Final = "route"
AUTHENTICATION: Final = "authentication"
"""The kinds of decisions that are made here."""


class Choices(NamedTuple):
    """What may be chosen ``now``, once the pipeline that asked for it has ended.

    ``debits`` says of an account how it debits by mandates, None where it does not. ``model``
    orders accounts that rules leave open.
    """

    policies: Sequence[PolicyRow]
    instruments: Sequence[InstrumentRow]
    lights: Mapping[str, Light]
    limits: Sequence[LimitRow]
    tries: Sequence[CardTryRow]
    schemes: Sequence[SchemeRuleRow]
    debits: Callable[[str], Debits | None]
    model: Model | None
    now: datetime

    @property
    def on(self) -> date:
        """The day (UTC)."""
        return self.now.astimezone(UTC).date()

    def has_no_notice(self, row: InstrumentRow, payment_id: PaymentId) -> bool:
        """Say whether a debit that is ours to announce can never be."""
        debits = self.debits(row.psp_account)
        if debits is None or debits.sends_notices:
            return False
        rule = rule_of(self.schemes, row.scheme, on=self.on)
        return has_no_notice(
            has_mandate=row.mandate_id is not None,
            scheme=row.scheme,
            has_rule=rule is not None and scheme_of(rule.scheme) is not None,
            waited=self.now - datetime.fromtimestamp(instant_of(payment_id) / 1000, UTC),
        )


class Asked(NamedTuple):
    """A charge that needs an account; those in ``tried`` are none any more.

    One that ``is_again`` was refused before, wherever that was.
    ``notice`` is what told its payer of a bank debit, where it is ours to tell. Where that was to
    be decided before, ``account`` was chosen then, and no other is a choice.
    """

    attempt_id: AttemptId
    payment_id: PaymentId
    payment_method_id: PaymentMethodId
    market: str
    amount: Money
    initiator: Initiator
    tried: frozenset[str] = frozenset()
    is_again: bool = False
    notice: Announced | None = None
    account: str | None = None


class _Routed(NamedTuple):
    """By what a method can be charged, and what was decided."""

    instruments: Sequence[InstrumentRow]
    consulted: Consulted


class Chosen(NamedTuple):
    """Where a charge goes. If it can go nowhere, ``refused`` says of each account why.

    Then ``instrument`` is what was decided on, else the first of its method, and nothing may be
    sent there.
    """

    instrument: InstrumentRow
    decision_id: DecisionId
    refused: Mapping[str, Filtered]

    def due_on(self, asked: Asked) -> date | None:
        """Return the day that the payer was told of, if this is a mandate."""
        return None if asked.notice is None or self._is_no_mandate else asked.notice.due_on

    def grounds(self, asked: Asked) -> Grounds:
        """Say what the attempt rests on that goes here."""
        told = None if self._is_no_mandate else asked.notice
        return Grounds(
            self.decision_id,
            mandate_id=self.instrument.mandate_id,
            notice_no=None if told is None else told.no,
        )

    @property
    def _is_no_mandate(self) -> bool:
        return self.instrument.mandate_id is None


async def read_choices_in(
    tx: Tx,
    psps: Psps,
    *,
    buckets: Sequence[Bucket],
    ids: Sequence[PaymentMethodId],
    now: datetime,
    to_charge: bool = True,
) -> Choices:
    """Read what is needed to choose for some payment methods, in the caller's pipeline.

    A method may be named more than once. Who is about to try one of their cards at this moment is
    waited for: their try is counted then. That costs no message of its own. A preview, which is not
    ``to_charge``, waits for nobody, and takes no place at an account that is being probed.
    """
    unique = dict(zip(ids, buckets, strict=True))
    if to_charge:
        await limits.hold_cards(tx, buckets=list(unique.values()), ids=list(unique))
    return Choices(
        policies=await routes.read_policy(tx),
        instruments=await routes.read_instruments(
            tx, buckets=list(unique.values()), ids=list(unique)
        ),
        lights=psps.lights(now=now, to_charge=to_charge),
        limits=await limits.read_limits(tx),
        tries=await limits.read_card_tries(
            tx, buckets=list(unique.values()), ids=list(unique), since=now - LONGEST
        ),
        schemes=await mandates.read_scheme_rules(tx),
        debits=lambda account: psps.capabilities(account).debits,
        model=psps.model(),
        now=now,
    )


async def choose_accounts_in(
    tx: Tx, run: Run, choices: Choices, asked: Sequence[Asked], *, now: datetime
) -> list[Chosen]:
    """Choose by the rules that hold and record why, in the transaction that commits the attempts.

    Called wherever a charge is sent, by payers and by machine, also where there is but one account.
    Shape: one choice for each of ``asked``, in order; each method has an active instrument.
    """
    drawn = run.new_ids([bucket_of(one.payment_id) for one in asked])
    rows, chosen = [], []
    for one, id, routed in zip(asked, drawn, _routed(choices, asked), strict=True):
        rows.append(_row(one, DecisionId(id), routed, now=now))
        instrument, refused = _taken(one, routed)
        chosen.append(Chosen(instrument, DecisionId(id), refused))
    await routes.add_decisions(tx, rows)
    return chosen


async def decide_challenge_in(
    tx: Tx, run: Run, chosen: Chosen, asked: Asked, *, now: datetime
) -> bool:
    """Decide whether the issuer is asked to challenge a payer who is here, and record why."""
    at = chosen.instrument
    decision = ask(
        issuer_country=at.issuer_country, market=asked.market, paid_before=at.paid_before
    )
    return await record_challenge_in(tx, run, asked.attempt_id, decision, now=now)


async def record_challenge_in(
    tx: Tx, run: Run, subject_id: AttemptId | SetupId, decision: Challenge, *, now: datetime
) -> bool:
    """Record what is asked of the issuer, and why; say whether it is to challenge the payer."""
    candidates = [
        {"choice": one.value, "ppm": ppm}
        | ({"reason": decision.reasons[one].value} if one in decision.reasons else {})
        for one, ppm in decision.propensities.items()
    ]
    bucket = bucket_of(subject_id)
    row = DecisionRow(
        bucket=bucket,
        id=DecisionId(run.new_id(bucket)),
        kind=AUTHENTICATION,
        subject_id=subject_id,
        policy_version=EVERYBODY,
        rule="",
        candidates=json.dumps(candidates),
        chosen=decision.chosen,
        decided_at=now,
    )
    await routes.add_decisions(tx, [row])
    return decision.chosen is Choice.CHALLENGE


def preview_account(choices: Choices, asked: Asked) -> tuple[InstrumentRow, Mapping[str, Filtered]]:
    """Say what would be charged, and why of each account it cannot be, if it can go nowhere."""
    [routed] = _routed(choices, [asked])
    return _taken(asked, routed)


def _taken(asked: Asked, routed: _Routed) -> tuple[InstrumentRow, Mapping[str, Filtered]]:
    instruments, decision = routed.instruments, routed.consulted.decision
    taken = [row for row in instruments if row.psp_account == decision.chosen]
    meant = [row for row in instruments if row.psp_account == asked.account]
    return (taken or meant or instruments)[0], {} if taken else decision.reasons


def account_for(choices: Choices, asked: Asked) -> str | None:
    """Say which account would be chosen for a charge; None where there is none."""
    [routed] = _routed(choices, [asked])
    return routed.consulted.decision.chosen


def _routed(choices: Choices, asked: Sequence[Asked]) -> Iterator[_Routed]:
    """Decide for each charge in turn; an account that is half open gets one of them."""
    policy = policy_of(choices.policies)
    lights = dict(choices.lights)
    of_method: dict[PaymentMethodId, list[InstrumentRow]] = defaultdict(list)
    for row in choices.instruments:
        of_method[row.payment_method_id].append(row)
    for one in asked:
        instruments = of_method[one.payment_method_id]
        candidates = [_candidate(row, one, choices, lights) for row in instruments]
        payer = Payer(
            customer=str(instruments[0].customer_id),
            key=str(one.attempt_id),
            is_again=one.is_again or bool(one.tried),
        )
        charge = _charge(one, instruments[0])
        consulted = consult(choices.model, charge, candidates, policy, payer=payer)
        decision = consulted.decision
        if decision.chosen is not None and decision.chosen in lights:
            lights[decision.chosen] = Light.OPEN
        yield _Routed(instruments, consulted)


def _charge(asked: Asked, first: InstrumentRow) -> Charge:
    return Charge(
        key=str(asked.payment_id),
        market=asked.market,
        currency=asked.amount.currency,
        amount_minor=asked.amount.minor,
        initiator=asked.initiator,
        brand=first.brand,
    )


def _candidate(
    row: InstrumentRow, asked: Asked, choices: Choices, lights: Mapping[str, Light]
) -> Candidate:
    filtered = None
    if row.mit_stopped_at is not None and asked.initiator is Initiator.MERCHANT:
        filtered = Filtered.PAYER_ONLY
    elif (of_mandate := _of_mandate(row, asked, choices)) is not None:
        filtered = of_mandate
    elif row.account_status != AccountStatus.ACTIVE:
        filtered = Filtered.DISABLED
    elif row.psp_account in asked.tried:
        filtered = Filtered.ALREADY_TRIED
    elif lights.get(row.psp_account) is Light.OPEN:
        filtered = Filtered.BREAKER_OPEN
    return Candidate(
        account=row.psp_account,
        filtered=filtered,
        bin=row.bin,
        funding=row.funding,
        issuer_country=row.issuer_country,
    )


def _of_mandate(row: InstrumentRow, asked: Asked, choices: Choices) -> Filtered | None:
    """Say what speaks against a debit: its mandate, or what its payer was told."""
    if row.mandate_state == MandateState.PAUSED:
        return Filtered.MANDATE_PAUSED
    is_over = row.mandate_state is not None and not is_chargeable(
        row.mandate_state, row.lapses_on, on=choices.on
    )
    if is_over:
        return Filtered.MANDATE_ENDED
    if asked.account not in {None, row.psp_account}:
        return Filtered.TOLD_OTHERWISE
    return Filtered.NO_NOTICE if choices.has_no_notice(row, asked.payment_id) else None


def _row(asked: Asked, id: DecisionId, routed: _Routed, *, now: datetime) -> DecisionRow:
    decision, features, opinion = routed.consulted
    row = route_row(asked.attempt_id, id, decision, now=now)
    return row._replace(
        features=json.dumps(features._asdict()),
        learned=None if opinion is None else json.dumps(written(opinion)),
    )


def route_row(
    subject_id: AttemptId | SetupId, id: DecisionId, decision: RouteDecision, *, now: datetime
) -> DecisionRow:
    """Build the row of a choice of account."""
    candidates = [
        {"account": account, "ppm": ppm}
        | ({"reason": decision.reasons[account].value} if account in decision.reasons else {})
        for account, ppm in decision.propensities.items()
    ]
    return DecisionRow(
        bucket=bucket_of(subject_id),
        id=id,
        kind=ROUTE,
        subject_id=subject_id,
        policy_version=decision.version,
        rule=decision.rule,
        candidates=json.dumps(candidates),
        chosen=decision.chosen,
        decided_at=now,
    )
