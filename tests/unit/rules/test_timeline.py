"""The fold of a subscription's log: terms by date, what stands, and the state."""

from dataclasses import replace
from datetime import date
from itertools import permutations

import pytest

from ledgerline.base.calendar import Grid
from ledgerline.base.states import StateRefused
from ledgerline.rules.timeline import Clock, Delta, Entry, Offer, Step, fold, laid_out
from ledgerline.subscriptions.model import LogKind, SubscriptionState
from tests.unit.rules.sold import ALWAYS, MONTHLY, YEARLY, price_id

MAY_1 = date(2026, 5, 1)
MAY_11 = date(2026, 5, 11)
JUNE_1 = date(2026, 6, 1)
JULY_1 = date(2026, 7, 1)
CLOCK = Clock(Grid(MAY_1, MONTHLY, 1), JUNE_1)


def step(
    plan: str,
    start: date,
    end: date | None = None,
    *,
    component: str = "base",
    quantity: int = 1,
) -> Step:
    return Step(
        component=component,
        plan_code=plan,
        phase_no=1,
        price_id=price_id(plan, 1, component, ALWAYS),
        quantity=quantity,
        starts_on=start,
        ends_on=end,
    )


CREATED = Entry(
    seq=1,
    kind=LogKind.CREATED,
    effective=MAY_1,
    delta=Delta(steps=(step("individual", MAY_1),), clock=CLOCK, first_item=1),
)
ACTIVATED = Entry(2, LogKind.ACTIVATED, MAY_1)
BOUGHT = [CREATED, ACTIVATED]


def changed(seq: int, plan: str, day: date, *, quantity: int = 1, keeps: bool = False) -> Entry:
    delta = Delta(steps=(step(plan, day, quantity=quantity),), keeps_quantity=keeps, first_item=9)
    return Entry(seq, LogKind.PLAN_CHANGED, day, delta)


def planned(seq: int, plan: str, day: date) -> Entry:
    return replace(changed(seq, plan, day), kind=LogKind.CHANGE_SCHEDULED)


def quantified(seq: int, quantity: int, day: date) -> Entry:
    return Entry(seq, LogKind.QUANTITY_CHANGED, day, Delta(quantities={"base": quantity}))


def undone(seq: int, of: int, day: date = MAY_11) -> Entry:
    return Entry(seq, LogKind.UNDONE, day, Delta(undoes=(of,)))


def in_force(log: list[Entry], day: date) -> list[tuple[str, str, int]]:
    held = fold(log, on=day).on(day)
    return [(name, one.plan_code, one.quantity) for name, one in sorted(held.items())]


def test_a_paid_purchase_folds_to_an_active_subscription() -> None:
    found = fold(BOUGHT, on=MAY_1)
    assert found.state is SubscriptionState.ACTIVE
    assert found.steps == (step("individual", MAY_1),)
    assert (found.offers, found.clock, found.ends_on, found.intentions) == ((), CLOCK, None, ())


def test_a_change_for_the_period_end_stands_until_its_day() -> None:
    # given a change recorded on 11 May for 1 June
    change = planned(3, "family", JUNE_1)
    log = [*BOUGHT, change]
    # then it is pending before that day and in force on it
    assert fold(log, on=MAY_11).intentions == (change,)
    assert in_force(log, MAY_11) == [("base", "individual", 1)]
    assert fold(log, on=JUNE_1).intentions == ()
    assert in_force(log, JUNE_1) == [("base", "family", 1)]


def test_of_two_changes_on_one_date_the_later_recorded_wins() -> None:
    log = [*BOUGHT, changed(3, "family", MAY_11), changed(4, "duo", MAY_11)]
    assert in_force(log, MAY_11) == [("base", "duo", 1)]


def test_changes_count_in_the_order_of_their_dates_not_of_their_records() -> None:
    # given a plan that was agreed first and begins last
    log = [*BOUGHT, planned(3, "family", JULY_1), changed(4, "duo", MAY_11)]
    assert in_force(log, MAY_11) == [("base", "duo", 1)]
    assert in_force(log, JUNE_1) == [("base", "duo", 1)]
    assert in_force(log, JULY_1) == [("base", "family", 1)]


def test_terms_do_not_depend_on_how_entries_of_other_dates_are_read() -> None:
    later = [
        changed(3, "family", MAY_11),
        planned(4, "duo", JULY_1),
        Entry(5, LogKind.CANCEL_SCHEDULED, JUNE_1),
    ]
    found = [fold([*BOUGHT, *order], on=MAY_11) for order in permutations(later)]
    assert all(one.steps == found[0].steps for one in found)
    assert {one.ends_on for one in found} == {JUNE_1}
    assert {one.state for one in found} == {SubscriptionState.ACTIVE}


def test_a_log_its_state_table_does_not_allow_is_refused() -> None:
    overdue = Entry(2, LogKind.PAYMENT_OVERDUE, MAY_11)
    with pytest.raises(StateRefused):
        fold([CREATED, overdue], on=MAY_11)


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        ((), SubscriptionState.INCOMPLETE),
        ((LogKind.PURCHASE_EXPIRED,), SubscriptionState.EXPIRED),
        ((LogKind.TRIAL_STARTED,), SubscriptionState.TRIALING),
        ((LogKind.TRIAL_STARTED, LogKind.TRIAL_CONVERTED), SubscriptionState.ACTIVE),
        ((LogKind.ACTIVATED, LogKind.PAYMENT_OVERDUE), SubscriptionState.PAST_DUE),
        (
            (LogKind.ACTIVATED, LogKind.PAYMENT_OVERDUE, LogKind.PAYMENT_SETTLED),
            SubscriptionState.ACTIVE,
        ),
        ((LogKind.ACTIVATED, LogKind.CANCELED), SubscriptionState.CANCELED),
    ],
)
def test_states_follow_the_facts(kinds: tuple[LogKind, ...], expected: SubscriptionState) -> None:
    facts = [Entry(seq, kind, MAY_1) for seq, kind in enumerate(kinds, 2)]
    assert fold([CREATED, *facts], on=MAY_1).state is expected


def test_what_is_undone_was_never_there() -> None:
    log = [*BOUGHT, planned(3, "family", JUNE_1), undone(4, 3)]
    assert fold(log, on=MAY_11) == fold(BOUGHT, on=MAY_11)
    leaving = [*BOUGHT, Entry(3, LogKind.CANCEL_SCHEDULED, JUNE_1)]
    assert fold(leaving, on=MAY_11).ends_on == JUNE_1
    assert fold([*leaving, undone(4, 3)], on=MAY_11).ends_on is None


def test_a_change_may_take_the_one_that_waits_back() -> None:
    second = planned(4, "duo", JUNE_1)
    second = replace(second, delta=replace(second.delta, undoes=(3,)))
    log = [*BOUGHT, planned(3, "family", JUNE_1), second]
    assert fold(log, on=MAY_11).intentions == (second,)
    assert in_force(log, JUNE_1) == [("base", "duo", 1)]


def test_a_quantity_reaches_every_later_step() -> None:
    log = [*BOUGHT, planned(3, "family", JUNE_1), quantified(4, 5, MAY_11)]
    assert in_force(log, date(2026, 5, 10)) == [("base", "individual", 1)]
    assert in_force(log, MAY_11) == [("base", "individual", 5)]
    # but a plan that names its own quantity, from a later date, has it
    assert in_force(log, JUNE_1) == [("base", "family", 1)]


def test_a_change_can_keep_the_quantity_that_is_then_in_force() -> None:
    log = [*BOUGHT, changed(3, "family", JUNE_1, keeps=True), quantified(4, 5, MAY_11)]
    assert in_force(log, JUNE_1) == [("base", "family", 5)]
    log = [*BOUGHT, changed(3, "family", JUNE_1, quantity=2), quantified(4, 5, MAY_11)]
    assert in_force(log, JUNE_1) == [("base", "family", 2)]


def test_a_component_that_is_removed_ends_and_the_others_go_on() -> None:
    hifi = step("hifi", MAY_1, component="hifi")
    created = replace(CREATED, delta=replace(CREATED.delta, steps=(*CREATED.delta.steps, hifi)))
    removed = Entry(3, LogKind.PLAN_CHANGED, MAY_11, Delta(removed=("hifi",)))
    log = [created, ACTIVATED, removed]
    assert in_force(log, date(2026, 5, 10)) == [("base", "individual", 1), ("hifi", "hifi", 1)]
    assert in_force(log, MAY_11) == [("base", "individual", 1)]
    assert fold(log, on=MAY_11).steps[-1] == replace(hifi, ends_on=MAY_11)


def test_the_clock_is_that_of_the_newest_entry_that_sets_one() -> None:
    yearly = Clock(Grid(MAY_11, YEARLY, 11), date(2027, 5, 11))
    change = changed(3, "year", MAY_11)
    change = replace(change, delta=replace(change.delta, clock=yearly))
    log = [*BOUGHT, change, quantified(4, 2, JUNE_1)]
    assert fold(log, on=JUNE_1).clock == yearly
    assert fold([*log, undone(5, 3)], on=JUNE_1).clock == CLOCK


def test_offers_stand_in_the_order_of_their_dates() -> None:
    first = Offer(
        code="A", component="base", from_on=MAY_1, until_on=JULY_1, periods=2, per=MONTHLY
    )
    second = Offer(
        code="B", component="base", from_on=MAY_11, until_on=None, periods=None, per=MONTHLY
    )
    created = replace(CREATED, delta=replace(CREATED.delta, offers=(first,)))
    more = Entry(3, LogKind.PLAN_CHANGED, MAY_11, Delta(offers=(second,)))
    assert fold([created, ACTIVATED, more], on=MAY_11).offers == (first, second)


def test_steps_end_where_the_next_of_their_component_begins() -> None:
    hifi = step("hifi", MAY_1, component="hifi")
    found = laid_out([step("b", JUNE_1), hifi, step("a", MAY_1), step("c", JULY_1, JULY_1)])
    assert found == (step("a", MAY_1, JUNE_1), replace(step("b", JUNE_1), ends_on=JULY_1), hifi)


def test_steps_without_a_day_are_left_out_and_own_ends_are_kept() -> None:
    assert laid_out([step("a", MAY_1), step("b", MAY_1)]) == (step("b", MAY_1),)
    gap = [step("a", MAY_1, MAY_11), step("b", JUNE_1)]
    assert laid_out(gap) == tuple(gap)
    assert laid_out([]) == ()
