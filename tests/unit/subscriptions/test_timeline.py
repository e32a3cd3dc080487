"""The fold of a subscription's log."""

from datetime import date
from itertools import permutations

import pytest

from ledgerline.base.states import StateRefused
from ledgerline.subscriptions.model import LogKind, SubscriptionState
from ledgerline.subscriptions.rules.timeline import Entry, Timeline, fold

MAY_1 = date(2026, 5, 1)
MAY_11 = date(2026, 5, 11)
JUNE_1 = date(2026, 6, 1)
CREATED = Entry(
    seq=1, kind=LogKind.CREATED, effective=MAY_1, plan="individual_monthly", price="price-1"
)
ACTIVATED = Entry(2, LogKind.ACTIVATED, MAY_1)


def test_a_paid_purchase_folds_to_an_active_subscription() -> None:
    assert fold([CREATED, ACTIVATED], on=MAY_1) == Timeline(
        SubscriptionState.ACTIVE, "individual_monthly", "price-1"
    )


def test_a_change_for_the_period_end_stands_until_its_day() -> None:
    # given a change recorded on 11 May for 1 June
    change = Entry(
        seq=3, kind=LogKind.PLAN_CHANGED, effective=JUNE_1, plan="family_monthly", price="price-2"
    )
    log = [CREATED, ACTIVATED, change]
    # then it is pending before that day and in force on it
    assert fold(log, on=MAY_11) == Timeline(
        SubscriptionState.ACTIVE, "individual_monthly", "price-1", next_plan="family_monthly"
    )
    assert fold(log, on=JUNE_1) == Timeline(SubscriptionState.ACTIVE, "family_monthly", "price-2")


def test_of_two_changes_on_one_date_the_later_recorded_wins() -> None:
    first = Entry(
        seq=3, kind=LogKind.PLAN_CHANGED, effective=MAY_11, plan="family_monthly", price="price-2"
    )
    second = Entry(
        seq=4, kind=LogKind.PLAN_CHANGED, effective=MAY_11, plan="duo_monthly", price="price-3"
    )
    assert fold([CREATED, ACTIVATED, first, second], on=MAY_11).plan == "duo_monthly"


def test_the_order_in_which_entries_are_read_does_not_matter() -> None:
    change = Entry(
        seq=3, kind=LogKind.PLAN_CHANGED, effective=MAY_11, plan="family_monthly", price="price-2"
    )
    leaving = Entry(4, LogKind.CANCEL_SCHEDULED, JUNE_1)
    folded = {
        fold(list(order), on=MAY_11)
        for order in permutations([CREATED, ACTIVATED, change, leaving])
    }
    assert folded == {
        Timeline(SubscriptionState.ACTIVE, "family_monthly", "price-2", ends_on=JUNE_1)
    }


def test_a_log_its_state_table_does_not_allow_is_refused() -> None:
    overdue = Entry(2, LogKind.PAYMENT_OVERDUE, MAY_11)
    with pytest.raises(StateRefused):
        fold([CREATED, overdue], on=MAY_11)
