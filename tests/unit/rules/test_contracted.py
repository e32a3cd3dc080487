"""What a subscription is contracted to pay by day, how it stands, and why that changed."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest

from ledgerline.base.calendar import Cadence, Grid, Unit
from ledgerline.catalog.rows import CouponRow
from ledgerline.rules.contracted import Version, versions
from ledgerline.rules.reasons import why
from ledgerline.rules.statuses import Recorded, Status, statuses
from ledgerline.rules.timeline import Clock, Delta, Entry, Offer, Step
from ledgerline.rules.worth import Till, monthly_e4
from ledgerline.subscriptions.model import LogKind
from tests.unit.rules.sold import ALWAYS, MONTHLY, YEARLY, Catalog, price_id, sold

FEB_1, FEB_10, MAR_1, MAR_5 = (
    date(2026, 2, 1), date(2026, 2, 10), date(2026, 3, 1), date(2026, 3, 5),
)  # fmt: skip
APR_1, MAY_1, JULY_1 = date(2026, 4, 1), date(2026, 5, 1), date(2026, 7, 1)
COUPONS = (
    CouponRow(code="HALF", percent_ppm=500_000, amount_minor=None, currency=None, periods=2),
    CouponRow(code="ONCE", percent_ppm=500_000, amount_minor=None, currency=None, periods=1),
    CouponRow(code="FREE", percent_ppm=1_000_000, amount_minor=None, currency=None, periods=1),
)
PLANS = (
    sold("single", 1199),
    sold("free", 0),
    sold("family", 1799),
    sold("yearly", 11_988, cadence=YEARLY),
    sold("extra", 300, product="extra", goes_with=("single",)),
    sold("tasted", 1199, intro=(1, Unit.MONTH, 599)),
)
INTROS = {price_id("tasted", 1, "base", ALWAYS)}
CATALOG = Catalog(PLANS, rates=((ALWAYS, 190_000),), coupons=COUPONS)


def step(plan: str, start: date, end: date | None = None, *, no: int = 1, on: str = "base") -> Step:
    return Step(
        component=on,
        plan_code=plan,
        phase_no=no,
        price_id=price_id(plan, no, on, ALWAYS),
        quantity=1,
        starts_on=start,
        ends_on=end,
    )


def said(kind: LogKind, day: date, delta: Delta | None = None, *, on: date | None = None,
         by: str = "customer") -> tuple[LogKind, date, Delta, date, str]:  # fmt: skip
    return kind, day, delta or Delta(), on or day, by


def log(*entries: tuple[LogKind, date, Delta, date, str]) -> list[Recorded]:
    return [
        Recorded(Entry(seq, kind, day, delta), on=on, cause=by)
        for seq, (kind, day, delta, on, by) in enumerate(entries, 1)
    ]


def created(*steps: Step, offers: tuple[Offer, ...] = (), per: Cadence = MONTHLY) -> Delta:
    start = steps[0].starts_on
    clock = Clock(Grid(start, per, start.day), start)
    return Delta(steps=steps, offers=offers, clock=clock, first_item=1)


def bought(delta: Delta, day: date = FEB_1) -> list[tuple[LogKind, date, Delta, date, str]]:
    return [said(LogKind.CREATED, day, delta), said(LogKind.ACTIVATED, day)]


def told(found: Sequence[Version]) -> list[tuple[str, str, str, int]]:
    return [
        (
            one.start.isoformat(),
            one.cell.status.value,
            why(
                one.component, one.before, one.cell, intros={price_id("tasted", 1, "base", ALWAYS)}
            ),
            one.cell.mrr_e4,
        )
        for one in found
        if one.component == "base"
    ]


def offer(code: str, start: date, end: date | None, periods: int) -> Offer:
    return Offer(
        code=code, component="base", from_on=start, until_on=end, periods=periods, per=MONTHLY
    )


@pytest.mark.parametrize(
    ("net", "cadence", "e4"),
    [
        (1008, Cadence(1, Unit.MONTH), 10_080_000),
        (10_074, Cadence(1, Unit.YEAR), 8_395_000),
        (100, Cadence(3, Unit.MONTH), 333_333),
        (200, Cadence(3, Unit.MONTH), 666_667),
        (100, Cadence(1, Unit.WEEK), 4_333_333),
        (100, Cadence(7, Unit.DAY), 4_345_238),
        (1, Cadence(32, Unit.YEAR), 26),
        (3, Cadence(16, Unit.MONTH), 1875),
    ],
)
def test_a_period_is_worth_its_share_of_a_month(net: int, cadence: Cadence, e4: int) -> None:
    assert monthly_e4(net, cadence) == e4


def test_a_change_of_plan_and_an_end_for_non_payment() -> None:
    changed = Delta(steps=(step("family", FEB_10),), keeps_quantity=True)
    entries = [
        *bought(created(step("single", FEB_1))),
        said(LogKind.PLAN_CHANGED, FEB_10, changed),
        said(LogKind.PAYMENT_OVERDUE, MAR_1, by="settlement"),
        said(LogKind.CANCELED, MAR_5, by="collection"),
    ]
    assert told(versions(log(*entries), Till(CATALOG.book))) == [
        ("2026-02-01", "active", "start", 10_080_000),
        ("2026-02-10", "active", "plan", 15_120_000),
        ("2026-03-01", "past_due", "other", 15_120_000),
        ("2026-03-05", "ended", "end_nonpayment", 0),
    ]


def test_a_trial_an_intro_and_a_yearly_plan_are_worth_what_is_paid_for_them() -> None:
    tasted = created(step("tasted", FEB_1, MAR_1), step("tasted", MAR_1, no=2), per=MONTHLY)
    entries = [
        said(LogKind.CREATED, FEB_1, tasted),
        said(LogKind.TRIAL_STARTED, FEB_1),
        said(LogKind.TRIAL_CONVERTED, FEB_10, by="billing"),
    ]
    assert told(versions(log(*entries), Till(CATALOG.book))) == [
        ("2026-02-01", "trialing", "start", 0),
        ("2026-02-10", "active", "trial_end", 5_030_000),
        ("2026-03-01", "active", "intro_end", 10_080_000),
    ]
    yearly = log(*bought(created(step("yearly", FEB_1), per=YEARLY)))
    assert told(versions(yearly, Till(CATALOG.book)))[0][3] == 8_395_000


def test_what_reduces_one_period_alone_does_not_count_unless_nothing_is_left() -> None:
    plan = step("single", FEB_1)
    half = created(plan, offers=(offer("HALF", FEB_1, APR_1, 2),))
    assert told(versions(log(*bought(half)), Till(CATALOG.book))) == [
        ("2026-02-01", "active", "start", 5_030_000),
        ("2026-04-01", "active", "discount_end", 10_080_000),
    ]
    once = created(plan, offers=(offer("ONCE", FEB_1, MAR_1, 1),))
    assert {one[3] for one in told(versions(log(*bought(once)), Till(CATALOG.book)))} == {
        10_080_000
    }
    free = created(plan, offers=(offer("FREE", FEB_1, MAR_1, 1),))
    assert told(versions(log(*bought(free)), Till(CATALOG.book))) == [
        ("2026-02-01", "comped", "start", 0),
        ("2026-03-01", "active", "discount_end", 10_080_000),
    ]


def test_a_planned_end_ends_on_its_day_and_one_undone_never_does() -> None:
    planned = [
        *bought(created(step("single", FEB_1))),
        said(LogKind.CANCEL_SCHEDULED, APR_1, on=FEB_10),
    ]
    assert told(versions(log(*planned), Till(CATALOG.book))) == [
        ("2026-02-01", "active", "start", 10_080_000),
        ("2026-02-10", "cancelling", "other", 10_080_000),
        ("2026-04-01", "ended", "end_voluntary", 0),
    ]
    undone = [*planned, said(LogKind.UNDONE, MAR_5, Delta(undoes=(3,)))]
    assert [one[:2] for one in told(versions(log(*undone), Till(CATALOG.book)))] == [
        ("2026-02-01", "active"), ("2026-02-10", "cancelling"), ("2026-03-05", "active"),
    ]  # fmt: skip


def test_an_add_on_comes_and_goes_beside_its_base() -> None:
    delta = created(step("single", FEB_1), step("extra", FEB_1, on="extra"))
    entries = [*bought(delta), said(LogKind.PLAN_CHANGED, MAR_5, Delta(removed=("extra",)))]
    found = [one for one in versions(log(*entries), Till(CATALOG.book)) if one.component == "extra"]
    named = [(one.start, why("extra", one.before, one.cell, intros=())) for one in found]
    assert named == [(FEB_1, "add_on"), (MAR_5, "add_on")]
    assert [one.cell.mrr_e4 for one in found] == [2_520_000, 0]


def test_another_tax_rate_counts_from_the_first_period_that_begins_under_it() -> None:
    book = replace(CATALOG, rates=((ALWAYS, 190_000), (MAR_5, 160_000))).book
    assert told(versions(log(*bought(created(step("single", FEB_1)))), Till(book))) == [
        ("2026-02-01", "active", "start", 10_080_000),
        ("2026-04-01", "active", "tax_change", 10_340_000),
    ]


def test_a_pause_leaves_the_base_and_a_resumption_returns() -> None:
    entries = [
        *bought(created(step("single", FEB_1))),
        said(LogKind.PAUSED, FEB_10),
        said(LogKind.RESUMED, MAR_5),
    ]
    assert told(versions(log(*entries), Till(CATALOG.book))) == [
        ("2026-02-01", "active", "start", 10_080_000),
        ("2026-02-10", "paused", "pause", 0),
        ("2026-03-05", "active", "resume", 10_080_000),
    ]


def test_who_rests_or_goes_on_for_nothing_because_claims_were_given_up_stopped_paying() -> None:
    unpaid = [
        *bought(created(step("single", FEB_1))),
        said(LogKind.PAYMENT_OVERDUE, MAR_1, by="settlement"),
    ]
    rests = [*unpaid, said(LogKind.PAUSED, MAR_5, by="collection")]
    assert told(versions(log(*rests), Till(CATALOG.book)))[-1] == (
        "2026-03-05", "paused", "end_nonpayment", 0,
    )  # fmt: skip
    change = Delta(steps=(step("free", MAR_5),), keeps_quantity=True)
    goes_on = [
        *unpaid,
        said(LogKind.PLAN_CHANGED, MAR_5, change, by="collection"),
        said(LogKind.PAYMENT_SETTLED, MAR_5, by="collection"),
    ]
    assert told(versions(log(*goes_on), Till(CATALOG.book)))[-1] == (
        "2026-03-05", "comped", "end_nonpayment", 0,
    )  # fmt: skip


def test_what_is_recorded_in_a_later_month_counts_from_its_first_day() -> None:
    # given an end on 10 February that is recorded on 5 March, and one on 5 March itself
    entries = bought(created(step("single", FEB_1)))
    late = [*entries, said(LogKind.CANCELED, FEB_10, on=MAR_5)]
    found = versions(log(*late), Till(CATALOG.book))
    # then February stays as it was
    assert [(one.start, one.cell.mrr_e4, one.is_late) for one in found] == [
        (FEB_1, 10_080_000, False), (MAR_1, 0, True),
    ]  # fmt: skip
    known = [*entries, said(LogKind.CANCEL_SCHEDULED, FEB_10, on=FEB_1)]
    noticed = [*known, said(LogKind.CANCELED, FEB_10, on=MAR_5, by="billing")]
    last = versions(log(*noticed), Till(CATALOG.book))[-1]
    assert (last.start, last.is_late) == (FEB_10, False)


@pytest.mark.parametrize("kind", [LogKind.ACTIVATED, LogKind.TRIAL_STARTED])
def test_what_ended_on_the_day_it_began_has_ended_and_was_never_worth_anything(
    kind: LogKind,
) -> None:
    entries = [
        said(
            LogKind.CREATED, FEB_1, created(step("single", FEB_1), step("extra", FEB_1, on="extra"))
        ),
        said(kind, FEB_1),
    ]
    # given one that was canceled at once
    found = versions(log(*entries, said(LogKind.CANCELED, FEB_1)), Till(CATALOG.book))
    assert told(found) == [("2026-02-01", "ended", "end_voluntary", 0)]
    assert [(one.component, one.cell.plan_code, one.end) for one in found] == [
        ("base", "single", None)
    ]
    # and one whose plan was changed before, and whose end was written down a month later
    changed = said(LogKind.PLAN_CHANGED, FEB_1, Delta(steps=(step("family", FEB_1),)))
    late = said(LogKind.CANCELED, FEB_1, on=MAR_5)
    assert [
        (one.start, one.cell.plan_code, one.cell.status)
        for one in versions(log(*entries, changed, late), Till(CATALOG.book))
        if one.component == "base"
    ] == [
        (FEB_1, "family", Status.ACTIVE if kind is LogKind.ACTIVATED else Status.TRIALING),
        (MAR_1, "family", Status.ENDED),
    ]
    gone = versions(log(*entries, changed, said(LogKind.CANCELED, FEB_1)), Till(CATALOG.book))
    assert [(one.start, one.cell.plan_code) for one in gone] == [(FEB_1, "family")]


def test_what_never_began_is_not_counted() -> None:
    entries = [
        said(LogKind.CREATED, FEB_1, created(step("single", FEB_1))),
        said(LogKind.PURCHASE_EXPIRED, FEB_10),
    ]
    assert versions(log(*entries), Till(CATALOG.book)) == []
    assert statuses(log(*entries), ends_on=None) == ()


def test_a_move_holds_from_its_day_whatever_was_said_of_later_ones() -> None:
    entries = [
        *bought(created(step("single", FEB_1))),
        said(LogKind.PAYMENT_OVERDUE, MAR_5),
        said(LogKind.CANCELED, MAR_1, by="collection"),
    ]
    spans = statuses(log(*entries), ends_on=None)
    assert [(one.start, one.status) for one in spans] == [
        (FEB_1, Status.ACTIVE), (MAR_1, Status.ENDED),
    ]  # fmt: skip
