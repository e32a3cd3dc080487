"""Views of cash at providers, and of what customers are worth."""

from typing import Final

from markupsafe import Markup

from ledgerline.charts.figure import Axis, toned
from ledgerline.charts.lines import lines
from ledgerline.charts.rows import Row as Bar
from ledgerline.charts.rows import compared
from ledgerline.report.cells import Pen, title_of
from ledgerline.report.questions import Rows, View
from ledgerline.report.revenue_views import by_kind


def _statuses(rows: Rows, pen: Pen, title: str) -> Markup:
    unit = pen.amount(rows[0]["currency"])
    bars = [
        Bar(
            title_of(row["status"]),
            row["value"],
            pen.count.written(row["weight"]),
            "c1" if row["status"] == "matched" else "c3",
        )
        for row in rows
    ]
    return compared(bars, unit, title=title, names=("Status", f"Open, {unit.name}", "Legs"))


def _by_age(rows: Rows, pen: Pen, title: str) -> Markup:
    axis = Axis("Age in months", [str(row["age"]) for row in rows])
    series = toned(
        [
            ("Revenue", [row["revenue"] for row in rows]),
            ("Left of it", [row["contribution"] for row in rows]),
        ]
    )
    return lines(axis, series, pen.amount(rows[0]["currency"]), title=title)


def _by_plan(rows: Rows, pen: Pen, title: str) -> Markup:
    unit = pen.amount(rows[0]["currency"])
    bars = [Bar(row["plan_code"], row["value"], pen.count.written(row["weight"])) for row in rows]
    return compared(bars, unit, title=title, names=("Plan", unit.name, "Customers"))


_ACCOUNT: Final = ("psp_account", "currency")

CASH_VIEWS: Final = {
    "cash_reconciliation": (
        View(
            title="What is open in the newest month",
            note="By status, with what it leaves open in clearing or on its way; what matches "
            "leaves nothing.",
            sql="""
SELECT psp_account, currency, status, sum(open_minor)::bigint AS value, count(*) AS weight
  FROM cash_reconciliation
 WHERE book_month = (SELECT max(book_month) FROM cash_reconciliation)
 GROUP BY ALL ORDER BY psp_account, currency, weight DESC, status""",
            draw=_statuses,
            per=_ACCOUNT,
        ),
        View(
            title="What providers and banks said",
            note="By leg, in the month in which any side moved; the largest legs by name.",
            sql="""
SELECT psp_account, currency, book_month AS month, leg AS kind,
       sum(theirs_minor)::bigint AS value, count(*) AS weight
  FROM cash_reconciliation WHERE is_moved
 GROUP BY ALL ORDER BY psp_account, currency, month, kind""",
            draw=by_kind,
            per=_ACCOUNT,
        ),
    ),
    "lifetime_value": (
        View(
            title="Brought by a customer, by age",
            note="What cohorts brought until the close of each month, by customer at the start: "
            "all that have reached the age together.",
            sql="""
SELECT seller_code, currency, age_count AS age, sum(start_count)::bigint AS weight,
       round(sum(revenue_minor)::decimal(38, 0) / sum(start_count))::bigint AS revenue,
       round(sum(contribution_minor)::decimal(38, 0) / sum(start_count))::bigint AS contribution
  FROM lifetime_value WHERE method = 'observed'
 GROUP BY ALL HAVING sum(start_count) > 0 ORDER BY seller_code, currency, age""",
            draw=_by_age,
            per=("seller_code", "currency"),
        ),
        View(
            title="Worth over the horizon, by plan",
            note="At the newest close, weighted by customers at the start.",
            sql="""
SELECT seller_code, currency, plan_code, sum(start_count)::bigint AS weight,
       round(sum(value_minor::decimal(38, 0) * start_count) / sum(start_count))::bigint AS value
  FROM lifetime_value
 WHERE method = 'horizon' AND value_minor IS NOT NULL
   AND close_month = (SELECT max(close_month) FROM lifetime_value)
 GROUP BY ALL HAVING sum(start_count) > 0
 ORDER BY seller_code, currency, value DESC, plan_code""",
            draw=_by_plan,
            per=("seller_code", "currency"),
        ),
    ),
}
