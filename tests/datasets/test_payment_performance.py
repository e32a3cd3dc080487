"""Tries and payments: the worked example, and random stories against a walk through them."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final

from hypothesis import given, settings
from hypothesis import strategies as st

from ledgerline.datasets.facts.attempt.model import BEFORE_NETWORK, SOFT
from ledgerline.payments.model import DeclineCategory
from ledgerline.payments.rules.advice import DEFAULTS
from tests.datasets.payment_stories import Story, Try, all_of, day_of, told
from tests.datasets.tables import built, months_between

MARCH: Final = date(2025, 3, 3)
MONTHS: Final = months_between(date(2025, 1, 1), date(2025, 12, 1))
_NO = Try("declined", category="insufficient_funds")
_BLOCKED = Try("not_executed", kind="withdrawn")


def example() -> list[Story]:
    """Tell of a thousand renewals: 833 go well at once, 74 later, most others are tried again."""
    again = _NO._replace(day=3)
    failed = [*[_NO] * 147, *[_BLOCKED] * 20]
    tries = (
        [[one, Try(day=5)] for one in failed[:66]]
        + [[one, Try(day=9)] for one in failed[66:74]]
        + [[one, again] for one in failed[74:160]]
        + [[one] for one in failed[160:]]
    )
    rest = [Story(f"l{number}", MARCH, one) for number, one in enumerate(tries)]
    return [Story(f"w{number}", MARCH) for number in range(833)] + rest


def test_worked_example() -> None:
    tables = all_of(example(), MONTHS)
    tries, payments = tables["attempt_performance"], tables["payment_performance"]
    first = [row for row in tries if not row["is_retry"]]
    assert (_sum(first, "authorised_count"), _sum(first, "submitted_count")) == (833, 980)
    assert (_sum(tries, "authorised_count"), _sum(tries, "submitted_count")) == (907, 1140)
    assert _sum(first, "blocked_count") == 20
    [cell] = payments
    assert (cell["first_ok_count"], cell["final_ok_count"], cell["payment_count"]) == (
        833, 907, 1000,
    )  # fmt: skip
    assert (cell["begun_minor"], cell["final_ok_minor"]) == (1_199_000, 907 * 1199)
    assert cell["mature_on"] == date(2025, 3, 18)
    weeks = tables["dunning_recovery_week"]
    assert _sum(weeks, "opened_count") == 167
    assert (_sum(weeks, "recovered_7d_count"), _sum(weeks, "recovered_14d_count")) == (66, 74)
    assert (_sum(weeks, "recovered_14d_minor"), _sum(weeks, "opened_minor")) == (88_726, 200_233)


def test_try_that_nobody_knows_the_end_of_is_in_no_rate_and_its_month_is_named_when_it_ends() -> (
    None
):
    live = Story("p", date(2025, 3, 31), [Try(None)])
    [cell] = all_of([live], MONTHS)["attempt_performance"]
    counted = ("attempt_count", "unknown_count", "submitted_count", "authorised_count")
    assert [cell[name] for name in counted] == [1, 1, 0, 0]
    [ended] = told([live._replace(tries=[Try(took=9)])])["attempt_end"]
    assert (ended["ended_on"], ended["sent_month"]) == (date(2025, 4, 9), date(2025, 3, 1))


def test_late_money_is_a_success_of_the_payment_and_in_no_rate_of_tries() -> None:
    late = Try(day=40, late=True)
    tables = all_of([Story("p", MARCH, [_NO, late], closed=("payment.failed", 20))], MONTHS)
    adopted = [row for row in tables["attempt_performance"] if row["adopted_count"]]
    assert [(row["submitted_count"], row["adopted_minor"]) for row in adopted] == [(0, 1199)]
    [cell] = tables["payment_performance"]
    assert (cell["ok_count"], cell["final_ok_count"]) == (1, 0)
    [episode] = tables["dunning_recovery"]
    assert (episode["outcome"], episode["recovered_days"]) == ("recovered_retry", 40)


def test_money_collected_again_after_a_dispute_stands_apart_from_renewals() -> None:
    again = Story("r", MARCH, [_NO, Try(day=5)], purpose="recollect:1")
    tables = all_of([Story("p", MARCH, [_NO, Try(day=5)]), again], MONTHS)
    for name, count in (
        ("payment_performance", "payment_count"), ("dunning_recovery_week", "opened_count"),
    ):  # fmt: skip
        told = sorted((row["is_recollection"], row[count]) for row in tables[name])
        assert told == [(False, 1), (True, 1)], name
    assert {row["payment_id"]: row["is_recollection"] for row in tables["dunning_recovery"]} == {
        "p": False, "r": True,
    }  # fmt: skip


def test_classes_of_refusals_are_those_that_payments_go_by() -> None:
    machine = {one.value for one, advised in DEFAULTS.items() if advised.allows_machine}
    assert set(SOFT) == machine
    assert set(BEFORE_NETWORK) <= {one.value for one in DeclineCategory} - machine


CATEGORIES: Final = [None, *DeclineCategory]


@st.composite
def failures(draw: st.DrawFn) -> Try:
    """Draw a try that came to nothing."""
    category = draw(st.sampled_from(CATEGORIES))
    match draw(st.sampled_from(["declined", "blocked", "left", "lost"])):
        case "declined":
            return Try("declined", category=category)
        case "blocked":
            return _BLOCKED
        case "left":
            return Try("not_executed", kind="void_confirmed", left=True, initiator="customer")
        case _:
            return Try("not_executed", kind="status_query", category=category)


@st.composite
def stories(draw: st.DrawFn) -> list[Story]:
    """Draw payments that go well, late, never, or of which nobody knows the end."""
    found = []
    for number in range(draw(st.integers(1, 12))):
        day, tries = 0, list[Try]()
        for failed in draw(st.lists(failures(), max_size=4)):
            tries.append(failed._replace(day=day, took=draw(st.integers(0, 5))))
            day += tries[-1].took + draw(st.integers(0, 12))
        last = draw(
            st.sampled_from(["won", "live", "closed", "late"] if tries else ["won", "live"])
        )
        asked = bool(tries) and draw(st.booleans())
        initiator = draw(st.sampled_from(["customer", "merchant"]))
        if last in {"won", "live"}:
            outcome = "succeeded" if last == "won" else None
            took = draw(st.integers(0, 5))
            fee = draw(st.sampled_from([None, 0, 42])) if last == "won" else None
            tries.append(
                Try(outcome, day=day, took=took, asked=asked, initiator=initiator, fee=fee)
            )
        if last == "late":
            tries.append(Try(day=day + 3, late=True))
        kind = draw(st.sampled_from(["payment.failed", "payment.canceled"]))
        found.append(
            Story(
                name=f"p{number}",
                begun_on=date(2025, 1, 1) + timedelta(days=draw(st.integers(0, 120))),
                tries=tries,
                cause=draw(st.sampled_from(["renewal", "purchase", "change"])),
                amount=draw(st.integers(1, 99_999)),
                account=draw(st.sampled_from(["boreal", "cobalt"])),
                closed=(kind, day) if last in {"closed", "late"} else None,
            )
        )
    return found


@settings(max_examples=10)
@given(stories())
def test_cells_are_what_the_slow_way_finds(drawn: list[Story]) -> None:
    tables = all_of(drawn, MONTHS)
    tries = tables["attempt_performance"]
    slow = {
        cell: {n: x for n, x in counts.items() if x}
        for cell, counts in _tries_slowly(drawn).items()
    }
    assert {_try_cell(row): _counts(row) for row in tries} == slow
    payments = tables["payment_performance"]
    found = {
        (row["begun_on"], row["psp_account"], row["initiator"], row["cause"]): [
            row["payment_count"], row["first_ok_count"], row["first_unknown_count"],
            row["ok_count"], row["final_ok_count"], row["attempt_count"], row["ok_minor"],
            row["final_ok_minor"],
        ]
        for row in payments
    }  # fmt: skip
    assert found == _payments_slowly(drawn)


@settings(max_examples=4)
@given(stories(), st.sampled_from(MONTHS[:5]))
def test_month_that_is_built_alone_is_that_month_of_the_whole(
    drawn: list[Story], month: date
) -> None:
    tables = all_of(drawn, MONTHS)
    for name, partition in (("attempt", "sent_month"), ("payment", "begun_month")):
        alone = built(name, tables, months=[month])
        whole = [row for row in tables[name] if row[partition] == month]
        assert alone == sorted(whole, key=lambda row: row[f"{name}_id"])


def result_of(one: Try) -> str:
    """Say what came of a try, by what a story says of it."""
    if one.outcome is None:
        return "unknown"
    if one.outcome == "succeeded":
        return "adopted" if one.late else "authorised"
    refused = one.category in {"fraud_engine", "merchant_config", "request_refused"}
    if one.kind == "withdrawn" or refused:
        return "blocked"
    if one.outcome == "not_executed":
        return "abandoned" if one.left else "not_executed"
    advised = DEFAULTS[DeclineCategory(one.category or "unmapped")]
    return "declined_soft" if advised.allows_machine else "declined_hard"


def _try_cell(row: dict[str, Any]) -> tuple[object, ...]:
    return (
        row["sent_on"], row["psp_account"], row["initiator"], row["cause"], row["ordinal_num"],
        "none" if row["adopted_count"] else "1:all",
    )  # fmt: skip


def _counts(row: dict[str, Any]) -> dict[str, int]:
    named = {name.removesuffix("_count"): n for name, n in row.items() if name.endswith("_count")}
    named |= {"money": row["authorised_minor"] + row["adopted_minor"]}
    named |= {"fee": row["fee_minor"], "ms": row["answer_ms_num"]}
    return {name: number for name, number in named.items() if number}


def _tries_slowly(drawn: Sequence[Story]) -> dict[tuple[object, ...], Counter[str]]:
    found: dict[tuple[object, ...], Counter[str]] = {}
    for story in drawn:
        for number, one in enumerate(story.tries, start=1):
            cell = (
                day_of(story, one.day), story.account, one.initiator, story.cause, number,
                "none" if one.late else "1:all",
            )  # fmt: skip
            counted, result = found.setdefault(cell, Counter()), result_of(one)
            counted.update(["attempt", result])
            if result in {"authorised", "declined_soft", "declined_hard"}:
                counted["submitted"] += 1
            if one.outcome == "succeeded":
                counted["money"] += story.amount
            if one.answer_ms is not None:
                counted.update(answered=1, ms=one.answer_ms)
            if one.fee is not None:
                counted.update(fee_known=1, fee=one.fee)
    return found


def _payments_slowly(drawn: Sequence[Story]) -> dict[tuple[object, ...], list[int]]:
    found: dict[tuple[object, ...], list[int]] = {}
    for story in drawn:
        first = story.tries[0]
        cell = (story.begun_on, story.account, first.initiator, story.cause)
        paid = [one.day + one.took for one in story.tries if one.outcome == "succeeded"]
        is_final = bool(paid) and paid[0] <= 14
        mine = [
            1, result_of(first) == "authorised", first.outcome is None, len(paid), is_final,
            len(story.tries), story.amount * len(paid), story.amount * is_final,
        ]  # fmt: skip
        held = found.setdefault(cell, [0] * len(mine))
        found[cell] = [old + new for old, new in zip(held, mine, strict=True)]
    return found


def _sum(rows: Sequence[dict[str, Any]], name: str) -> int:
    return sum(row[name] for row in rows)
