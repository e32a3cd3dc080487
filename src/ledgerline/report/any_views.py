"""The views of a data set that has none of its own."""

from markupsafe import Markup

from ledgerline.charts.bars import stacked_bars
from ledgerline.charts.figure import Series
from ledgerline.datasets.contract import Contract
from ledgerline.report.cash_views import CASH_VIEWS
from ledgerline.report.cells import Pen
from ledgerline.report.payment_views import PAYMENT_VIEWS
from ledgerline.report.questions import Rows, View, by_month, filled, months_of
from ledgerline.report.revenue_views import REVENUE_VIEWS
from ledgerline.report.subscriber_views import SUBSCRIBER_VIEWS

VIEWS = {**REVENUE_VIEWS, **SUBSCRIBER_VIEWS, **PAYMENT_VIEWS, **CASH_VIEWS}


def views_of(contract: Contract) -> tuple[View, ...]:
    """Return the views of a data set; of one without its own, how many rows each month has."""
    return VIEWS.get(contract.name) or (_rows_by_month(contract),)


def _rows_by_month(contract: Contract) -> View:
    sql = f"""
SELECT "{contract.partition}" AS month, count(*) AS value
  FROM "{contract.name}" GROUP BY ALL ORDER BY month"""  # noqa: S608 - names of a contract
    return View("Rows by month", contract.columns[contract.partition], sql, _counted)


def _counted(rows: Rows, pen: Pen, title: str) -> Markup:
    months = months_of(rows)
    values = filled(months, {row["month"]: row["value"] for row in rows})
    return stacked_bars(
        by_month(months, pen), [Series("Rows", values, "c1")], pen.count, title=title
    )
