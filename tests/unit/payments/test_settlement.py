from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from ledgerline.base.money import Currency, Money
from ledgerline.payments.authentication import PayerAction
from ledgerline.payments.model import (
    AttemptState,
    DeclineCategory,
    EvidenceKind,
    Initiator,
    Outcome,
    PaymentState,
    Reading,
)
from ledgerline.payments.rules.exceptions import Reason
from ledgerline.payments.rules.retry import (
    AwaitPayer,
    GiveUp,
    GiveUpReason,
    Postpone,
    Retry,
)
from ledgerline.payments.rules.retry_plan import Policy, Track
from ledgerline.payments.rules.settlement import (
    CLOSED,
    AskPayer,
    Contradict,
    Elsewhere,
    Facts,
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
from ledgerline.payments.unasked import UNSTARTED
from tests.unit.payments.samples import METHOD, OTHER_METHOD

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
FACTS = Facts(
    attempt_state=AttemptState.SENT,
    amount_minor=1799,
    currency="EUR",
    initiator=Initiator.MERCHANT,
    looks=0,
    payment_state=PaymentState.PROCESSING,
    tries=1,
    technical_tries=0,
    own_failures=0,
    payer_tries=0,
    resume=None,
    zone="Europe/Berlin",
    spread=0,
    method_id=METHOD,
    policy=Policy(1),
)
ASKED = Money(1799, Currency("EUR"))
FUNDS = DeclineCategory.INSUFFICIENT_FUNDS


def _read(outcome: Outcome, amount: Money | None = ASKED) -> Reading:
    category = FUNDS if outcome is Outcome.DECLINED else None
    return Reading(outcome, EvidenceKind.STATUS_QUERY, amount=amount, category=category)


def _expected(attempt: AttemptState, outcome: Outcome, payment: PaymentState) -> type[Verdict]:
    """Say by hand what kind of verdict each case has."""
    if attempt in CLOSED:
        contradicts = {
            (AttemptState.DECLINED, Outcome.SUCCEEDED),
            (AttemptState.NOT_EXECUTED, Outcome.SUCCEEDED),
            (AttemptState.SUCCEEDED, Outcome.DECLINED),
        }
        return Contradict if (attempt, outcome) in contradicts else Ignore
    if outcome in {Outcome.PENDING, Outcome.UNKNOWN, Outcome.ABSENT, Outcome.REQUIRES_ACTION}:
        return LookAgain
    if payment is not PaymentState.PROCESSING:
        return Over
    return Succeed if outcome is Outcome.SUCCEEDED else Fail


@pytest.mark.parametrize(
    ("attempt", "outcome", "payment"), list(product(AttemptState, Outcome, PaymentState))
)
def test_every_case_has_its_verdict(
    attempt: AttemptState, outcome: Outcome, payment: PaymentState
) -> None:
    facts = replace(FACTS, attempt_state=attempt, payment_state=payment)
    assert type(verdict(facts, _read(outcome), now=NOW)) is _expected(attempt, outcome, payment)


@pytest.mark.parametrize("outcome", [Outcome.UNKNOWN, Outcome.ABSENT, Outcome.PENDING])
@pytest.mark.parametrize("looks", [0, 5, 6, 500])
def test_nothing_ends_by_age_or_by_looking_often(outcome: Outcome, looks: int) -> None:
    found = verdict(replace(FACTS, looks=looks), _read(outcome, None), now=NOW)
    assert isinstance(found, LookAgain)
    assert found.at > NOW
    assert found.unknown == (outcome is not Outcome.PENDING)


@pytest.mark.parametrize(
    "moved",
    [Money(1798, Currency("EUR")), Money(1800, Currency("EUR")), Money(1799, Currency("USD"))],
)
@pytest.mark.parametrize("attempt", [AttemptState.SENT, AttemptState.UNKNOWN])
def test_other_amount_than_asked_is_no_success(moved: Money, attempt: AttemptState) -> None:
    found = verdict(replace(FACTS, attempt_state=attempt), _read(Outcome.SUCCEEDED, moved), now=NOW)
    assert found == LookAgain(NOW + timedelta(seconds=10), unknown=True)


@pytest.mark.parametrize("outcome", [Outcome.UNKNOWN, Outcome.PENDING])
def test_next_look_waits_for_what_the_provider_asked_for(outcome: Outcome) -> None:
    reading = Reading(outcome, EvidenceKind.RESPONSE, retry_after_seconds=120)
    found = verdict(FACTS, reading, now=NOW)
    assert found == LookAgain(NOW + timedelta(seconds=120), unknown=outcome is Outcome.UNKNOWN)


@pytest.mark.parametrize(
    ("attempt", "outcome", "expected"),
    [
        (
            AttemptState.DECLINED,
            Outcome.SUCCEEDED,
            Contradict(Reason.LATE_SUCCESS, money_moved=True),
        ),
        (
            AttemptState.NOT_EXECUTED,
            Outcome.SUCCEEDED,
            Contradict(Reason.LATE_SUCCESS, money_moved=True),
        ),
        (
            AttemptState.SUCCEEDED,
            Outcome.DECLINED,
            Contradict(Reason.DECLINED_AFTER_SUCCESS, money_moved=False),
        ),
    ],
)
def test_contradiction_says_whether_money_moved(
    attempt: AttemptState, outcome: Outcome, expected: Contradict
) -> None:
    assert verdict(replace(FACTS, attempt_state=attempt), _read(outcome), now=NOW) == expected


@pytest.mark.parametrize("attempt", sorted(CLOSED))
def test_a_charge_that_is_ended_after_it_was_paid_contradicts_that(attempt: AttemptState) -> None:
    ended = Reading(Outcome.NOT_EXECUTED, EvidenceKind.VOID_CONFIRMED)
    unsent = Reading(Outcome.NOT_EXECUTED, EvidenceKind.TRANSPORT)
    told = Contradict(Reason.DECLINED_AFTER_SUCCESS, money_moved=False)
    facts = replace(FACTS, attempt_state=attempt)
    is_paid = attempt is AttemptState.SUCCEEDED
    assert verdict(facts, ended, now=NOW) == (told if is_paid else Ignore())
    assert verdict(facts, unsent, now=NOW) == Ignore()


@pytest.mark.parametrize("payment", [PaymentState.FAILED, PaymentState.CANCELED])
def test_success_of_a_payment_that_was_given_up_is_money_nobody_expects(
    payment: PaymentState,
) -> None:
    facts = replace(FACTS, attempt_state=AttemptState.UNKNOWN, payment_state=payment)
    found = verdict(facts, _read(Outcome.SUCCEEDED), now=NOW)
    late = Contradict(Reason.LATE_SUCCESS, money_moved=True)
    assert found == Over(AttemptState.SUCCEEDED, late)
    assert verdict(facts, _read(Outcome.DECLINED), now=NOW) == Over(AttemptState.DECLINED)


@pytest.mark.parametrize("outcome", [Outcome.DECLINED, Outcome.NOT_EXECUTED])
def test_payer_who_is_present_chooses_what_to_try_next(outcome: Outcome) -> None:
    found = verdict(replace(FACTS, initiator=Initiator.CUSTOMER), _read(outcome), now=NOW)
    assert isinstance(found, Fail)
    assert found.then == GiveUp(GiveUpReason.PAYER_IS_HERE)


def test_decline_takes_the_next_slot_of_the_calendar() -> None:
    found = verdict(FACTS, _read(Outcome.DECLINED), now=NOW)
    # two days later at nine in Berlin
    assert isinstance(found, Fail)
    assert found.then == Retry(datetime(2026, 3, 3, 8, tzinfo=UTC))
    assert found.plan is not None
    assert (found.plan.track, found.plan.method_id) == (Track.SLOT, METHOD)
    # and the next failure gives the next revision of that plan
    again = replace(FACTS, tries=2, plan=found.plan)
    found = verdict(again, _read(Outcome.DECLINED), now=found.plan.next_at)
    assert isinstance(found, Fail)
    assert found.then == Retry(datetime(2026, 3, 8, 8, tzinfo=UTC))


def test_our_own_failures_take_no_slot_of_the_calendar() -> None:
    # given a first decline after six tries that executed nothing
    facts = replace(FACTS, tries=7, own_failures=6)
    found = verdict(facts, _read(Outcome.DECLINED), now=NOW)
    assert isinstance(found, Fail)
    assert (found.then, found.own_failures) == (Retry(datetime(2026, 3, 3, 8, tzinfo=UTC)), 6)


@pytest.mark.parametrize(
    ("failures", "delay"),
    [
        (0, timedelta(minutes=15)),
        (1, timedelta(hours=1)),
        (2, timedelta(hours=4)),
        (400, timedelta(hours=4)),
    ],
)
def test_a_try_that_executed_nothing_is_postponed_however_often(
    failures: int, delay: timedelta
) -> None:
    facts = replace(FACTS, tries=failures + 1, own_failures=failures)
    found = verdict(facts, _read(Outcome.NOT_EXECUTED), now=NOW)
    assert found == own(Postpone(NOW + delay), failures + 1)


def test_a_refusal_of_the_merchant_is_ours_and_waits_as_long_as_the_provider_wants() -> None:
    reading = Reading(
        Outcome.DECLINED, EvidenceKind.RESPONSE, category=DeclineCategory.MERCHANT_CONFIG,
        retry_after_seconds=7200,
    )  # fmt: skip
    found = verdict(FACTS, reading, now=NOW)
    assert found == replace(own(Postpone(NOW + timedelta(hours=2)), 1), state=AttemptState.DECLINED)


def test_what_waited_in_our_own_queue_is_as_if_never_begun() -> None:
    reading = Reading(Outcome.NOT_EXECUTED, EvidenceKind.TRANSPORT, code=UNSTARTED)
    assert verdict(FACTS, reading, now=NOW) == own(Postpone(NOW + timedelta(seconds=5)), 1)


def own(then: Postpone, failures: int) -> Fail:
    return Fail(
        AttemptState.NOT_EXECUTED, then, technical_tries=0, own_failures=failures, is_ours=True
    )


SLOT = NOW + timedelta(days=2)
PAYERS = replace(FACTS, initiator=Initiator.CUSTOMER, tries=2, payer_tries=1, resume=Retry(SLOT))


def _refused(category: DeclineCategory) -> Reading:
    return Reading(Outcome.DECLINED, EvidenceKind.RESPONSE, amount=ASKED, category=category)


def test_a_try_of_the_payer_takes_no_slot() -> None:
    found = verdict(PAYERS, _refused(FUNDS), now=NOW)
    assert found == Fail(
        AttemptState.DECLINED, Retry(SLOT), technical_tries=0, own_failures=0, is_ours=False
    )
    # and the machine's next failure takes the slot it would have taken without
    after = replace(FACTS, tries=3, payer_tries=1)
    alone = replace(FACTS, tries=2)
    assert verdict(after, _refused(FUNDS), now=NOW) == verdict(alone, _refused(FUNDS), now=NOW)


def test_what_no_machine_may_try_waits_until_collection_ends() -> None:
    first = verdict(FACTS, _refused(FUNDS), now=NOW)
    assert isinstance(first, Fail)
    planned = replace(PAYERS, plan=first.plan)
    found = verdict(planned, _refused(DeclineCategory.LOST_OR_STOLEN), now=NOW + timedelta(hours=1))
    assert isinstance(found, Fail)
    assert found.then == AwaitPayer(datetime(2026, 3, 22, 8, tzinfo=UTC))  # day 21
    assert found.plan is not None
    assert found.plan.open == ()
    # also where no machine has tried it yet
    found = verdict(replace(PAYERS, tries=1), _refused(DeclineCategory.LOST_OR_STOLEN), now=NOW)
    assert isinstance(found, Fail)
    assert isinstance(found.then, AwaitPayer)


def test_another_card_of_the_payer_has_a_calendar_of_its_own() -> None:
    first = verdict(FACTS, _refused(DeclineCategory.LOST_OR_STOLEN), now=NOW)
    assert isinstance(first, Fail)
    facts = replace(PAYERS, plan=first.plan, method_id=OTHER_METHOD, resume=AwaitPayer(SLOT))
    found = verdict(facts, _refused(FUNDS), now=NOW + timedelta(hours=1))
    assert isinstance(found, Fail)
    assert found.then == Retry(datetime(2026, 3, 3, 8, tzinfo=UTC))


def test_what_waited_for_the_payer_waits_on() -> None:
    waiting = replace(PAYERS, resume=AwaitPayer(SLOT))
    for category in (FUNDS, DeclineCategory.LOST_OR_STOLEN, DeclineCategory.MERCHANT_CONFIG):
        found = verdict(waiting, _refused(category), now=NOW)
        assert isinstance(found, Fail)
        assert found.then == AwaitPayer(SLOT)


def test_a_failure_of_ours_beside_the_payer_postpones_nothing() -> None:
    lost = Reading(Outcome.NOT_EXECUTED, EvidenceKind.TRANSPORT)
    found = verdict(PAYERS, lost, now=NOW)
    assert isinstance(found, Fail)
    assert (found.then, found.own_failures, found.is_ours) == (Postpone(SLOT), 0, True)


@pytest.mark.parametrize("facts", [replace(FACTS, initiator=Initiator.CUSTOMER), PAYERS])
def test_where_another_account_is_asked_at_once_the_payment_goes_on_and_nothing_is_counted(
    facts: Facts,
) -> None:
    further = replace(facts, goes_elsewhere=True)
    refused = verdict(further, _read(Outcome.DECLINED), now=NOW)
    assert refused == Fail(
        AttemptState.DECLINED, Elsewhere(), technical_tries=0, own_failures=0, is_ours=False
    )
    # but what is not known, or has succeeded, is as it is anywhere
    for outcome in (Outcome.UNKNOWN, Outcome.PENDING, Outcome.ABSENT, Outcome.SUCCEEDED):
        assert verdict(further, _read(outcome), now=NOW) == verdict(facts, _read(outcome), now=NOW)


ASKS = Reading(
    Outcome.REQUIRES_ACTION,
    EvidenceKind.RESPONSE,
    amount=ASKED,
    action=PayerAction(url="https://bank.example/1", expires_at=NOW + timedelta(minutes=15)),
)
HERE = replace(FACTS, initiator=Initiator.CUSTOMER, act_until=NOW + timedelta(minutes=30))


def test_payer_who_can_come_back_is_asked_to_act_until_both_stop_waiting() -> None:
    # given a provider that waits for a quarter of an hour, and one that says nothing
    assert ASKS.action is not None
    endless = replace(ASKS, action=replace(ASKS.action, expires_at=None))
    found = [verdict(HERE, one, now=NOW) for one in (ASKS, endless)]
    # then the payer has so long, and it is looked at soon in any case
    until = [NOW + timedelta(minutes=15), NOW + timedelta(minutes=30)]
    assert found == [
        AskPayer(replace(ASKS.action, expires_at=at), NOW + timedelta(seconds=10)) for at in until
    ]
    # and the last look comes when their time is over
    late = verdict(replace(HERE, looks=5), ASKS, now=NOW)
    assert isinstance(late, AskPayer)
    assert late.at == until[0]


@pytest.mark.parametrize(
    "facts",
    [
        replace(HERE, act_until=None),
        replace(HERE, act_until=NOW),
        replace(HERE, payment_state=PaymentState.CANCELED),
        FACTS,
    ],
)
def test_nobody_is_asked_to_act_who_cannot_or_need_not(facts: Facts) -> None:
    found = verdict(facts, ASKS, now=NOW)
    assert isinstance(found, LookAgain)
    assert found.unknown


def test_challenge_that_was_not_passed_is_no_failure_of_ours() -> None:
    ended = Reading(
        Outcome.NOT_EXECUTED,
        EvidenceKind.VOID_CONFIRMED,
        category=DeclineCategory.AUTHENTICATION_FAILED,
    )
    found = verdict(replace(HERE, attempt_state=AttemptState.REQUIRES_ACTION), ended, now=NOW)
    assert isinstance(found, Fail)
    assert (found.is_ours, found.then) == (False, GiveUp(GiveUpReason.PAYER_IS_HERE))


def test_what_was_held_and_ended_failed_for_want_of_its_payer_whoever_tells() -> None:
    ended = Reading(Outcome.NOT_EXECUTED, EvidenceKind.VOID_CONFIRMED, psp_ref="ch_1")
    said = explained(ended, asks_payer=True, psp_ref=None)
    assert said.category is DeclineCategory.AUTHENTICATION_FAILED
    nameless = replace(ended, psp_ref=None)
    assert explained(nameless, asks_payer=True, psp_ref="ch_1").category is said.category
    # but what never arrived, what could ask nobody and what says why itself stay as they are
    assert explained(nameless, asks_payer=True, psp_ref=None) is nameless
    assert explained(ended, asks_payer=False, psp_ref="ch_1") is ended
    for other in (_read(Outcome.SUCCEEDED), replace(ended, category=DeclineCategory.DUPLICATE)):
        assert explained(other, asks_payer=True, psp_ref="ch_1") is other


@pytest.mark.parametrize(
    ("outcome", "known"),
    [
        (Outcome.SUCCEEDED, True), (Outcome.DECLINED, True), (Outcome.PENDING, True),
        (Outcome.UNKNOWN, False), (Outcome.ABSENT, False),
    ],
)  # fmt: skip
def test_an_end_or_a_hold_says_what_became_of_an_attempt(outcome: Outcome, *, known: bool) -> None:
    reading = Reading(outcome, EvidenceKind.STATUS_QUERY)
    assert is_known(verdict(FACTS, reading, now=NOW)) is known
    closed = replace(FACTS, attempt_state=AttemptState.DECLINED)
    assert not is_known(verdict(closed, reading, now=NOW))
