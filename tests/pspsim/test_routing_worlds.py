"""Worlds of approval: the same for every policy, and of the kind they say."""

from statistics import mean

import pytest

from pspsim.routing.world import ACCOUNTS, Kind, RoutingWorld


def world(kind: Kind, seed: int = 3) -> RoutingWorld:
    return RoutingWorld(kind, seed=seed, days=2, per_day=400)


@pytest.mark.parametrize("kind", Kind)
def test_the_same_seed_is_the_same_world(kind: Kind) -> None:
    one, other = world(kind), world(kind)
    payments = list(one.payments())
    assert payments == list(other.payments())
    assert payments != list(world(kind, seed=4).payments())
    assert [payment.at for payment in payments] == sorted(payment.at for payment in payments)
    for payment in payments[::50]:
        assert one.approvals(payment) == other.approvals(payment)
        assert all(0 <= chance <= 1 for chance in one.approvals(payment))


@pytest.mark.parametrize("kind", [Kind.ADDITIVE, Kind.INTERACTION, Kind.NULL])
def test_luck_is_of_the_payment_and_not_of_the_choice(kind: Kind) -> None:
    here = world(kind)
    for payment in here.payments():
        chances = here.approvals(payment)
        for account in range(len(ACCOUNTS)):
            outcome = here.choose(payment, account)
            assert outcome.approved == (payment.luck < chances[account])
            assert payment.at < outcome.known_at <= payment.at + 5 + 86_400


def test_in_the_null_world_all_approve_alike_and_only_fees_differ() -> None:
    here = world(Kind.NULL)
    payments = list(here.payments())
    assert all(len(set(here.approvals(payment))) == 1 for payment in payments)
    assert here.costs(0) == here.costs(payments[-1].at)
    assert len(set(here.costs(0))) == len(ACCOUNTS)


def test_in_the_adversarial_world_who_is_used_tires_and_fees_change() -> None:
    used, rested = world(Kind.ADVERSARIAL), world(Kind.ADVERSARIAL)
    payments = list(used.payments())
    for payment in payments:
        used.choose(payment, 0)
        rested.choose(payment, 1)
    late = payments[-50:]
    assert mean(used.approvals(one)[0] for one in late) < mean(
        rested.approvals(one)[0] for one in late
    )
    assert used.costs(0) != used.costs(payments[-1].at)


def test_in_the_interaction_world_refusals_are_late_more_often() -> None:
    late = {True: [0, 0], False: [0, 0]}
    for seed in range(3):
        here = world(Kind.INTERACTION, seed=seed)
        for payment in here.payments():
            outcome = here.choose(payment, payment.no % len(ACCOUNTS))
            late[outcome.approved][0] += outcome.known_at > payment.at + 5
            late[outcome.approved][1] += 1
    assert late[False][0] / late[False][1] > late[True][0] / late[True][1]
