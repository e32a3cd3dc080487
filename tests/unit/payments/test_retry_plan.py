from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ledgerline.base.ids import PaymentMethodId
from ledgerline.payments.model import Advice, DeclineCategory
from ledgerline.payments.rules.advice import DEFAULTS, NETWORK, Advised
from ledgerline.payments.rules.bank_days import SCHEMES
from ledgerline.payments.rules.retry import AwaitPayer, GiveUp, GiveUpReason, Retry, Tries
from ledgerline.payments.rules.retry_plan import (
    Failure,
    Plan,
    Policy,
    Track,
    Why,
    begin,
    revise,
    then_of,
)
from tests.unit.payments.samples import METHOD, OTHER_METHOD

FUNDS = DeclineCategory.INSUFFICIENT_FUNDS
BERLIN = "Europe/Berlin"
FAILED_AT = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)  # already 2 March in Berlin
POLICY = Policy(1)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def utc(month: int, day: int, hour: int = 8, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


def failure(
    category: DeclineCategory = FUNDS,
    *,
    at: datetime = FAILED_AT,
    tries: Tries = Tries(1),  # noqa: B008 - frozen
    advised: Advised | None = None,
    method_id: PaymentMethodId = METHOD,
    brand: str | None = None,
) -> Failure:
    return Failure(
        category=category,
        advised=advised or DEFAULTS[category],
        tries=tries,
        failed_at=at,
        method_id=method_id,
        zone=BERLIN,
        spread=0,
        scheme=SCHEMES[brand] if brand else None,
    )


def days(plan: Plan) -> list[datetime]:
    return [one.at for one in plan.open]


def whys(plan: Plan) -> list[Why]:
    return [one.why for one in plan.slots]


CALENDAR = [utc(3, 4), utc(3, 9), utc(3, 16), utc(3, 23)]


def test_the_first_failure_lays_all_slots_in_the_payers_mornings() -> None:
    plan = begin(POLICY, failure())
    assert (days(plan), plan.track, plan.ends_at) == (CALENDAR, Track.SLOT, utc(3, 23))
    assert then_of(plan, failed_at=FAILED_AT) == Retry(utc(3, 4))


def test_each_failure_takes_the_slot_it_was_and_the_last_gives_up() -> None:
    plan = begin(POLICY, failure())
    for number, at in enumerate(CALENDAR[:-1], start=2):
        plan = revise(plan, failure(at=at, tries=Tries(number)))
        assert days(plan) == CALENDAR[number - 1 :]
        assert whys(plan)[: number - 1] == [Why.USED] * (number - 1)
    plan = revise(plan, failure(at=CALENDAR[-1], tries=Tries(5)))
    assert plan.track is Track.END
    assert then_of(plan, failed_at=CALENDAR[-1]) == GiveUp(GiveUpReason.PLAN_USED_UP)


def test_where_collection_lasts_longer_than_its_slots_the_payer_is_waited_for() -> None:
    plan = begin(replace(POLICY, collect_days=28), failure())
    for number, at in enumerate(CALENDAR, start=2):
        plan = revise(plan, failure(at=at, tries=Tries(number)))
    assert then_of(plan, failed_at=CALENDAR[-1]) == AwaitPayer(utc(3, 30, 7))  # summer time


@pytest.mark.parametrize(
    "category", sorted(one for one, said in DEFAULTS.items() if not said.allows_machine)
)
def test_what_no_machine_may_try_again_waits_for_the_payer_until_collection_ends(
    category: DeclineCategory,
) -> None:
    plan = begin(POLICY, failure(category))
    assert (days(plan), set(whys(plan))) == ([], {Why.FORBIDDEN})
    assert then_of(plan, failed_at=FAILED_AT) == AwaitPayer(utc(3, 23))
    # also behind two declines, and nothing that comes later gives a slot back
    plan = begin(POLICY, failure())
    plan = revise(plan, failure(category, at=utc(3, 4), tries=Tries(2)))
    assert then_of(plan, failed_at=utc(3, 4)) == AwaitPayer(utc(3, 23))
    assert days(revise(plan, failure(at=utc(3, 5), tries=Tries(3)))) == []


@pytest.mark.parametrize(
    "category", [DeclineCategory.ISSUER_UNAVAILABLE, DeclineCategory.PROCESSOR_ERROR]
)
def test_technical_failures_have_a_track_of_their_own_and_take_no_slot(
    category: DeclineCategory,
) -> None:
    plan, at = begin(POLICY, failure(category, tries=Tries(1, technical=1))), FAILED_AT
    for number, delay in enumerate([HOUR, 6 * HOUR, 24 * HOUR], start=2):
        assert (plan.track, plan.next_at, days(plan)[1:]) == (
            Track.TECHNICAL, at + delay, CALENDAR[1:],
        )  # fmt: skip
        at += delay
        plan = revise(plan, failure(category, at=at, tries=Tries(number, technical=number)))
    # after the third all slots are left
    assert (plan.track, days(plan)) == (Track.SLOT, CALENDAR)
    # and a real decline after it takes the first slot
    again = revise(plan, failure(at=utc(3, 4), tries=Tries(5, technical=4)))
    assert days(again) == CALENDAR[1:]


def test_no_more_tries_than_the_cap() -> None:
    plan = begin(replace(POLICY, tries_max=3), failure())
    assert (days(plan), whys(plan)[2:]) == (CALENDAR[:2], [Why.CAP, Why.CAP])
    plan = begin(replace(POLICY, tries_max=3), failure(tries=Tries(3)))
    assert then_of(plan, failed_at=FAILED_AT) == AwaitPayer(utc(3, 23))
    technical = failure(DeclineCategory.PROCESSOR_ERROR, tries=Tries(8, technical=1))
    assert begin(POLICY, technical).track is Track.END


def test_a_plain_refusal_rests_for_three_days_at_least() -> None:
    plan = begin(POLICY, failure(DeclineCategory.DO_NOT_HONOR))
    # 23:30 and three days is the fifth of March in Berlin, half an hour after midnight
    assert (days(plan), plan.slots[0].why) == ([utc(3, 5), *CALENDAR[1:]], Why.ADVICE)
    assert plan.not_before == FAILED_AT + 3 * DAY


def test_what_nobody_knows_is_tried_once_more_and_not_soon() -> None:
    unmapped = DeclineCategory.UNMAPPED
    plan = begin(POLICY, failure(unmapped))
    assert (days(plan), whys(plan)[1:]) == ([utc(3, 5)], [Why.ONCE] * 3)
    plan = revise(plan, failure(unmapped, at=utc(3, 5), tries=Tries(2)))
    assert then_of(plan, failed_at=utc(3, 5)) == AwaitPayer(utc(3, 23))


@pytest.mark.parametrize(
    ("code", "delay"),
    [("mac_24", HOUR), ("mac_25", DAY), ("mac_26", 2 * DAY), ("mac_27", 4 * DAY),
     ("mac_28", 6 * DAY), ("mac_29", 8 * DAY), ("mac_30", 10 * DAY)],
)  # fmt: skip
def test_a_network_names_the_very_instant_and_no_payday_moves_it(
    code: str, delay: timedelta
) -> None:
    policy = replace(POLICY, paydays=("friday", "month_end", "1", "15"))
    plan = begin(policy, failure(advised=NETWORK[code]))
    assert (plan.next_at, plan.slots[0].why) == (FAILED_AT + delay, Why.NETWORK)
    assert all(later - one >= DAY for one, later in zip(days(plan), days(plan)[1:], strict=False))
    # later it can only delay what is planned
    plan = begin(POLICY, failure())
    later = revise(plan, failure(at=utc(3, 4), tries=Tries(2), advised=NETWORK[code]))
    assert days(later)[0] == max(CALENDAR[1], utc(3, 4) + delay)


def test_want_of_money_waits_for_wages_three_days_at_most() -> None:
    policy = replace(POLICY, paydays=("6", "13", "17"))
    plan = begin(policy, failure())
    # the 4th waits for the 6th, the 9th would have to wait four days, the 16th waits for the 17th
    assert days(plan) == [utc(3, 6), utc(3, 9), utc(3, 17), utc(3, 23)]
    assert whys(plan) == [Why.PAYDAY, Why.CALENDAR, Why.PAYDAY, Why.CALENDAR]
    # another refusal does not bring it forward again, and wages do not move it twice
    other = revise(plan, failure(DeclineCategory.AMOUNT_LIMIT, at=utc(3, 6), tries=Tries(2)))
    assert days(other) == [utc(3, 9), utc(3, 17), utc(3, 23)]
    assert days(begin(policy, failure(DeclineCategory.AMOUNT_LIMIT))) == CALENDAR


def test_what_was_tried_late_moves_the_rest_and_the_end() -> None:
    plan = begin(POLICY, failure())
    # given an outage over the first slot: it was tried three days late
    plan = revise(plan, failure(at=utc(3, 7, 15), tries=Tries(2)))
    assert days(plan) == [utc(3, 12), utc(3, 19), utc(3, 26)]
    assert (set(whys(plan)[1:]), plan.ends_at) == ({Why.LATE}, utc(3, 26))


def test_a_try_that_the_payer_asked_for_moves_nothing() -> None:
    asked = replace(begin(POLICY, failure()), track=Track.PAYER, next_at=utc(3, 5, 12))
    plan = revise(asked, failure(at=utc(3, 7, 12), tries=Tries(2)))
    assert (days(plan), plan.ends_at) == (CALENDAR[1:], utc(3, 23))


def test_another_method_has_what_is_left_of_the_calendar_and_no_longer_time() -> None:
    # given a card that nobody may try again
    plan = begin(POLICY, failure(DeclineCategory.LOST_OR_STOLEN))
    # when another card is refused for want of money eight days later
    plan = revise(plan, failure(at=utc(3, 10, 12), tries=Tries(2), method_id=OTHER_METHOD))
    # then the slots that are still to come are its own, and the end is where it was
    assert (days(plan), plan.ends_at) == (CALENDAR[2:], utc(3, 23))
    assert (plan.method_id, plan.policy) == (OTHER_METHOD, POLICY)


@pytest.mark.parametrize(("brand", "count"), [("sepa", 2), ("bacs", 1)])
def test_bank_debits_are_presented_again_on_bank_days_as_often_as_the_scheme_allows(
    brand: str, count: int
) -> None:
    # given a failure whose slots fall on Easter and on a weekend
    at = datetime(2026, 4, 1, 9, tzinfo=UTC)
    plan = begin(replace(POLICY, retry_days=(2, 10, 14, 21)), failure(at=at, brand=brand))
    assert days(plan) == [utc(4, 7, 7), utc(4, 13, 7)][:count]
    assert whys(plan)[count:] == [Why.SCHEME] * (4 - count)
    # and what the scheme does not present again is not
    refused = begin(POLICY, failure(DeclineCategory.AMOUNT_LIMIT, at=at, brand=brand))
    assert set(whys(refused)) == {Why.SCHEME}


def test_a_slot_keeps_a_day_of_distance_from_the_one_before() -> None:
    policy = replace(POLICY, retry_days=(1, 2, 3), paydays=("4",))
    plan = begin(policy, failure())
    found: Sequence[datetime] = days(plan)
    assert found == [utc(3, 4), utc(3, 5), utc(3, 6)]
    assert plan.ends_at == utc(3, 23)


def test_advice_to_ask_the_payer_ends_no_collection() -> None:
    for advice in (Advice.UPDATE_INSTRUMENT, Advice.AUTHENTICATE, Advice.ASK_CUSTOMER):
        plan = begin(POLICY, failure(advised=Advised(advice)))
        assert then_of(plan, failed_at=FAILED_AT) == AwaitPayer(utc(3, 23))
