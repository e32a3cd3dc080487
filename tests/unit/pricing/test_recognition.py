from datetime import date

import pytest

from ledgerline.base.calendar import Period, add_months
from ledgerline.pricing.rules.recognition import earned
from tests.unit.pricing.lines import days


def _schedule(net_minor: int, service: Period, *, booked_on: date | None = None) -> list[int]:
    """Recognise month by month from the first month of the line until it is all earned."""
    booked = booked_on or service.start
    month = max(booked, service.start).replace(day=1)
    earnings = []
    while month < service.end:
        end = add_months(month, 1, anchor_day=1)
        earnings.append(
            earned(net_minor, service, month=Period(month, end), booked_before=booked < month)
        )
        month = end
    return earnings


@pytest.mark.parametrize(
    ("net_minor", "service", "expected"),
    [
        (1000, days("2024-01-31", "2024-04-30"), [11, 322, 344, 323]),
        (-1000, days("2024-01-31", "2024-04-30"), [-11, -322, -344, -323]),
        (
            10074,
            days("2025-03-15", "2026-03-15"),
            [469, 828, 855, 828, 856, 856, 828, 855, 828, 856, 855, 773, 387],
        ),
        (-5134, days("2025-09-10", "2026-03-15"), [-579, -856, -828, -856, -855, -773, -387]),
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
    assert earned(1008, service, month=june, booked_before=False) == 1008
    assert earned(1008, service, month=june, booked_before=True) == 0


def test_line_that_is_billed_ahead_earns_nothing_before_its_service() -> None:
    march = days("2025-03-01", "2025-04-01")
    service = days("2025-04-01", "2025-05-01")
    assert earned(1008, service, month=march, booked_before=False) == 0
