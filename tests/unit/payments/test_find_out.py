"""The ladder as it is climbed: what is asked and sent for what a provider can do."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
from typing_extensions import override

from ledgerline.base.ids import SetupId
from ledgerline.flows.find_out import find_out
from ledgerline.payments.adapters.gocardless.connector import CAPABILITIES as GOCARDLESS
from ledgerline.payments.adapters.sandbox.connector import CAPABILITIES
from ledgerline.payments.adapters.stripe.connector import CAPABILITIES as STRIPE
from ledgerline.payments.authentication import PayerAction
from ledgerline.payments.capabilities import Capabilities, Light, LookupKind
from ledgerline.payments.disputes import Defences, SentEvidence
from ledgerline.payments.model import (
    Action,
    EvidenceKind,
    Lookup,
    Outcome,
    Psps,
    Reading,
    Sent,
    SentAttempt,
    SentRefund,
    VerifiedEvent,
)
from ledgerline.payments.rules.ladder import Wish
from ledgerline.payments.scores import Model
from ledgerline.payments.setups import SentSetup
from tests.unit.payments.samples import ATTEMPT, CHARGE_LOOKUP, NOW, REFUND, REFUND_LOOKUP

SENT = replace(ATTEMPT, request_digest=bytes(32))
GIVEN_BACK = replace(REFUND, request_digest=bytes(32))
FOUND = Reading(Outcome.SUCCEEDED, EvidenceKind.STATUS_QUERY)
ABSENT = Reading(Outcome.ABSENT, EvidenceKind.STATUS_QUERY)
CAPTURED = Reading(Outcome.SUCCEEDED, EvidenceKind.RESPONSE)
NEVER_SENT = Reading(Outcome.NOT_EXECUTED, EvidenceKind.WITHDRAWN)
LIMITED = Reading(Outcome.NOT_EXECUTED, EvidenceKind.RESPONSE, retry_after_seconds=7)
PENDING = Reading(Outcome.PENDING, EvidenceKind.STATUS_QUERY)
DAY = timedelta(days=1)
SET_UP = SentSetup(
    bucket=ATTEMPT.bucket,
    setup_id=SetupId(ATTEMPT.attempt_id),
    psp_account=ATTEMPT.psp_account,
    currency=ATTEMPT.amount.currency,
    request_digest=bytes(32),
)


@dataclass(slots=True)
class Answering(Psps):
    """A gateway that answers in turn and remembers what it was asked."""

    can: Capabilities
    answers: list[Reading]
    there: datetime | None = NOW
    asked: list[Action | SentSetup] = field(default_factory=list)

    @override
    def capabilities(self, account: str) -> Capabilities:
        return self.can

    @override
    def is_loaded(self, account: str) -> bool:
        raise AssertionError(account)

    @override
    def call_deadline(self, account: str) -> timedelta:
        raise AssertionError(account)

    @override
    def clock(self, account: str) -> datetime | None:
        return self.there

    @override
    def prepared(self, what: Sent) -> Sent:
        raise AssertionError(what)

    @override
    def lights(self, *, now: datetime, to_charge: bool) -> Mapping[str, Light]:
        raise AssertionError(now, to_charge)

    @override
    def model(self) -> Model | None:
        return None

    @override
    async def call(self, what: Action) -> Reading:
        self.asked.append(what)
        return self.answers.pop(0)

    @override
    async def confirm(self, sent: SentAttempt, result: str) -> Reading:
        raise AssertionError(sent, result)

    @override
    async def cancel(self, subject: Lookup) -> Reading:
        raise AssertionError(subject)

    @override
    async def set_up(self, sent: SentSetup) -> Reading:
        self.asked.append(sent)
        return self.answers.pop(0)

    @override
    async def find_set_up(self, subject: Lookup) -> Reading:
        self.asked.append(subject)
        return self.answers.pop(0)

    @override
    async def confirm_set_up(self, sent: SentSetup, result: str) -> Reading:
        raise AssertionError(sent, result)

    @override
    async def cancel_set_up(self, subject: Lookup) -> Reading:
        self.asked.append(subject)
        return self.answers.pop(0)

    @override
    async def defences(self, account: str, dispute_ref: str) -> Defences:
        raise AssertionError(account, dispute_ref)

    @override
    async def send_evidence(self, sent: SentEvidence) -> Reading:
        raise AssertionError(sent)

    @override
    async def find_evidence(self, sent: SentEvidence) -> Reading:
        raise AssertionError(sent)

    @override
    def read_webhook(
        self, account: str, headers: Mapping[str, str], raw: bytes, *, now: datetime
    ) -> Sequence[VerifiedEvent]:
        raise AssertionError(account)


def climbed(
    psps: Answering,
    sent: SentAttempt | SentRefund | SentSetup,
    *,
    age: timedelta = timedelta(0),
) -> Reading:
    return asyncio.run(find_out(psps, sent, sent_at=NOW - age, now=NOW))


def test_what_is_found_is_not_sent_again() -> None:
    psps = Answering(CAPABILITIES, [FOUND])
    assert climbed(psps, SENT) == FOUND
    assert psps.asked == [CHARGE_LOOKUP]


def test_what_is_absent_is_sent_again_while_the_key_is_kept() -> None:
    psps = Answering(CAPABILITIES, [ABSENT, CAPTURED])
    assert climbed(psps, SENT, age=6 * DAY) == CAPTURED
    assert psps.asked == [replace(CHARGE_LOOKUP, sent_at=NOW - 6 * DAY), SENT]
    old = Answering(CAPABILITIES, [ABSENT])
    assert climbed(old, SENT, age=7 * DAY) == replace(ABSENT, outcome=Outcome.UNKNOWN)
    assert old.asked == [replace(CHARGE_LOOKUP, sent_at=NOW - 7 * DAY)]


def test_key_is_as_old_as_the_later_of_two_clocks_says() -> None:
    late = NOW + timedelta(hours=8)
    assert not _sends_again(age=6 * DAY, there=late)
    assert _sends_again(age=5 * DAY, there=late)
    early = NOW - 30 * DAY
    assert not _sends_again(age=7 * DAY, there=early)
    assert _sends_again(age=6 * DAY, there=early)


def test_half_of_the_window_is_used_where_no_other_clock_was_seen() -> None:
    assert _sends_again(age=timedelta(days=3, hours=11), there=None)
    assert not _sends_again(age=timedelta(days=3, hours=12), there=None)


def _sends_again(*, age: timedelta, there: datetime | None) -> bool:
    psps = Answering(CAPABILITIES, [ABSENT, CAPTURED], there=there)
    return climbed(psps, SENT, age=age) == CAPTURED


def test_refund_is_found_out_the_same_way() -> None:
    psps = Answering(CAPABILITIES, [ABSENT, CAPTURED])
    assert climbed(psps, GIVEN_BACK) == CAPTURED
    assert psps.asked == [REFUND_LOOKUP, GIVEN_BACK]


def test_replay_that_was_refused_is_unknown_and_says_when_to_come_back() -> None:
    psps = Answering(CAPABILITIES, [ABSENT, LIMITED])
    assert climbed(psps, SENT) == replace(LIMITED, outcome=Outcome.UNKNOWN)


def test_what_the_provider_still_holds_stays_pending() -> None:
    assert climbed(Answering(CAPABILITIES, [PENDING]), SENT) == PENDING


def test_provider_without_a_lookup_is_asked_by_the_key_and_only_while_it_is_kept() -> None:
    mute = replace(CAPABILITIES, lookup=LookupKind.NONE)
    psps = Answering(mute, [CAPTURED])
    assert climbed(psps, SENT) == CAPTURED
    assert psps.asked == [SENT]
    old = Answering(mute, [])
    assert climbed(old, SENT, age=7 * DAY).outcome is Outcome.UNKNOWN
    assert old.asked == []


def test_lookup_by_key_ends_with_the_key() -> None:
    by_key = replace(CAPABILITIES, lookup=LookupKind.BY_KEY, key_window=2 * DAY)
    assert climbed(Answering(by_key, [FOUND]), SENT, age=DAY) == FOUND
    old = Answering(by_key, [])
    assert climbed(old, SENT, age=2 * DAY).outcome is Outcome.UNKNOWN
    assert old.asked == []


@pytest.mark.parametrize(
    ("wish", "age", "outcome"),
    [
        (Wish.WANTED, 8 * DAY, Outcome.UNKNOWN),
        (Wish.GIVEN_UP, timedelta(hours=23), Outcome.UNKNOWN),
        (Wish.GIVEN_UP, DAY, Outcome.NOT_EXECUTED),
        (Wish.LATE, 8 * DAY, Outcome.NOT_EXECUTED),
    ],
)
def test_set_up_that_nobody_wants_is_over_once_nobody_there_knows_of_it_for_a_day(
    wish: Wish, age: timedelta, outcome: Outcome
) -> None:
    # given a provider that can only end what it holds, and holds nothing
    psps = Answering(STRIPE, [ABSENT])
    found = asyncio.run(find_out(psps, SET_UP, sent_at=NOW - age, now=NOW, wish=wish))
    assert found.outcome is outcome
    assert len(psps.asked) == 1


@pytest.mark.parametrize(
    ("acts", "age", "asks_again"),
    [
        (False, timedelta(0), True),
        (True, timedelta(0), False),  # the payer has a page
        (False, DAY, False),  # the key may be gone
    ],
)
def test_set_up_whose_payer_has_no_page_is_sent_again_for_one(
    *, acts: bool, age: timedelta, asks_again: bool
) -> None:
    waits = Reading(Outcome.REQUIRES_ACTION, EvidenceKind.STATUS_QUERY)
    page = replace(waits, action=PayerAction(url="https://pay.example"))
    psps = Answering(GOCARDLESS, [waits, page])
    sent = replace(SET_UP, return_url="https://shop.example")
    found = asyncio.run(find_out(psps, sent, sent_at=NOW - age, now=NOW, acts=acts))
    assert found == (page if asks_again else waits)
    assert psps.asked[1:] == ([sent] if asks_again else [])


@pytest.mark.parametrize("age", [timedelta(0), 1_000 * DAY])
def test_what_has_no_digest_is_over_however_old_it_is(age: timedelta) -> None:
    psps = Answering(CAPABILITIES, [NEVER_SENT])
    assert climbed(psps, ATTEMPT, age=age) == NEVER_SENT
    assert psps.asked == [ATTEMPT]
