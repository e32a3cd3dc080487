"""The same tables, slowly: integers, dates and loops, and nothing of what is tested."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

Row = Mapping[str, Any]
_MOVES = (
    "billed_minor", "credited_minor", "recognised_minor", "recognised_from_opening_minor",
)  # fmt: skip


def month_of(day: date) -> date:
    return day.replace(day=1)


def following(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def schedule(lines: Iterable[Row]) -> list[dict[str, Any]]:
    """Earn every line day by day, and round what is cumulated down."""
    found = []
    for line in lines:
        if line["kind"] == "void" or line["earns_from_on"] is None:
            continue
        days = (line["service_end"] - line["service_start"]).days
        counts = month_of(line["earns_from_on"])
        if line["deferred_minor"] and days > 0:
            earned: dict[date, int] = defaultdict(int)
            before = 0
            for passed in range(1, days + 1):
                day = line["service_start"] + timedelta(days=passed - 1)
                until = line["deferred_minor"] * passed // days
                earned[month_of(day)] += until - before
                before = until
            found += [
                _earned(line, "schedule", month, max(month, counts), amount)
                for month, amount in earned.items()
                if amount
            ]
        if at_once := line["net_minor"] - line["deferred_minor"]:
            booked = month_of(line["booked_on"])
            found.append(_earned(line, "at_once", booked, booked, at_once))
    return found


def _earned(line: Row, segment: str, month: date, booked: date, amount: int) -> dict[str, Any]:
    return {
        "line_id": line["line_id"], "kind": line["kind"], "segment": segment,
        "earned_month": month, "booked_month": booked, "earned_minor": amount,
        "is_catch_up": month < booked,
    }  # fmt: skip


def rolled(
    lines: Sequence[Row], *, months: Sequence[date], recognised: date
) -> dict[tuple[str, date], dict[str, int]]:
    """Walk the months of each category and keep every line's position."""
    earned = [
        one
        for one in schedule(lines)
        if one["booked_month"] <= recognised or one["segment"] == "at_once"
    ]
    root = {(line["line_id"], line["kind"]): line for line in lines}
    found = {}
    for category in {line["category"] for line in lines}:
        positions: dict[str, int] = defaultdict(int)
        for month in months:
            moved = dict.fromkeys(_MOVES, 0)
            opening = sum(positions.values())
            for line in lines:
                if line["category"] == category and month_of(line["booked_on"]) == month:
                    name = "credited_minor" if line["kind"] == "credit" else "billed_minor"
                    moved[name] += line["net_minor"]
                    positions[line["root_line_id"]] += line["net_minor"]
            for one in earned:
                line = root[one["line_id"], one["kind"]]
                if line["category"] == category and one["booked_month"] == month:
                    moved["recognised_minor"] += one["earned_minor"]
                    positions[line["root_line_id"]] -= one["earned_minor"]
                    if month_of(line["booked_on"]) < month:
                        moved["recognised_from_opening_minor"] += one["earned_minor"]
            stands = positions.values()
            found[category, month] = {
                "opening_minor": opening,
                **moved,
                "closing_minor": sum(stands),
                "closing_deferred_minor": sum(max(each, 0) for each in stands),
                "closing_contract_asset_minor": sum(max(-each, 0) for each in stands),
                **remaining(
                    [one for one in lines if one["category"] == category],
                    month=month,
                    recognised=recognised,
                ),
            }
    return found


def remaining(lines: Sequence[Row], *, month: date, recognised: date) -> dict[str, int]:
    """Look at every line that is booked by the end of a month, for what it has not earned yet."""
    soon = later = 0
    year_on = date(month.year + 1, month.month, 1)
    for line in lines:
        if month_of(line["booked_on"]) > month:
            continue
        if line["kind"] == "void" or line["earns_from_on"] is None:
            soon += line["net_minor"]
        for one in schedule([line]):
            is_earned = one["booked_month"] <= min(month, recognised)
            if one["segment"] == "at_once" or is_earned:
                continue
            if one["booked_month"] <= year_on:
                soon += one["earned_minor"]
            else:
                later += one["earned_minor"]
    return {"remaining_12m_minor": soon, "remaining_later_minor": later}
