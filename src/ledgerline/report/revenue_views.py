"""Views of what was billed, earned, owed and taxed."""

from typing import Final

from markupsafe import Markup

from ledgerline.charts.bars import stacked_bars
from ledgerline.charts.figure import Series, toned
from ledgerline.charts.rows import Row as Bar
from ledgerline.charts.rows import Step, compared, waterfall
from ledgerline.report.cells import Pen, title_of
from ledgerline.report.questions import (
    Rows,
    View,
    by_month,
    filled,
    heaviest,
    months_of,
    pivoted,
)

_PER: Final = ("seller_code", "currency")
_BUCKETS: Final = (
    ("not_due", "Not due", "up-3"),
    ("1_30", "1–30 days", "c1"),
    ("31_60", "31–60 days", "c2"),
    ("61_90", "61–90 days", "c3"),
    ("91_120", "91–120 days", "c4"),
    ("121_up", "121 days and more", "ink"),
)
_BUCKET_NAMES: Final = (
    "Not due",
    "1–30 days",
    "31–60 days",
    "61–90 days",
    "91–120 days",
    "121 days and more",
)
_BUCKET_TONES: Final = ("up-3", "c1", "c2", "c3", "c4", "ink")
_ROLLED: Final = """
SELECT seller_code, currency, book_month AS month,
       (SELECT count(*) FROM document_line AS l
         WHERE l.seller_code = d.seller_code AND l.currency = d.currency) AS weight,
       sum(opening_minor)::bigint AS opening, sum(billed_minor)::bigint AS billed,
       sum(credited_minor)::bigint AS credited, sum(-recognised_minor)::bigint AS recognised,
       sum(closing_minor)::bigint AS closing
  FROM deferred_revenue AS d WHERE book_month <= getvariable('today')
 GROUP BY ALL ORDER BY seller_code, currency, month"""


def by_kind(rows: Rows, pen: Pen, title: str) -> Markup:
    """Draw what a column ``kind`` divides, stacked by month."""
    months = months_of(rows)
    kinds = heaviest(pivoted(rows, "kind"))
    series = toned([(title_of(kind), filled(months, values)) for kind, values in kinds.items()])
    unit = pen.amount(rows[0]["currency"])
    return stacked_bars(by_month(months, pen), series, unit, title=title)


def _roll_forward(rows: Rows, pen: Pen, title: str) -> Markup:
    months = months_of(rows)
    at = {row["month"]: row for row in rows}

    def series(name: str, column: str, tone: str) -> Series:
        return Series(name, [at[month][column] if month in at else None for month in months], tone)

    moves = [
        series("Billed", "billed", "c1"),
        series("Recognised", "recognised", "c5"),
        series("Credited", "credited", "c4"),
    ]
    unit = pen.amount(rows[0]["currency"])
    closing = series("Closing", "closing", "ink")
    return stacked_bars(by_month(months, pen), moves, unit, title=title, line=closing)


def _last_month(rows: Rows, pen: Pen, title: str) -> Markup:
    row = rows[-1]
    steps = [
        Step(f"Opening of {pen.month(row['month'])}", row["opening"], is_level=True),
        Step("Billed", row["billed"]),
        Step("Credited", row["credited"]),
        Step("Recognised", row["recognised"]),
        Step("Closing", row["closing"], is_level=True),
    ]
    return waterfall(steps, pen.amount(row["currency"]), title=title)


def _ages(rows: Rows, pen: Pen, title: str) -> Markup:
    months = months_of(rows)
    found = pivoted(rows, "kind")
    series = [
        Series(name, filled(months, found.get(bucket, {})), tone)
        for bucket, name, tone in _BUCKETS
        if bucket in found
    ]
    unit = pen.amount(rows[0]["currency"])
    return stacked_bars(by_month(months, pen), series, unit, title=title)


def _ages_now(rows: Rows, pen: Pen, title: str) -> Markup:
    last = {row["kind"]: row for row in rows if row["month"] == rows[0]["newest"]}
    bars = [
        Bar(name, last[bucket]["value"], pen.count.written(last[bucket]["weight"]), tone)
        for bucket, name, tone in _BUCKETS
        if bucket in last
    ]
    unit = pen.amount(rows[0]["currency"])
    return compared(bars, unit, title=title, names=("Due since", unit.name, "Invoices"))


def _countries(rows: Rows, pen: Pen, title: str) -> Markup:
    unit = pen.amount(rows[0]["currency"])
    bars = [
        Bar(pen.locality.country(row["market_code"]), row["value"], unit.written(row["base"]))
        for row in rows
    ]
    return compared(bars, unit, title=title, names=("Country", f"Tax, {unit.name}", "Base"))


_AGES: Final = """
SELECT seller_code, currency, as_of_month AS month, bucket_code AS kind,
       sum(open_minor)::bigint AS value, count(*) AS weight,
       (SELECT max(as_of_month) FROM receivables_ageing) AS newest
  FROM receivables_ageing GROUP BY ALL ORDER BY seller_code, currency, month, kind"""

REVENUE_VIEWS: Final = {
    "deferred_revenue": (
        View(
            title="Roll-forward by month",
            note="What was billed, earned and credited, and what was left at the end"
            " of each month.",
            sql=_ROLLED, draw=_roll_forward, per=_PER,
        ),
        View(
            title="The last month",
            note="How its opening became its closing.",
            sql=_ROLLED, draw=_last_month, per=_PER,
        ),
    ),
    "revenue_schedule": (
        View(
            title="Earned by month of the books",
            note="By what was sold. Later months hold what billed lines will still earn.",
            sql="""
SELECT seller_code, currency, booked_month AS month, category AS kind,
       sum(earned_minor)::bigint AS value, count(*) AS weight
  FROM revenue_schedule GROUP BY ALL ORDER BY seller_code, currency, month, kind""",
            draw=by_kind,
            per=_PER,
        ),
    ),
    "receivables_ageing": (
        View(
            title="Owed now, by how long it has been due",
            note="On the last day that was counted.",
            sql=_AGES, draw=_ages_now, per=_PER,
        ),
        View(
            title="Owed at the end of each month",
            note="By how long it had been due then.",
            sql=_AGES, draw=_ages, per=_PER,
        ),
    ),
    "tax_return": (
        View(
            title="Tax by country, newest quarter",
            note="As it was charged, corrections of earlier quarters among it, without what is"
            " not paid yet.",
            sql="""
SELECT seller_code, currency, market_code, sum(tax_minor)::bigint AS value,
       sum(taxable_minor)::bigint AS base, sum(document_count)::bigint AS weight
  FROM tax_return
 WHERE NOT is_pending AND quarter_start = (SELECT max(quarter_start) FROM tax_return)
 GROUP BY ALL ORDER BY seller_code, currency, value DESC, market_code""",
            draw=_countries,
            per=_PER,
        ),
        View(
            title="Tax by month",
            note="Corrections of earlier quarters stand apart, and so does what is not"
            " paid yet.",
            sql="""
SELECT seller_code, currency, tax_month AS month, sum(document_count)::bigint AS weight,
       CASE WHEN is_pending THEN 'pending' WHEN is_correction THEN 'corrections'
            ELSE 'supplies' END AS kind,
       sum(tax_minor)::bigint AS value
  FROM tax_return GROUP BY ALL ORDER BY seller_code, currency, month, kind DESC""",
            draw=by_kind,
            per=_PER,
        ),
    ),
}  # fmt: skip
