"""Views of payments: what was authorised where, what failed, what came back."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final

from markupsafe import Markup

from ledgerline.charts.figure import Axis, toned
from ledgerline.charts.lines import lines
from ledgerline.charts.rows import Row as Bar
from ledgerline.charts.rows import compared
from ledgerline.charts.units import share
from ledgerline.report.cells import Pen, title_of
from ledgerline.report.questions import Rows, View, by_month, months_of

_GOOD: Final = frozenset({"authorised", "recovered_retry", "recovered_payer", "succeeded"})


def rates(rows: Rows, pen: Pen, title: str) -> Markup:
    """Draw a part of a whole by month, a line a kind; months without a whole have no point."""
    months = months_of(rows)
    found = dict[str, dict[object, int | None]]()
    for row in rows:
        found.setdefault(row["kind"], {})[row["month"]] = share(row["part"], row["whole"])
    series = toned(
        [(kind, [values.get(month) for month in months]) for kind, values in found.items()]
    )
    return lines(by_month(months, pen), series, pen.share, title=title, from_zero=False)


def outcomes(rows: Rows, pen: Pen, title: str) -> Markup:
    """Draw how often each kind came, with its share of all."""
    whole = sum(row["value"] for row in rows)
    bars = [
        Bar(
            title_of(row["kind"]),
            row["value"],
            pen.share.written(share(row["value"], whole) or 0),
            "c1" if row["kind"] in _GOOD else "c5",
        )
        for row in rows
    ]
    return compared(bars, pen.count, title=title, names=("What", "How many", "Share"))


def _recovered(rows: Rows, pen: Pen, title: str) -> Markup:
    weeks = [row["week"] for row in rows]
    axis = Axis("Week", [pen.day(week) for week in weeks], list(_month_ticks(weeks, pen)))
    series = toned(
        [
            (
                f"Within {days} days",
                [
                    share(row[f"in_{days}"], row["opened"]) if row[f"mature_{days}"] else None
                    for row in rows
                ],
            )
            for days in (7, 14, 28)
        ]
    )
    return lines(axis, series, pen.share, title=title)


def _month_ticks(weeks: Sequence[date], pen: Pen) -> Iterator[str]:
    """Name a month below the first of its weeks."""
    for number, week in enumerate(weeks):
        first = number == 0
        begins = first or weeks[number - 1].month != week.month
        yield pen.tick(week, first=first) if begins else ""


PAYMENT_VIEWS: Final = {
    "attempt_performance": (
        View(
            "Authorisation rate by provider",
            "Authorised of what the network answered, every try. Retries lower it while they raise "
            "success: read payment_performance beside it.",
            """
SELECT sent_month AS month, psp_account AS kind, sum(authorised_count)::bigint AS part,
       sum(submitted_count)::bigint AS whole
  FROM attempt_performance GROUP BY ALL ORDER BY kind, month""",
            rates,
        ),
        View(
            "What came of all tries",
            "In all months.",
            """
SELECT kind, sum(value)::bigint AS value FROM (
    UNPIVOT (SELECT authorised_count AS authorised, declined_soft_count AS declined_soft,
                    declined_hard_count AS declined_hard, blocked_count AS blocked,
                    abandoned_count AS abandoned, not_executed_count AS not_executed,
                    unknown_count AS unknown, adopted_count AS adopted FROM attempt_performance)
    ON COLUMNS(*) INTO NAME kind VALUE value)
 GROUP BY ALL HAVING sum(value) > 0 ORDER BY value DESC, kind""",
            outcomes,
        ),
    ),
    "payment_performance": (
        View(
            "How payments went, by month of their first try",
            "Final success is shown where it is final: 14 days after the first try.",
            """
SELECT begun_month AS month, 'First try authorised' AS kind, sum(first_ok_count)::bigint AS part,
       sum(payment_count - first_unknown_count)::bigint AS whole
  FROM payment_performance GROUP BY ALL
UNION ALL
SELECT begun_month, 'Succeeded within 14 days', sum(final_ok_count)::bigint,
       sum(payment_count)::bigint
  FROM payment_performance WHERE mature_on <= getvariable('today') GROUP BY ALL
 ORDER BY kind, month""",
            rates,
        ),
        View(
            "First try authorised, by provider",
            "By the account that the first try went to.",
            """
SELECT begun_month AS month, psp_account AS kind, sum(first_ok_count)::bigint AS part,
       sum(payment_count - first_unknown_count)::bigint AS whole
  FROM payment_performance GROUP BY ALL ORDER BY kind, month""",
            rates,
        ),
    ),
    "dunning_recovery": (
        View(
            "How renewals ended whose first try failed",
            "In all months.",
            """
SELECT outcome AS kind, count(*) AS value
  FROM dunning_recovery WHERE NOT is_recollection GROUP BY ALL ORDER BY value DESC, kind""",
            outcomes,
        ),
        View(
            "Why the first try failed",
            "In all months.",
            """
SELECT decline_class AS kind, count(*) AS value
  FROM dunning_recovery WHERE NOT is_recollection GROUP BY ALL ORDER BY value DESC, kind""",
            outcomes,
        ),
    ),
    "dunning_recovery_week": (
        View(
            "Recovered, by week of the failure",
            "By count, and only weeks that are old enough to be final.",
            """
SELECT week_start AS week, sum(opened_count)::bigint AS opened,
       sum(recovered_7d_count)::bigint AS in_7, sum(recovered_14d_count)::bigint AS in_14,
       sum(recovered_28d_count)::bigint AS in_28,
       max(mature_7d_on) <= getvariable('today') AS mature_7,
       max(mature_14d_on) <= getvariable('today') AS mature_14,
       max(mature_28d_on) <= getvariable('today') AS mature_28
  FROM dunning_recovery_week WHERE NOT is_recollection GROUP BY ALL ORDER BY week""",
            _recovered,
        ),
    ),
    "routing_decision_log": (
        View(
            "Accounts that were chosen",
            "In all months.",
            """
SELECT candidate_account AS kind, count(*) AS value
  FROM routing_decision_log WHERE is_chosen GROUP BY ALL ORDER BY value DESC, kind""",
            outcomes,
        ),
        View(
            "What came of the choices",
            "In all months.",
            """
SELECT result AS kind, count(*) AS value
  FROM routing_decision_log WHERE is_chosen GROUP BY ALL ORDER BY value DESC, kind""",
            outcomes,
        ),
    ),
    "retry_decision_log": (
        View(
            "What was decided",
            "In all months: a slot, a moment of a model, a technical repeat, or the end.",
            """
SELECT track AS kind, count(DISTINCT decision_id) AS value
  FROM retry_decision_log GROUP BY ALL ORDER BY value DESC, kind""",
            outcomes,
        ),
        View(
            "What came of the chosen slots",
            "In all months; none where no try has followed yet.",
            """
SELECT next_result AS kind, count(*) AS value
  FROM retry_decision_log WHERE is_chosen GROUP BY ALL ORDER BY value DESC, kind""",
            outcomes,
        ),
    ),
}
