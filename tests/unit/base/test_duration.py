"""Durations in words, for a clock that is moved by hand."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from ledgerline.base.calendar import BadDuration, Duration, advance, parse_duration

JANUARY_31 = datetime(2026, 1, 31, 22, 15, 30, tzinfo=UTC)
DAY = 86_400


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("1 month", Duration(1, 0)),
        ("2 months", Duration(2, 0)),
        ("1 year", Duration(12, 0)),
        ("10 days", Duration(0, 10 * DAY)),
        ("1 week", Duration(0, 7 * DAY)),
        ("3 hours", Duration(0, 10_800)),
        ("90 minutes", Duration(0, 5400)),
        ("45 seconds", Duration(0, 45)),
        (" 3 Hours ", Duration(0, 10_800)),
        ("3hours", Duration(0, 10_800)),
        ("P1M", Duration(1, 0)),
        ("p1y2m", Duration(14, 0)),
        ("P2W", Duration(0, 14 * DAY)),
        ("PT1M", Duration(0, 60)),
        ("P1DT12H30M5S", Duration(0, DAY + 45_005)),
        ("999999 seconds", Duration(0, 999_999)),
    ],
)
def test_duration_is_read_in_words_or_as_iso_8601(text: str, duration: Duration) -> None:
    assert parse_duration(text) == duration


@pytest.mark.parametrize(
    "text",
    [
        *("", "month", "1", "0 days", "-1 day", "1.5 days", "1 fortnight", "1 day 2 hours"),
        *("P", "PT", "P0D", "P1H", "1000000 seconds", "P1000000Y", "1 month\n2 days"),
        "\u0661 day",  # a digit of another script
    ],
)
def test_text_that_names_no_duration_is_refused(text: str) -> None:
    with pytest.raises(BadDuration) as refused:
        parse_duration(text)
    assert refused.value.code == "bad_duration"


@pytest.mark.parametrize(
    ("text", "reached"),
    [
        ("1 month", datetime(2026, 2, 28, 22, 15, 30, tzinfo=UTC)),
        ("2 months", datetime(2026, 3, 31, 22, 15, 30, tzinfo=UTC)),
        ("1 year", datetime(2027, 1, 31, 22, 15, 30, tzinfo=UTC)),
        ("3 hours", datetime(2026, 2, 1, 1, 15, 30, tzinfo=UTC)),
        ("10 days", datetime(2026, 2, 10, 22, 15, 30, tzinfo=UTC)),
        ("P1M1DT2H", datetime(2026, 3, 2, 0, 15, 30, tzinfo=UTC)),
    ],
)
def test_instant_is_moved_ahead_months_first(text: str, reached: datetime) -> None:
    assert advance(JANUARY_31, text) == reached


def test_instant_of_another_offset_is_moved_on_the_utc_calendar() -> None:
    # given the first of February in Tokyo, which is still January in UTC
    tokyo = JANUARY_31.astimezone(timezone(timedelta(hours=9)))
    # when a month passes
    reached = advance(tokyo, "1 month")
    # then it is the month of UTC
    assert reached == datetime(2026, 2, 28, 22, 15, 30, tzinfo=UTC)
    assert reached.tzinfo is UTC


@pytest.mark.parametrize("text", ["9000 years", "999999 weeks", "999999 years"])
def test_duration_beyond_the_calendar_is_refused(text: str) -> None:
    with pytest.raises(BadDuration):
        advance(JANUARY_31, text)


def test_naive_time_is_a_defect() -> None:
    with pytest.raises(AssertionError):
        advance(datetime(2026, 1, 1), "1 day")  # noqa: DTZ001 - the defect itself
