"""The reference cases of subscriptions and pricing: their ids, and those not proven by rules alone.

A case says what is given, what happens and the exact result. What a rule can decide without a
database is proven in ``test_known_cases``.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from re import compile as pattern
from typing import Any, Final

import pytest

from ledgerline.base.calendar import Cadence, Period, Unit, local_date
from ledgerline.pricing.model import BilledLine
from ledgerline.rules.charged import Credited
from ledgerline.rules.lines import Bill
from ledgerline.rules.phases import Sale, Shelf
from ledgerline.rules.quote import Held, Order, Quote, quote
from ledgerline.rules.renewal import Renewal
from tests.unit.pricing.lines import days
from tests.unit.rules.sold import ALWAYS, MONTHLY, YEARLY, Sold, sold
from tests.unit.rules.story import BUYER, ID, Story

_ALL: Final = """
    A01 A02 A03 A04 A06 A07 A08
    B01 B02 B03 B04 B05 B06 B07 B08 B09 B10 B11 B12 B13 B14
    C01 C02 C03 C04 C05 C06 C07 C08 C09 C10 C11 C12 C13 C14 C15 C16 C17 C18 C19 C20
    D01 D02 D03 D04 D05 D06
    E01 E02 E03 E04 E05 E06 E07 E08
    F01 F02 F03 F04 F05 F06 F07 F08 F09
    G01 G02 G03 G04 G05 G06 G07 G08 G09 G10
    H01 H02 H03 H04 H05 H06 H07 H08 H09 H10
    I01 I02 I03 I04 I05 I06 I07 I08 I09
    J01 J02 J03 J04 J05 J06 J07 J08 J09
    K01 K02 K03 K04 K05 K06
    L01 L02 L03 L04
    M01 M02 M03
    N01 N02 N03 N04
    O01 O02 O03 O04 O05 O06
"""
IDS: Final = tuple(_ALL.split())

_FLOWS: Final = "tests/scenarios/flows"
_POISON: Final = (
    f"{_FLOWS}/test_safety.py::test_poison_subscription_is_parked_and_the_rest_of_the_batch_commits"
)
ELSEWHERE: Final[Mapping[str, str]] = {
    "C15": (
        "tests/unit/pricing/test_credit.py"
        "::test_credit_above_what_is_left_is_capped_also_where_tax_comes_on_top"
    ),
    "C19": f"{_FLOWS}/test_plan_changes.py::test_a_declined_change_leaves_everything_as_it_was",
    "F01": f"{_FLOWS}/test_pauses.py::test_f01_a_pause_of_a_week_costs_a_week_less",
    "F07": f"{_FLOWS}/test_pauses.py::test_f07_a_year_goes_on_or_begins_anew",
    "F09": (f"{_FLOWS}/test_pauses.py::test_f09_declined_it_stays_paused_and_can_be_resumed_later"),
    "G03": (f"{_FLOWS}/test_exact_money.py::test_days_that_are_refunded_are_not_credited_again"),
    "H05": _POISON,
    "H06": (
        "tests/concurrency/test_workers.py"
        "::test_two_billers_of_one_range_bill_each_subscription_once"
    ),
    "H08": _POISON,
    "H09": f"{_FLOWS}/test_clock.py::test_ninety_days_are_ninety_times_one_day",
    "H10": f"{_FLOWS}/test_safety.py::test_clock_of_a_live_environment_does_not_move",
}
"""Cases that need a database or stand with their rule, and the test that proves each."""

_BILL_DAY: Final = "changing the bill day"
_CALENDAR: Final = "calendar alignment"
_CAMPAIGN: Final = "price campaigns"
_DISPUTE: Final = "chargebacks and disputes"
_FAMILY: Final = "family members"
_HOLD: Final = "collection holds"
_OVERDUE: Final = "overdue policies"
_PRICE: Final = "changing the price of a running subscription"
_USAGE: Final = "usage and charge models"
NOT_BUILT: Final[Mapping[str, str]] = {
    "B01": _BILL_DAY,
    "B02": _BILL_DAY,
    "B03": _BILL_DAY,
    "B04": "a bill day of one add-on",
    "B05": _BILL_DAY,
    "B06": _BILL_DAY,
    "B07": _BILL_DAY,
    "B08": "months of thirty days",
    "B13": _BILL_DAY,
    "C05": "alignment with the bill day of the customer",
    "C06": _BILL_DAY,
    "C07": _BILL_DAY,
    "C10": "a start that is billed later",
    "C11": _CALENDAR,
    "C12": _CALENDAR,
    "C13": "billing in arrears",
    "C16": "choosing the trial of a change",
    "C20": _CAMPAIGN,
    "E01": _PRICE,
    "E02": _PRICE,
    "E03": _USAGE,
    "E05": _CAMPAIGN,
    "E06": _CAMPAIGN,
    "E07": _CAMPAIGN,
    "E08": _PRICE,
    "F02": "canceling from the start of the period",
    "F03": "introductory prices after a change",
    "F04": "fixed terms",
    "F05": _HOLD,
    "F06": "transfer to another customer",
    "F08": "withdrawal from the contract",
    "G01": "goodwill to the credit balance",
    "G02": "refunds without a credit note",
    "G05": "partial payments",
    "G06": _DISPUTE,
    "G07": "voiding an invoice on request",
    "G10": "showing the credit in the preview of a renewal",
    "H04": "a bound over all lines of a day",
    "H07": "choosing what becomes of an invoice of nothing",
    "I07": _CALENDAR,
    "J01": "blocking bills while overdue",
    "J02": "blocking bills while overdue",
    "J03": _OVERDUE,
    "J04": _OVERDUE,
    "J05": _OVERDUE,
    "J06": _HOLD,
    "J07": _HOLD,
    "J08": "attempts by an operator",
    "J09": _DISPUTE,
    "K01": "transfer of credit to another customer",
    "K02": _FAMILY,
    "K03": _FAMILY,
    "K04": _FAMILY,
    "K05": _FAMILY,
    "K06": _FAMILY,
    "L01": _CALENDAR,
    "L02": "a time limit of purchases",
    "L03": "trials without a payment method",
    "M01": _USAGE,
    "M02": _USAGE,
    "M03": _USAGE,
    "N01": "another discount with a change",
    "N02": "a change charged in full",
    "N03": "limits of a coupon's use",
    "O01": "proof of being a student",
    "O02": "gift cards",
    "O03": "gift subscriptions",
    "O04": "prepaid passes",
    "O05": "partner bundles",
    "O06": "app stores",
}
"""Cases that need what does not exist yet, in a few words."""

THIRTY_DAYS: Final = Cadence(30, Unit.DAY)
NEW_YORK: Final = "America/New_York"

FIRST_BOUNDARIES: Final = [
    pytest.param("2012-02-16", 30, MONTHLY, "2012-02-29", id="A01-month"),
    pytest.param("2012-02-16", 30, YEARLY, "2012-02-29", id="A01-year"),
    pytest.param("2012-02-16", 30, THIRTY_DAYS, "2012-02-16", id="A01-days"),
    pytest.param("2022-07-19", 23, MONTHLY, "2022-07-23", id="A07-after"),
    pytest.param("2022-07-19", 17, MONTHLY, "2022-08-17", id="A07-before"),
    pytest.param("2022-02-19", 31, MONTHLY, "2022-02-28", id="A07-clamped"),
]  # fmt: skip
"""Start, bill day, cadence, the first boundary."""

PERIODS: Final = [
    pytest.param(MONTHLY, "2017-01-31",
                 {1: "2017-02-28", 2: "2017-03-31", 3: "2017-04-30"}, id="A02"),
    pytest.param(MONTHLY, "2022-12-31",
                 {1: "2023-01-31", 2: "2023-02-28", 3: "2023-03-31", 4: "2023-04-30",
                  14: "2024-02-29", 15: "2024-03-31"}, id="A03-31"),
    pytest.param(MONTHLY, "2022-04-30",
                 {9: "2023-01-30", 10: "2023-02-28", 11: "2023-03-30"}, id="A03-30"),
    pytest.param(YEARLY, "2024-02-29", {1: "2025-02-28", 4: "2028-02-29"}, id="A04-29"),
    pytest.param(YEARLY, "2023-02-28", {1: "2024-02-28", 5: "2028-02-28"}, id="A04-28"),
    pytest.param(MONTHLY, "2024-01-31",
                 {1: "2024-02-29", 2: "2024-03-31", 3: "2024-04-30"}, id="A06"),
    pytest.param(THIRTY_DAYS, "2016-04-08",
                 {1: "2016-05-08", 2: "2016-06-07", 3: "2016-07-07"}, id="A08"),
]  # fmt: skip
"""Cadence, start, and where some of the periods end."""

DAYS: Final = [
    pytest.param(NEW_YORK, "2024-03-09T17:00", "2024-03-11T16:00", 2, id="I05-forward"),
    pytest.param(NEW_YORK, "2024-11-02T16:00", "2024-11-04T17:00", 2, id="I05-back"),
    pytest.param("Australia/Sydney", "2024-04-06T01:00", "2024-04-08T02:00", 2, id="I05-south"),
    pytest.param(NEW_YORK, "2024-07-15T16:30", "2024-07-16T12:15", 1, id="I05-night"),
    pytest.param(NEW_YORK, "2024-07-15T04:00", "2024-07-16T03:59", 0, id="I05-one-day"),
]  # fmt: skip
"""Zone, two instants, how many days lie between them."""

CHANGES: Final = [
    pytest.param(sold("plan", 11900), sold("other", 17900), "2026-04-01",
                 days("2026-04-11", "2026-05-01"), [7933], 11933, id="B09"),
    pytest.param(sold("plan", 9900, cadence=YEARLY), sold("other", 14900, cadence=YEARLY),
                 "2026-03-01", days("2026-05-30", "2027-03-01"), [7459], 11226, id="B10-365"),
    pytest.param(sold("plan", 9900, cadence=YEARLY), sold("other", 14900, cadence=YEARLY),
                 "2027-03-01", days("2027-05-30", "2028-03-01"), [7466], 11236, id="B10-366"),
    pytest.param(sold("plan", 1099), sold("other", 9900, cadence=YEARLY), "2026-06-01",
                 days("2026-06-16", "2027-06-16"), [550], 9900, id="B11"),
    pytest.param(sold("plan", 1000), sold("other", 2000), "2024-03-01",
                 days("2024-03-15", "2024-04-01"), [548], 1097, id="B12"),
    pytest.param(sold("plan", 24995), sold("other", 239995, cadence=YEARLY), "2016-07-10",
                 days("2016-08-01", "2017-08-01"), [7257], 239995, id="C04"),
    # the zero is the price of a plan: nothing sets the price of one subscription
    pytest.param(sold("plan", 0), sold("other", 2995), "2022-02-01",
                 days("2022-02-15", "2022-03-01"), [], 1498, id="C08"),
    pytest.param(sold("plan", 1000), sold("other", 0), "2026-06-01",
                 days("2026-06-16", "2026-07-01"), [500], 0, id="C14-to-nothing"),
    pytest.param(sold("plan", 0), sold("other", 1000), "2026-06-01",
                 days("2026-06-16", "2026-07-01"), [], 500, id="C14-from-nothing"),
    pytest.param(sold("plan", 9900, cadence=YEARLY), sold("other", 14900, cadence=YEARLY),
                 "2026-01-01", days("2026-03-15", "2027-01-01"), [7920], 11920, id="C17"),
]  # fmt: skip
"""Two plans, when the first is bought, the days left, what is given back, what is charged."""

_OF_NAME: Final = pattern(r"test_([a-o]\d\d)_")
_OF_PARAM: Final = pattern(r"([A-O]\d\d)(?:-.+)?")


def proven_by(names: Mapping[str, Any]) -> frozenset[str]:
    """Collect the case ids from the tests of a module: from their names and from their params."""
    found: set[str] = set()
    for name, test in names.items():
        if not name.startswith("test_"):
            continue
        if match := _OF_NAME.match(name):
            found.add(match[1].upper())
        for mark in getattr(test, "pytestmark", ()):
            if mark.name == "parametrize":
                ids = (_OF_PARAM.fullmatch(getattr(one, "id", None) or "") for one in mark.args[1])
                found |= {match[1] for match in ids if match}
    return frozenset(found)


def told(*plans: Sold, zone: str = "Etc/UTC", rate_ppm: int = 0) -> Story:
    """Begin a story as the cases do: whole prices without their tax, which is 0 unless said."""
    return Story(plans, behavior="exclusive", rates=((ALWAYS, rate_ppm),), zone=zone)


def quoted_at(story: Story, now: datetime, plan: str, *, shelf: Shelf | None = None) -> Quote:
    """Price a plan at an instant."""
    sale = Sale(shelf or story.catalog.shelf(local_date(now, story.zone)), story.book)
    order = Order(customer_id=BUYER, plan_code=plan)
    return quote(ID, order, sale, Held(), zone=story.zone, now=now)


def renewed(story: Story, day: str) -> Renewal:
    """Renew what is due on a day."""
    renewal = story.renew(day)
    assert isinstance(renewal, Renewal), renewal
    return renewal


def renewed_until(story: Story, lines: int) -> Sequence[BilledLine]:
    """Renew day after day on which something is due, until so many lines are billed."""
    while len(story.charged) < lines:
        renewed(story, story.subscription.billed_through.isoformat())
    return [one.line for one in story.charged]


def given_back(credited: Iterable[Credited]) -> list[int]:
    """List what is given back, with tax."""
    return [one.credit.gross_minor for one in credited]


def lines_of(bill: Bill) -> list[tuple[Period, int]]:
    """List what is charged for which days, with tax."""
    return [(line.period, line.gross_minor) for line in bill.priced.lines]
