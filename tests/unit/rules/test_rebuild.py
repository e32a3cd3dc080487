"""The rows that follow from a log, when they are due, and how a log is written and read."""

import json
from datetime import UTC, date, datetime

import pytest

from ledgerline.base.calendar import Cadence, Grid, Unit
from ledgerline.base.ids import Bucket
from ledgerline.rules.entries import read_delta, read_entry, write_delta
from ledgerline.rules.timeline import Clock, Delta, Entry, Offer, Projection, next_due, rebuild
from ledgerline.subscriptions.model import LogKind, SubscriptionState
from ledgerline.subscriptions.rows import LogRow, OfferRow
from tests.unit.rules.sold import MONTHLY
from tests.unit.rules.story import ID
from tests.unit.rules.test_timeline import (
    BOUGHT,
    CLOCK,
    JULY_1,
    JUNE_1,
    MAY_1,
    MAY_11,
    changed,
    planned,
    step,
    undone,
)

S = SubscriptionState


def rows(
    log: list[Entry], *, billed_until: date | None = None, zone: str = "Etc/UTC"
) -> Projection:
    return rebuild(ID, log, billed_until=billed_until, on=MAY_11, zone=zone)


def items(found: Projection) -> list[tuple[int, str, int, date, date | None]]:
    return [
        (one.no, one.plan_code, one.quantity, one.starts_on, one.ends_on) for one in found.items
    ]


def opening(entry: Entry, first_item: int) -> Entry:
    delta = entry.delta
    return Entry(
        entry.seq,
        entry.kind,
        entry.effective,
        Delta(
            steps=delta.steps,
            keeps_quantity=delta.keeps_quantity,
            undoes=delta.undoes,
            first_item=first_item,
        ),
    )


def test_a_purchase_has_one_item_that_goes_on() -> None:
    found = rows(BOUGHT)
    assert items(found) == [(1, "individual", 1, MAY_1, None)]
    assert (found.items[0].bucket, found.items[0].subscription_id) == (Bucket(7), ID)
    assert (found.state, found.offers, found.ends_on) == (S.ACTIVE, (), None)
    assert (found.clock, found.next_bill_at) == (CLOCK, datetime(2026, 6, 1, tzinfo=UTC))


def test_a_change_ends_one_item_and_opens_another() -> None:
    log = [*BOUGHT, opening(changed(3, "family", MAY_11), 2)]
    assert items(rows(log)) == [(1, "individual", 1, MAY_1, MAY_11), (2, "family", 1, MAY_11, None)]


def test_what_is_undone_leaves_an_item_without_a_day_and_opens_the_rest_anew() -> None:
    log = [*BOUGHT, opening(planned(3, "family", JUNE_1), 2), opening(undone(4, 3), 3)]
    assert items(rows(log)) == [
        (1, "individual", 1, MAY_1, JUNE_1),
        (2, "family", 1, JUNE_1, JUNE_1),
        (3, "individual", 1, JUNE_1, None),
    ]


def test_a_second_change_of_a_day_never_bills_the_first() -> None:
    log = [
        *BOUGHT,
        opening(changed(3, "family", MAY_11), 2),
        opening(changed(4, "duo", MAY_11), 3),
    ]
    assert items(rows(log)) == [
        (1, "individual", 1, MAY_1, MAY_11),
        (2, "family", 1, MAY_11, MAY_11),
        (3, "duo", 1, MAY_11, None),
    ]


def test_offers_become_rows_in_their_order() -> None:
    created = BOUGHT[0]
    offers = (
        Offer(code="A", component="base", from_on=MAY_1, until_on=JULY_1, periods=2, per=MONTHLY),
        Offer(code="B", component="hifi", from_on=MAY_1, until_on=None, periods=None, per=MONTHLY),
    )
    delta = Delta(steps=created.delta.steps, offers=offers, clock=CLOCK, first_item=1)
    found = rows([Entry(1, LogKind.CREATED, MAY_1, delta)])
    assert found.offers == (
        OfferRow(
            bucket=Bucket(7),
            subscription_id=ID,
            no=1,
            offer_code="A",
            component="base",
            from_on=MAY_1,
            until_on=JULY_1,
            periods=2,
            cadence_count=1,
            cadence_unit="month",
        ),
        OfferRow(
            bucket=Bucket(7),
            subscription_id=ID,
            no=2,
            offer_code="B",
            component="hifi",
            from_on=MAY_1,
            until_on=None,
            periods=None,
            cadence_count=1,
            cadence_unit="month",
        ),
    )


@pytest.mark.parametrize(
    ("billed_until", "expected"), [(None, JUNE_1), (JULY_1, JULY_1), (MAY_11, JUNE_1)]
)
def test_renewals_move_the_clock_on_and_never_back(
    billed_until: date | None, expected: date
) -> None:
    found = rows(BOUGHT, billed_until=billed_until)
    assert (found.clock.grid, found.clock.billed_through) == (CLOCK.grid, expected)


def test_an_end_that_is_planned_is_due_before_the_next_bill() -> None:
    found = rows([*BOUGHT, Entry(3, LogKind.CANCEL_SCHEDULED, date(2026, 5, 20))])
    assert found.ends_on == date(2026, 5, 20)
    assert found.next_bill_at == datetime(2026, 5, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("state", "ends_on", "zone", "expected"),
    [
        (S.ACTIVE, None, "Etc/UTC", datetime(2026, 6, 1, tzinfo=UTC)),
        (S.TRIALING, None, "Europe/Berlin", datetime(2026, 5, 31, 22, tzinfo=UTC)),
        (S.PAST_DUE, None, "America/New_York", datetime(2026, 6, 1, 4, tzinfo=UTC)),
        (S.ACTIVE, MAY_11, "Etc/UTC", datetime(2026, 5, 11, tzinfo=UTC)),
        (S.ACTIVE, JULY_1, "Etc/UTC", datetime(2026, 6, 1, tzinfo=UTC)),
        (S.INCOMPLETE, None, "Etc/UTC", None),
        (S.CANCELED, JUNE_1, "Etc/UTC", None),
        (S.EXPIRED, None, "Etc/UTC", None),
    ],
)
def test_due_is_the_local_midnight_of_what_comes_first(
    state: SubscriptionState, ends_on: date | None, zone: str, expected: datetime | None
) -> None:
    assert next_due(state, CLOCK, ends_on, zone=zone) == expected


FULL = Delta(
    steps=(step("individual", MAY_1, JUNE_1), step("family", JUNE_1, quantity=3)),
    keeps_quantity=True,
    quantities={"base": 4, "hifi": 2},
    removed=("lyrics",),
    offers=(
        Offer(code="A", component="base", from_on=MAY_1, until_on=JULY_1, periods=2, per=MONTHLY),
        Offer(code="B", component="hifi", from_on=MAY_1, until_on=None, periods=None, per=MONTHLY),
    ),
    clock=Clock(Grid(date(2026, 1, 31), Cadence(3, Unit.MONTH), 31), date(2026, 7, 31)),
    undoes=(3, 5),
    first_item=7,
)


@pytest.mark.parametrize(
    "delta",
    [
        Delta(),
        FULL,
        Delta(steps=FULL.steps, first_item=1),
        Delta(quantities={"base": 2}, first_item=2),
        Delta(removed=("hifi",)),
        Delta(offers=FULL.offers),
        Delta(clock=FULL.clock),
        Delta(undoes=(4,), first_item=3),
    ],
)
def test_what_is_written_is_read_again(delta: Delta) -> None:
    assert read_delta(json.loads(write_delta(delta))) == delta


def test_what_is_empty_is_not_written() -> None:
    assert write_delta(Delta()) == "{}"
    assert write_delta(Delta(quantities={"base": 2}, first_item=4)) == (
        '{"first_item":4,"quantities":{"base":2}}'
    )
    assert write_delta(Delta(clock=CLOCK)) == (
        '{"clock":{"billed_through":"2026-06-01","count":1,"day":1,"origin":"2026-05-01",'
        '"unit":"month"}}'
    )


def test_a_step_bears_all_that_the_fold_needs() -> None:
    [body] = json.loads(write_delta(Delta(steps=(step("family", MAY_1, JUNE_1, quantity=3),))))[
        "steps"
    ]
    assert body == {
        "component": "base",
        "plan": "family",
        "phase": 1,
        "price": str(step("family", MAY_1).price_id),
        "quantity": 3,
        "starts_on": "2026-05-01",
        "ends_on": "2026-06-01",
    }


def test_a_row_of_the_log_is_read_as_its_entry() -> None:
    row = LogRow(
        bucket=Bucket(7),
        subscription_id=ID,
        seq=3,
        kind="change_scheduled",
        effective=JUNE_1,
        entitled_at=datetime(2026, 6, 1, tzinfo=UTC),
        recorded_at=datetime(2026, 5, 11, tzinfo=UTC),
        actor="customer",
        command_key="k",
        body=write_delta(FULL),
    )
    assert read_entry(row) == Entry(3, LogKind.CHANGE_SCHEDULED, JUNE_1, FULL)
    assert read_entry(row._replace(body="{}")).delta == Delta()
