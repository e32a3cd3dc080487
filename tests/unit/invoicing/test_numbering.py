from datetime import date
from uuid import UUID

from ledgerline.invoicing.rows.documents import OpenSeriesRow
from ledgerline.invoicing.rules.numbering import series_id, series_of

DECEMBER_31 = date(2026, 12, 31)
JANUARY_1 = date(2027, 1, 1)
NORDIC_INVOICES_2026 = UUID("3392efb7-0a77-5229-bf0e-59885084d8bd")


def test_series_has_one_id_everywhere() -> None:
    assert series_id("nordic", "invoice", DECEMBER_31) == NORDIC_INVOICES_2026


def test_series_is_of_one_seller_one_kind_and_one_year() -> None:
    series = series_id("nordic", "invoice", DECEMBER_31)
    assert series_id("nordic", "invoice", date(2026, 1, 1)) == series
    assert series_id("nordic", "invoice", JANUARY_1) != series
    assert series_id("nordic", "receipt", DECEMBER_31) != series
    assert series_id("iberia", "invoice", DECEMBER_31) != series


def test_series_is_opened_with_the_year_its_documents_are_issued_in() -> None:
    assert series_of("nordic", "invoice", DECEMBER_31) == OpenSeriesRow(
        series_id("nordic", "invoice", DECEMBER_31), "nordic", "invoice", "2026"
    )
