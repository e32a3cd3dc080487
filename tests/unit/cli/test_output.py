"""How tables meet a terminal that is too narrow for them."""

from io import StringIO

import pytest
from rich.console import Console

from ledgerline.cli.output import print_table

CURRENCIES = ("AUD", "CHF", "EUR", "GBP", "JPY")
ROWS: list[dict[str, object]] = [
    {"month": f"2026-{month:02}", **dict.fromkeys(CURRENCIES, month * 1234567)} for month in (1, 2)
]


def _printed(rows: list[dict[str, object]], width: int) -> list[str]:
    out = StringIO()
    print_table(rows, title="revenue", to=Console(file=out, width=width))
    return [line.rstrip() for line in out.getvalue().splitlines()]


def test_a_table_that_fits_is_one_table() -> None:
    assert _printed(ROWS, 80) == [
        "revenue",
        "month          AUD        CHF        EUR        GBP        JPY",
        "2026-01  1,234,567  1,234,567  1,234,567  1,234,567  1,234,567",
        "2026-02  2,469,134  2,469,134  2,469,134  2,469,134  2,469,134",
    ]


@pytest.mark.parametrize("width", [18, 30, 45])
def test_columns_of_numbers_that_do_not_fit_follow_below_unbroken(width: int) -> None:
    lines = _printed(ROWS, width)
    assert max(len(line) for line in lines) <= width
    # each block begins with the months, and every number stands whole, once a currency
    assert sum(line.count("2,469,134") for line in lines) == len(CURRENCIES)
    assert " ".join(line for line in lines if line.startswith("month")).split().count("month") == (
        sum(line.startswith("2026-01") for line in lines)
    )
    assert [word for line in lines for word in line.split() if word in CURRENCIES] == [*CURRENCIES]


def test_a_table_with_texts_among_its_numbers_stays_one_table() -> None:
    lines = _printed([{"code": "EUR", "rate": 19, "source": "a law with a long name"}], 24)
    assert sum(line.startswith("code") for line in lines) == 1


def test_rows_whose_headings_do_not_fit_are_blocks_of_lines() -> None:
    rows: list[dict[str, object]] = [
        {"attempt": no, **{f"a_long_heading_{one}": None for one in range(4)}, "why": f"said {no}"}
        for no in (1, 2)
    ]
    assert [line.split() for line in _printed(rows, 60) if line and line != "revenue"] == [
        ["attempt", "1"], ["why", "said", "1"], ["attempt", "2"], ["why", "said", "2"],
    ]  # fmt: skip
    assert len(_printed(rows, 120)) == 4
