"""Episodes, weeks and choices: random stories against a walk, and faults that audits find."""

from collections import Counter
from collections.abc import Callable
from copy import deepcopy
from datetime import date, timedelta
from typing import Any, Final

import ibis
import pytest
from hypothesis import given, settings

from ledgerline.datasets.headlines import funnel
from ledgerline.datasets.nodes import node_of
from tests.datasets.payment_stories import BUILT, Row, Story, Tables, Try, all_of, day_of
from tests.datasets.tables import broken, built, table_of
from tests.datasets.test_payment_performance import MARCH, MONTHS, result_of, stories

_NO: Final = Try("declined", category="do_not_honor")
ROUTING: Final = "routing_decision_log"
RETRY: Final = "retry_decision_log"
Plant = Callable[[Tables], object]


@settings(max_examples=10)
@given(stories())
def test_episodes_weeks_and_choices_are_what_the_slow_way_finds(drawn: list[Story]) -> None:
    tables = all_of(drawn, MONTHS)
    failed = [one for one in drawn if one.cause == "renewal" and _is_failed(one.tries[0])]
    found = {
        row["payment_id"]: (row["opened_on"], row["outcome"], row["ended_on"])
        for row in tables["dunning_recovery"]
    }
    assert found == {one.name: _episode(one) for one in failed}
    opened = Counter[date]()
    recovered = {days: Counter[date]() for days in (7, 14, 28)}
    for one in failed:
        on, outcome, ended_on = _episode(one)
        monday = on - timedelta(days=on.weekday())
        opened[monday] += one.amount
        for days, counted in recovered.items():
            if outcome.startswith("recovered") and ended_on is not None:
                counted[monday] += one.amount * ((ended_on - on).days <= days)
    weeks = tables["dunning_recovery_week"]
    assert _by_week(weeks, "opened_minor") == +opened
    for days, counted in recovered.items():
        assert _by_week(weeks, f"recovered_{days}d_minor") == +counted
    chosen = [row for row in tables["retry_decision_log"] if row["is_chosen"]]
    assert {row["attempt_id"]: row["next_result"] for row in chosen} == _followed(drawn)
    routed = [row for row in tables["routing_decision_log"] if row["is_chosen"]]
    assert {row["attempt_id"]: (row["result"], row["mature_on"]) for row in routed} == {
        f"{story.name}-{number}": (result_of(one), _mature_on(story, one))
        for story in drawn
        for number, one in enumerate(story.tries, start=1)
        if one.kind != "withdrawn" and not one.late
    }


def test_a_funnel_counts_each_refused_renewal_by_how_it_ended() -> None:
    drawn = [
        Story("second", MARCH, [_NO, Try(day=4)]),
        Story("third", MARCH, [_NO, _NO._replace(day=2), Try(day=4)]),
        Story("third-too", MARCH, [_NO, _NO._replace(day=2), Try(day=4)], amount=500),
        Story("lost", MARCH, [_NO, _NO._replace(day=4)], closed=("payment.failed", 9)),
        Story("open", MARCH, [_NO]),
        Story("at once", MARCH, [Try()]),
        Story("again", MARCH, [_NO, Try(day=4)], purpose="recollect-1"),
        Story("long ago", MARCH - timedelta(days=45), [_NO, Try(day=4)]),
    ]
    begun = table_of("dunning_recovery", all_of(drawn, MONTHS)["dunning_recovery"])
    today = MARCH + timedelta(days=20)
    rows = ibis.duckdb.connect().to_pyarrow(funnel(begun, today)).to_pylist()
    assert [tuple(one.values()) for one in rows] == [
        ("EUR", "ended_unpaid", 0, 1, 1199), ("EUR", "open", 0, 1, 1199),
        ("EUR", "recovered_retry", 1, 1, 1199), ("EUR", "recovered_retry", 2, 2, 1699),
    ]  # fmt: skip


def _is_failed(one: Try) -> bool:
    return one.outcome in {"declined", "not_executed"}


def _episode(story: Story) -> tuple[date, str, date | None]:
    first = story.tries[0]
    opened_on = day_of(story, first.day + first.took)
    for one in story.tries:
        if one.outcome == "succeeded":
            planned = any(each.outcome == "declined" for each in story.tries)
            by_payer = one.initiator == "customer" or (one.asked and planned)
            outcome = "recovered_payer" if by_payer and not one.late else "recovered_retry"
            return opened_on, outcome, day_of(story, one.day + one.took)
    if story.closed is not None:
        kind, day = story.closed
        outcome = {"payment.failed": "ended_unpaid", "payment.canceled": "cancelled"}[kind]
        return opened_on, outcome, day_of(story, day)
    return opened_on, "open", None


def _followed(drawn: list[Story]) -> dict[str, str]:
    found = {}
    for story in drawn:
        for number, one in enumerate(story.tries, start=1):
            is_last = number == len(story.tries)
            if one.outcome == "declined" and not (is_last and story.closed):
                following = [] if is_last else [story.tries[number]]
                came = [result_of(each) for each in following if not each.late]
                found[f"{story.name}-{number}"] = came[0] if came else "none"
    return found


def _mature_on(story: Story, one: Try) -> date | None:
    return None if one.outcome is None else day_of(story, one.day + max(1, one.took))


def _by_week(weeks: list[Row], name: str) -> Counter[date]:
    found = Counter[date]()
    for row in weeks:
        found[row["week_start"]] += row[name]
    return +found


def tables_of_some() -> Tables:
    """Build everything of stories in which nothing is wrong."""
    drawn = [
        Story("won", MARCH, [Try(fee=42)]),
        Story("late", MARCH, [_NO, Try(day=4)]),
        Story("lost", MARCH, [_NO, _NO._replace(day=4)], closed=("payment.failed", 9)),
        Story("held", MARCH, [Try("not_executed", kind="withdrawn"), Try(day=1)]),
        Story("live", MARCH, [Try(None)]),
    ]
    tables = all_of(drawn, MONTHS)
    tables["cash_leg"] = built("cash_leg", tables, months=MONTHS)
    tables["subscription_version"] = [
        {
            "subscription_id": "s-lost", "component": "base", "valid_start": MARCH,
            "valid_end": MARCH + timedelta(days=10), "start_month": MARCH.replace(day=1),
            "mrr_e4": 1, "reason": "start",
        },
        {
            "subscription_id": "s-lost", "component": "base", "mrr_e4": 0, "valid_end": None,
            "valid_start": MARCH + timedelta(days=10), "start_month": MARCH.replace(day=1),
            "reason": "end_nonpayment",
        },
    ]  # fmt: skip
    return tables


def _first(tables: Tables, name: str, **wanted: Any) -> Row:
    return next(
        row for row in tables[name] if all(row[each] == value for each, value in wanted.items())
    )


def _set(name: str, wanted: Row, **values: Any) -> Plant:
    return lambda tables: _first(tables, name, **wanted).update(values)


def _drop(name: str, **wanted: Any) -> Plant:
    return lambda tables: tables[name].remove(_first(tables, name, **wanted))


def _double(name: str, **wanted: Any) -> Plant:
    return lambda tables: tables[name].append(dict(_first(tables, name, **wanted)))


PLANTS: Final[dict[str, tuple[Plant, ...]]] = {
    "attempt_captures": (
        _set("attempt", {"attempt_id": "won-1"}, captured_minor=1198),
        _set("attempt", {"attempt_id": "won-1"}, currency="SEK"),
        _drop("transfer", source_id="won-1"),
    ),
    "attempt_numbers": (
        _set("attempt", {"attempt_id": "late-2"}, ordinal_num=1),
        _set("attempt", {"attempt_id": "won-1"}, ordinal_num=2),
    ),
    "attempt_fees": (
        _set("attempt", {"attempt_id": "won-1"}, fee_minor=43),
        _set("attempt", {"attempt_id": "won-1"}, fee_minor=None),
    ),
    "attempt_all": (_drop("attempt", attempt_id="live-1"), _double("attempt", attempt_id="won-1")),
    "payment_first": (_drop("payment", payment_id="won"), _double("payment", payment_id="won")),
    "payment_paid": (
        _set("payment", {"payment_id": "late"}, state="failed"),
        _set("payment", {"payment_id": "won"}, amount_minor=1),
    ),
    "attempt_performance_money": (
        _set("attempt_performance", {"authorised_count": 1}, authorised_minor=0),
    ),
    "attempt_performance_authorised": (
        _set("attempt_performance", {"unknown_count": 1}, authorised_count=9),
    ),
    "attempt_performance_parts": (
        _set("attempt_performance", {"unknown_count": 1}, unknown_count=0),
        _set("attempt_performance", {"unknown_count": 1}, submitted_count=5),
    ),
    "payment_performance_first": (
        _set("payment_performance", {"cause": "renewal"}, payment_count=4),
        _set("payment_performance", {"cause": "renewal"}, market_code="SE"),
    ),
    "payment_performance_tries": (
        _set("payment_performance", {"cause": "renewal"}, attempt_count=4),
        _set("payment_performance", {"cause": "renewal"}, ok_minor=1),
    ),
    "dunning_recovery_first": (
        _drop("dunning_recovery", payment_id="lost"),
        _set("attempt_end", {"attempt_id": "won-1"}, outcome="declined"),
    ),
    "dunning_recovery_paid": (
        _set("dunning_recovery", {"payment_id": "late"}, outcome="ended_unpaid"),
        _set("dunning_recovery", {"payment_id": "lost"}, outcome="recovered_retry"),
    ),
    "dunning_recovery_end": (
        _set("dunning_recovery", {"payment_id": "lost"}, ended_on=None),
        _set("dunning_recovery", {"payment_id": "lost"}, ended_on=date(2025, 1, 1)),
    ),
    "dunning_recovery_ended": (
        _drop("subscription_version", reason="end_nonpayment"),
        _set("subscription_version", {"reason": "end_nonpayment"}, mrr_e4=1),
        _set(
            "subscription_version",
            {"reason": "end_nonpayment"},
            valid_start=MARCH + timedelta(days=11),
        ),
    ),
    "dunning_recovery_churn": (
        _set("payment", {"payment_id": "lost"}, closed_on=None),
        _set("payment", {"payment_id": "lost"}, closed_on=MARCH + timedelta(days=3)),
    ),
    "dunning_recovery_week_episodes": (
        _drop("dunning_recovery", payment_id="lost"),
        _set("dunning_recovery_week", {"recovered_28d_count": 1}, recovered_28d_minor=0),
    ),
    "routing_decision_log_whole": (
        _set(
            "routing_decision_log",
            {"attempt_id": "won-1", "candidate_num": 1},
            propensity_ppm=600_001,
        ),
        _set(ROUTING, {"attempt_id": "won-1", "candidate_num": 1}, is_chosen=False),
        _set(ROUTING, {"attempt_id": "held-1", "candidate_num": 1}, is_chosen=True),
    ),
    "routing_decision_log_learned": (
        _set(ROUTING, {"attempt_id": "won-1", "candidate_num": 1}, learned_ppm=999_999),
        _set(ROUTING, {"attempt_id": "won-1", "candidate_num": 1}, rules_ppm=999_999),
    ),
    "routing_decision_log_possible": (
        _set(
            "routing_decision_log", {"attempt_id": "won-1", "candidate_num": 1}, reason="disabled"
        ),
        _set(ROUTING, {"attempt_id": "won-1", "candidate_num": 1}, propensity_ppm=0),
    ),
    "routing_decision_log_tries": (
        _set("attempt", {"attempt_id": "won-1"}, psp_account="other"),
        _set("attempt", {"attempt_id": "won-1"}, propensity_ppm=400_000),
    ),
    "retry_decision_log_whole": (
        _set(RETRY, {"attempt_id": "late-1", "candidate_num": 1}, is_chosen=False),
        _set(RETRY, {"attempt_id": "lost-2", "candidate_num": 1}, propensity_ppm=1),
    ),
    "retry_decision_log_plans": (
        _drop("retry_decision_log", attempt_id="lost-2"),
        _set("retry_plan", {"attempt_id": "late-1"}, attempt_id="nobody"),
    ),
}


@pytest.fixture(scope="module")
def sound() -> Tables:
    return tables_of_some()


def test_every_audit_has_a_fault_that_it_finds() -> None:
    assert set(PLANTS) == {one.name for name in BUILT for one in node_of(name).checks}


@pytest.mark.parametrize("check", PLANTS)
def test_audit_finds_what_is_wrong_and_nothing_else(check: str, sound: Tables) -> None:
    assert broken(check, sound, months=MONTHS) == []
    for plant in PLANTS[check]:
        planted = deepcopy(sound)
        plant(planted)
        assert broken(check, planted, months=MONTHS) != []
