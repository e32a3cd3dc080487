"""Views of subscribers: what they pay by month, who came, who stayed, who left."""

from typing import Final

from markupsafe import Markup

from ledgerline.base.saying import noted
from ledgerline.charts.bars import stacked_bars
from ledgerline.charts.cohorts import Cohort, triangle
from ledgerline.charts.figure import Axis, Series, toned
from ledgerline.charts.lines import lines
from ledgerline.charts.rows import Step, waterfall
from ledgerline.charts.units import share
from ledgerline.report.cells import Pen, title_of
from ledgerline.report.questions import Rows, View, by_month, filled, months_of, pivoted, runs

_PER: Final = ("seller_code", "currency")
_KINDS: Final = (
    ("new", noted("New"), "c1"),
    ("expansion", noted("Expansion"), "up-2"),
    ("reactivation", noted("Reactivation"), "up-3"),
    ("transfer_in", noted("Moved here"), "c2"),
    ("churn", noted("Churn"), "down-1"),
    ("contraction", noted("Contraction"), "down-2"),
    ("transfer_out", noted("Moved away"), "c3"),
    ("correction", noted("Correction"), "c4"),
)
_YEAR: Final = 12
_FEW: Final = 10
"""Of fewer customers than these a share says nothing."""
_STATUSES: Final = (
    ("active", "Active", "c1"),
    ("trialing", "Trialing", "up-3"),
    ("comped", "Comped", "c2"),
    ("cancelling", "Cancelling", "c5"),
    ("paused", "Paused", "down-2"),
    ("past_due", "Past due", "c3"),
)


def _moves(rows: Rows, pen: Pen, title: str) -> Markup:
    months = months_of(rows)
    found = pivoted(rows, "kind")
    series = [
        Series(pen.say(name), filled(months, found[kind]), tone)
        for kind, name, tone in _KINDS
        if kind in found
    ]
    net = [sum(one.values[number] or 0 for one in series) for number in range(len(months))]
    unit = pen.by_month(rows[0]["currency"])
    line = Series(pen.say("Net"), net, "ink")
    return stacked_bars(by_month(months, pen), series, unit, title=title, line=line)


def _bridge(rows: Rows, pen: Pen, title: str) -> Markup:
    """Draw the last twelve months; what was before is where they open."""
    say, months = pen.say, months_of(rows)[-_YEAR:]
    before = sum(row["value"] for row in rows if row["month"] < months[0])
    found = pivoted([row for row in rows if row["month"] >= months[0]], "kind")
    changes = [
        Step(pen.say(name), sum(found[kind].values())) for kind, name, _ in _KINDS if kind in found
    ]
    closing = before + sum(step.value for step in changes)
    steps = [
        Step(say("Before %(month)s", month=pen.month(months[0])), before, is_level=True),
        *changes,
        Step(say("After %(month)s", month=pen.month(months[-1])), closing, is_level=True),
    ]
    return waterfall(steps, pen.by_month(rows[0]["currency"]), title=title)


def _statuses(rows: Rows, pen: Pen, title: str) -> Markup:
    months = months_of(rows)
    found = pivoted(rows, "kind")
    series = [
        Series(name, filled(months, found[kind]), tone)
        for kind, name, tone in _STATUSES
        if kind in found
    ]
    return stacked_bars(by_month(months, pen), series, pen.count, title=title)


def _comings(rows: Rows, pen: Pen, title: str) -> Markup:
    months = months_of(rows)
    at = {row["month"]: row for row in rows}
    series = [
        Series(name, [at[month][column] if month in at else None for month in months], tone)
        for name, column, tone in (
            ("First time", "first_time", "c1"),
            ("Returned", "returned", "up-2"),
            ("Moved or corrected", "other", "c2"),
            ("Left", "left", "c5"),
        )
    ]
    closing = [at[month]["closing"] if month in at else None for month in months]
    return stacked_bars(
        by_month(months, pen), series, pen.count, title=title,
        line=Series("Paying at the close", closing, "ink"),
    )  # fmt: skip


def _triangle(rows: Rows, pen: Pen, title: str) -> Markup:
    cohorts = [
        Cohort(pen.month(each[0]["cohort"]), each[0]["start"], [row["active"] for row in each])
        for _, each in runs(rows, "cohort")
    ]
    return triangle(cohorts, (pen.share, pen.count), title=title)


def _curve(rows: Rows, pen: Pen, title: str) -> Markup:
    began = dict[int, int]()
    for row in rows:
        began[row["age"]] = began.get(row["age"], 0) + row["start"]
    ages = [age for age in sorted(began) if began[age] >= _FEW or max(began.values()) < _FEW]

    def left(column: str) -> list[int | None]:
        return [
            share(
                sum(row[column] for row in rows if row["age"] == age),
                began[age],
            )
            for age in ages
        ]

    series = toned([("Active", left("active")), ("Without a break", left("unbroken"))])
    axis = Axis("Age in months", [str(age) for age in ages])
    return lines(axis, series, pen.share, title=title, from_zero=False)


def _kept(rows: Rows, pen: Pen, title: str) -> Markup:
    months = months_of(rows)
    at = {row["month"]: row for row in rows}

    def kept(part: str, whole: str) -> list[int | None]:
        return [share(at[each][part], at[each][whole]) if each in at else None for each in months]

    series = toned(
        [
            ("Net revenue retention", kept("now", "opening")),
            ("Gross revenue retention", kept("kept", "opening")),
            ("Customers kept", kept("stayed_count", "opening_count")),
        ]
    )
    return lines(by_month(months, pen), series, pen.share, title=title, from_zero=False)


def _leavers(rows: Rows, pen: Pen, title: str) -> Markup:
    months = months_of(rows)
    series = toned(
        [(title_of(kind), filled(months, values)) for kind, values in pivoted(rows, "kind").items()]
    )
    return stacked_bars(by_month(months, pen), series, pen.count, title=title)


_MOVED: Final = """
SELECT seller_code, currency, booked_month AS month, kind, sum(delta_e4)::bigint AS value,
       count(*) AS weight
  FROM mrr_movements GROUP BY ALL ORDER BY seller_code, currency, month, kind"""
_COHORTS: Final = """
SELECT cohort_month AS cohort, age_count AS age, sum(start_count)::bigint AS start,
       sum(active_count)::bigint AS active, sum(unbroken_count)::bigint AS unbroken
  FROM cohort_retention GROUP BY ALL ORDER BY cohort, age"""

SUBSCRIBER_VIEWS: Final = {
    "mrr_movements": (
        View(
            title=noted("The last twelve months"),
            note="What recurring revenue by month was, what changed it, and what it became. "
            "Rounded for show; the files are exact.",
            sql=_MOVED, draw=_bridge, per=_PER,
        ),
        View(
            title="Movements by month",
            note="What came above the line, what went below it.",
            sql=_MOVED, draw=_moves, per=_PER,
        ),
    ),
    "cohort_retention": (
        View(
            title="Who still pays, by cohort and age",
            note="Customers of all sellers and currencies who came in the same month, and the "
            "share of them who pay at the close of the months after it.",
            sql=_COHORTS, draw=_triangle,
        ),
        View(
            title="Who still pays, by age",
            note="All cohorts that have reached an age together; ages that fewer than ten "
            "customers have reached are left out.",
            sql=_COHORTS, draw=_curve,
        ),
    ),
    "monthly_retention": (
        View(
            title="Kept of what each month began with",
            note="Who came within the month is in none of these.",
            sql="""
SELECT seller_code, currency, close_month AS month, opening_e4 AS opening, now_e4 AS now,
       kept_e4 AS kept, opening_count, opening_count AS weight,
       opening_count - lost_voluntary_count - lost_nonpayment_count - lost_other_count
           AS stayed_count
  FROM monthly_retention ORDER BY seller_code, currency, month""",
            draw=_kept,
            per=_PER,
        ),
        View(
            title="Customers who left, by why",
            note="Of those with whom the month began, at all sellers and in all currencies.",
            sql="""
SELECT month, kind, sum(value)::bigint AS value FROM (
    UNPIVOT (SELECT close_month AS month, lost_voluntary_count AS by_choice,
                    lost_nonpayment_count AS did_not_pay, lost_other_count AS other_reasons
               FROM monthly_retention)
    ON by_choice, did_not_pay, other_reasons INTO NAME kind VALUE value)
 GROUP BY ALL ORDER BY month, kind""",
            draw=_leavers,
        ),
    ),
    "subscriber_counts": (
        View(
            title="Subscriptions at the end of each month",
            note="By status, without those that ended; the last month as on the day"
            " of the release.",
            sql="""
SELECT day_month AS month, status AS kind, sum(subscription_count)::bigint AS value
  FROM subscriber_counts WHERE status <> 'ended'
   AND day_on IN (SELECT max(day_on) FROM subscriber_counts GROUP BY day_month)
 GROUP BY ALL ORDER BY month, kind""",
            draw=_statuses,
        ),
    ),
    "paying_customers": (
        View(
            title="Who came, who went, who pays",
            note="At all sellers; who pays two of them, or in two currencies, counts twice.",
            sql="""
SELECT day_month AS month, sum(first_time_count)::bigint AS first_time,
       sum(returned_count)::bigint AS returned, sum(-ended_count)::bigint AS left,
       sum(transferred_count + corrected_count)::bigint AS other,
       (sum(closing_count) FILTER (day_on = last_on))::bigint AS closing
  FROM paying_customers
  JOIN (SELECT day_month, max(day_on) AS last_on FROM paying_customers GROUP BY ALL)
       USING (day_month)
 GROUP BY ALL ORDER BY month""",
            draw=_comings,
        ),
    ),
}  # fmt: skip
