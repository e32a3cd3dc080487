"""Worlds of refused renewals: the same for every policy, and of the kind they say."""

from datetime import timedelta

import pytest

from pspsim.declined.payers import Cause, Payer, holds_money
from pspsim.declined.world import BEGIN, DeclinedWorld, Kind

NUMBERS = range(300)


def world(kind: Kind, seed: int = 3) -> DeclinedWorld:
    return DeclinedWorld(kind, seed=seed, days=90)


@pytest.mark.parametrize("kind", Kind)
def test_the_same_seed_is_the_same_world(kind: Kind) -> None:
    drawn = list(world(kind).renewals(NUMBERS))
    assert drawn == list(world(kind).renewals(NUMBERS))
    assert drawn != list(world(kind, seed=4).renewals(NUMBERS))
    here, there = world(kind), world(kind)
    for one in reversed(drawn):  # whoever asks in whatever order
        at = one.failed_at + timedelta(days=one.no % 20, hours=7)
        assert here.approves(one, at, 1) == there.approves(one, at, 1)


def test_where_time_is_nothing_only_the_number_of_the_try_counts() -> None:
    here = world(Kind.NULL)
    for one in here.renewals(NUMBERS):
        for ordinal in (1, 2, 3):
            said = {
                here.approves(one, one.failed_at + timedelta(days=d), ordinal) for d in range(9)
            }
            assert len(said) == 1


@pytest.mark.parametrize("kind", [Kind.PAYDAYS, Kind.MASKED])
def test_elsewhere_some_moments_are_better_and_some_payers_never_pay(kind: Kind) -> None:
    here = world(kind)
    paid = []
    for one in here.renewals(NUMBERS):
        moments = [one.failed_at + timedelta(hours=9 * n) for n in range(1, 75)]
        paid.append(sum(here.approves(one, at, 1) for at in moments) / len(moments))
    assert 0.03 < sum(share == 0 for share in paid) / len(paid) < 0.4
    assert sum(0 < share < 0.8 for share in paid) > len(paid) / 3


def test_codes_say_less_where_they_are_masked() -> None:
    def told(kind: Kind) -> int:
        return sum(
            one.category == "do_not_honor"
            for seed in range(3)
            for one in world(kind, seed).renewals(NUMBERS)
        )

    assert told(Kind.MASKED) > told(Kind.PAYDAYS)


def test_wages_come_on_their_day_and_are_spent() -> None:
    payer = Payer(
        cause=Cause.FUNDS, payday=31, weekday=0, comes_hour=6, lasts_hours=48, trusted_after_hours=0
    )
    february = BEGIN.replace(month=2, day=28)  # the last day, since there is no 31st
    assert not holds_money(payer, february + timedelta(hours=5))
    assert holds_money(payer, february + timedelta(hours=6))
    assert holds_money(payer, february + timedelta(hours=53))
    assert not holds_money(payer, february + timedelta(hours=54))
    weekly = payer._replace(payday=0)
    assert holds_money(weekly, BEGIN.replace(day=5, hour=7))  # a Monday
    assert not holds_money(weekly, BEGIN.replace(day=8))
