"""What differs between two releases: by key, cell and month, whatever the order of rows."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow.parquet as pq
from hypothesis import given, settings
from hypothesis import strategies as st

from ledgerline.datasets.diff import Difference, Total, compared
from ledgerline.datasets.engine import duckdb_engine
from ledgerline.datasets.nodes import node_of
from tests.datasets.tables import arrow_of

TAX = node_of("tax_return").contract
Row = dict[str, Any]


def filed(country: str, tax: int, month: date = date(2026, 1, 1), **more: Any) -> Row:
    return {
        "seller_code": "nordic", "market_code": country, "currency": "EUR",
        "tax_category": "digital", "tax_rate_ppm": 190_000, "tax_month": month,
        "original_month": month, "taxable_minor": 1000, "tax_minor": tax, "document_count": 1,
        **more,
    }  # fmt: skip


def between(before: Sequence[Row], after: Sequence[Row], folder: Path) -> Difference:
    with duckdb_engine(folder / "spill") as computing:
        for name, rows in (("release_before", before), ("release_after", after)):
            file = folder / f"{name}.parquet"
            pq.write_table(arrow_of("tax_return", rows), file)
            computing.name(name, [str(file)], TAX.schema())
        return compared(computing, TAX, rows_max=20)


def test_rows_are_added_removed_and_changed_by_key(tmp_path: Path) -> None:
    before = [filed("DE", 190), filed("FR", 200), filed("SE", 250)]
    after = [filed("SE", 251, taxable_minor=1004), filed("FI", 240), filed("DE", 190)]
    found = between(before, after, tmp_path)
    assert (found.added, found.removed, found.changed) == (1, 1, 1)
    assert [(row.kind, row.key["market_code"]) for row in found.rows] == [
        ("added", "FI"), ("removed", "FR"), ("changed", "SE"),
    ]  # fmt: skip
    assert found.rows[0].cells["tax_minor"] == (None, 240)
    assert found.rows[1].cells["tax_minor"] == (200, None)
    # of a changed row only the cells that changed
    assert found.rows[2].cells == {"tax_minor": (250, 251), "taxable_minor": (1000, 1004)}


def test_totals_are_of_a_month_and_currency_and_only_those_that_differ(tmp_path: Path) -> None:
    february = date(2026, 2, 1)
    before = [filed("DE", 190), filed("SE", 250, currency="SEK"), filed("FR", 200, february)]
    after = [filed("DE", 195), filed("SE", 250, currency="SEK"), filed("FR", 200, february)]
    after.append(filed("FI", 240, february))
    assert between(before, after, tmp_path).totals == [
        Total(month=february, currency="EUR", column="taxable_minor", before=1000, after=2000),
        Total(month=date(2026, 1, 1), currency="EUR", column="tax_minor", before=190, after=195),
        Total(month=february, currency="EUR", column="tax_minor", before=200, after=440),
        Total(month=february, currency="EUR", column="document_count", before=1, after=2),
    ]


def test_equal_releases_differ_in_nothing(tmp_path: Path) -> None:
    rows = [filed("DE", 190), filed("FR", 200)]
    assert between(rows, rows[::-1], tmp_path) == Difference("tax_return", rows=[])


_COUNTRIES = st.dictionaries(st.sampled_from(["DE", "FR", "SE", "FI", "DK"]), st.integers(-3, 3))


@given(_COUNTRIES, _COUNTRIES)
@settings(max_examples=15, deadline=None)
def test_diff_is_what_two_dictionaries_say(before: dict[str, int], after: dict[str, int]) -> None:
    with TemporaryDirectory() as folder:
        found = between(
            [filed(country, tax) for country, tax in before.items()],
            [filed(country, tax) for country, tax in after.items()],
            Path(folder),
        )
    assert found.added == len(after.keys() - before.keys())
    assert found.removed == len(before.keys() - after.keys())
    assert {row.key["market_code"] for row in found.rows if row.kind == "changed"} == {
        country for country in before.keys() & after.keys() if before[country] != after[country]
    }
    moved = sum(after.values()) - sum(before.values())
    told = [one.after - one.before for one in found.totals if one.column == "tax_minor"]
    assert told == ([moved] if moved else [])
