from datetime import date

import pytest

from ledgerline.base.calendar import Period, add_months
from ledgerline.pricing.model import BilledLine
from ledgerline.pricing.rules.credit import amount_of, unused
from ledgerline.pricing.rules.recognition import earned
from tests.unit.pricing.lines import JANUARY, bought, credited, days, deferred


def _schedule(net_minor: int, service: Period, *, booked_on: date | None = None) -> list[int]:
    """Recognise month by month from the first month of the line until it is all earned."""
    booked = booked_on or service.start
    month = max(booked, service.start).replace(day=1)
    earnings = []
    while month < service.end:
        end = add_months(month, 1, anchor_day=1)
        earnings.append(earned(net_minor, service, month=Period(month, end), booked_on=booked))
        month = end
    return earnings


def _months(line: BilledLine, *, until: date) -> list[int]:
    """Recognise a line booked on its first day and its corrections, month by month."""
    month = line.period.start.replace(day=1)
    earnings = []
    while month < until:
        of_month = Period(month, add_months(month, 1, anchor_day=1))
        earning = earned(line.net_minor, line.period, month=of_month, booked_on=line.period.start)
        for one in line.corrections:
            if one.booked_on < of_month.end:
                back, booked = -one.deferred_net_minor, one.booked_on
                earning += earned(back, one.deferral, month=of_month, booked_on=booked)
        earnings.append(earning)
        month = of_month.end
    return earnings


@pytest.mark.parametrize(
    ("net_minor", "service", "expected"),
    [
        (1000, days("2024-01-31", "2024-04-30"), [11, 322, 344, 323]),
        (-1000, days("2024-01-31", "2024-04-30"), [-12, -322, -344, -322]),
        (
            10074,
            days("2025-03-15", "2026-03-15"),
            [469, 828, 855, 828, 856, 856, 828, 855, 828, 856, 855, 773, 387],
        ),
        (-5134, days("2025-09-10", "2026-03-15"), [-580, -856, -828, -856, -855, -773, -386]),
        (1008, days("2025-01-20", "2025-02-20"), [390, 618]),
        (0, days("2025-01-20", "2025-02-20"), [0, 0]),
        (7, days("2025-02-01", "2025-03-01"), [7]),
    ],
)
def test_months_sum_to_the_line(net_minor: int, service: Period, expected: list[int]) -> None:
    assert _schedule(net_minor, service) == expected
    assert sum(expected) == net_minor


def test_late_line_earns_in_its_first_month_what_earlier_ones_would_have() -> None:
    # given 1008 over [03-20, 04-20), booked in April
    service = days("2025-03-20", "2025-04-20")
    assert _schedule(1008, service, booked_on=date(2025, 4, 3)) == [1008]
    # and booked on the last day of March, it is earned as it is delivered
    assert _schedule(1008, service, booked_on=date(2025, 3, 31)) == [390, 618]


def test_line_that_is_booked_after_its_service_is_earned_at_once() -> None:
    service = days("2025-03-20", "2025-04-20")
    june = days("2025-06-01", "2025-07-01")
    assert earned(1008, service, month=june, booked_on=date(2025, 6, 1)) == 1008
    assert earned(1008, service, month=june, booked_on=date(2025, 5, 31)) == 0


def test_line_that_is_billed_ahead_earns_nothing_before_its_service() -> None:
    march = days("2025-03-01", "2025-04-01")
    service = days("2025-04-01", "2025-05-01")
    assert earned(1008, service, month=march, booked_on=date(2025, 3, 1)) == 0


def test_after_a_credit_recognition_ends_at_what_was_kept() -> None:
    # given 1500 of January's 3100 credited on the 20th: 581 was deferred, 919 earned already
    line = bought(3100, JANUARY)
    line = credited(line, amount_of(line, 1500), on=date(2026, 1, 20))
    [one] = line.corrections
    assert (one.deferred_net_minor, one.deferral) == (581, days("2026-01-20", "2026-02-01"))
    # then 919 is taken from revenue on the 20th and the month earns the rest
    assert _months(line, until=JANUARY.end) == [2519]
    assert 2519 - 919 == 1600


def test_credit_over_several_months_is_taken_from_the_months_to_come() -> None:
    # given 9000 for 90 days and 3000 of it back after 36: 1800 was deferred, 1200 earned already
    quarter = days("2026-01-15", "2026-04-15")
    line = bought(9000, quarter)
    assert _months(line, until=date(2026, 5, 1)) == [1700, 2800, 3100, 1400]
    line = credited(line, amount_of(line, 3000), on=date(2026, 2, 20))
    assert line.corrections[0].deferred_net_minor == 1800
    # then February, March and April earn less by 9, 31 and 14 days of 54
    assert _months(line, until=date(2026, 5, 1)) == [1700, 2800 - 300, 3100 - 1034, 1400 - 466]
    assert 1700 + 2500 + 2066 + 934 - 1200 == 6000


def test_two_credits_end_at_what_was_kept_as_well() -> None:
    # given 1500 back on 5 January and the rest of the month on the 16th
    line = bought(3100, JANUARY)
    line = credited(line, amount_of(line, 1500), on=date(2026, 1, 5))
    rest = unused(line, cut=date(2026, 1, 16))
    assert rest is not None
    line = credited(line, rest, on=date(2026, 1, 16))
    assert [one.deferred_net_minor for one in line.corrections] == [1306, 826]
    # then 3100 − 1306 − 826 is earned, of which 194 goes back at once, and 774 was kept
    assert _months(line, until=JANUARY.end) == [968]
    assert 968 - 194 == 3100 - 1500 - 826
    assert deferred(line, on=JANUARY.end) == 0


def test_credit_of_what_was_earned_long_ago_earns_nothing_in_any_month() -> None:
    line = bought(3100, JANUARY)
    line = credited(line, amount_of(line, 1500), on=date(2026, 3, 10))
    assert _months(line, until=date(2026, 4, 1)) == [3100, 0, 0]
