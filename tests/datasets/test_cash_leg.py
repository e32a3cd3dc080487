"""Legs and their reconciliation: random stories against a walk from month to month, and faults."""

from datetime import date
from typing import Any, Final

import pytest
from hypothesis import given, settings

from tests.datasets.cash_stories import (
    FIRST,
    MONTHS,
    Charge,
    File,
    Line,
    Story,
    by_leg,
    reconciled,
    stories,
    told,
)
from tests.datasets.tables import broken, built

_DAY: Final = date(2025, 1, 9)
_SOLD: Final = tuple(Charge(f"c{number}", "aster", 1199, FIRST) for number in range(3))


def tables(story: Story) -> dict[str, list[dict[str, Any]]]:
    sources = told(story)
    for name in ("cash_leg", "cash_reconciliation"):
        sources[name] = built(name, sources, months=MONTHS)
    return sources


def standing(story: Story) -> dict[str, str]:
    """Return the last status of every charge, refund and line."""
    rows = tables(story)["cash_reconciliation"]
    wanted = [row for row in rows if row["leg"] in {"capture", "refund"}]
    return {row["subject_id"]: row["status"] for row in wanted}


@settings(max_examples=20, deadline=None)
@given(stories())
def test_any_story_is_reconciled_as_a_walk_through_it_says(story: Story) -> None:
    sources = tables(story)
    assert by_leg(sources["cash_reconciliation"]) == reconciled(story)
    for check in (
        "cash_leg_ledger", "cash_leg_ours", "cash_leg_files", "cash_leg_payouts", "cash_leg_lines",
        "cash_reconciliation_clearing",
    ):  # fmt: skip
        assert broken(check, sources, months=MONTHS) == [], check


def test_statuses() -> None:
    files = (
        File("f0", "aster", _DAY, (Line("c0", 1199, 42), Line("x", 5, 0))),
        File("f1", "aster", date(2025, 1, 10), (Line("c1", 1199, 0), Line("c1", 1199, 0))),
        File("f2", "aster", date(2025, 1, 11), (Line("c2", 1198, 0),)),
    )
    more = (
        Charge("late", "aster", 1199, FIRST),
        Charge("fresh", "aster", 1199, date(2025, 4, 29)),
        Charge("alone", "boreal", 1199, FIRST),
    )
    assert standing(Story((*_SOLD, *more), files)) == {
        "c0": "matched", "c1": "duplicate", "c2": "amount", "x": "missing_ours",
        "late": "missing_theirs",  # files come daily, and it is in none
        "fresh": "timing",
        "alone": "timing",  # no file of that account has ever come
    }  # fmt: skip


def test_line_in_another_currency_is_told_so() -> None:
    sources = told(Story(_SOLD[:1], (File("f0", "aster", _DAY, (Line("c0", 1199, 0),)),)))
    for line in sources["settlement_line"]:
        line["gross_currency"] = line["currency"] = "SEK"
    sources["cash_leg"] = built("cash_leg", sources, months=MONTHS)
    rows = built("cash_reconciliation", sources, months=MONTHS[:1])
    assert {
        (row["currency"], row["status"], row["difference_minor"])
        for row in rows
        if row["leg"] == "capture"
    } == {("EUR", "currency", -1199), ("SEK", "currency", 1199)}


def test_name_that_two_charges_have_at_a_provider_is_no_name() -> None:
    sources = told(
        Story(_SOLD[:2], (File("f0", "aster", _DAY, (Line("c0", 1199, 0, by_name=True),)),))
    )
    for proof in sources["charge_proof"]:
        proof["psp_ref"] = "theirs-c0"
    sources["cash_leg"] = built("cash_leg", sources, months=MONTHS)
    rows = built("cash_reconciliation", sources, months=MONTHS[:1])
    assert {row["subject_id"] for row in rows if row["status"] == "missing_ours"} == {"f0:1"}


def test_worked_example_of_a_payout() -> None:
    # given ten captures, a refund, a chargeback with its fee, fees, a reserve held and one released
    charges = [Charge(f"c{number}", "aster", 1199, FIRST) for number in range(11)]
    lines = [Line(one.name, 1199, 0) for one in charges[:10]] + [Line("r", -1199, 0)]
    sources = told(
        Story(
            (*charges, Charge("r", "aster", -1199, FIRST)),
            (File("f", "aster", _DAY, tuple(lines)),),
        )
    )
    [out] = [line for line in sources["settlement_line"] if line["kind"] == "payout"]
    others = (
        ("dispute", -1199, 0), ("fee", 0, 1500), ("fee", 0, 350), ("adjustment", -600, 0),
        ("adjustment", 240, 0), ("adjustment", -150, 0),
    )  # fmt: skip
    sources["settlement_line"] += [
        {
            **out, "line_id": f"f:{number}", "kind": kind, "gross_minor": gross, "fee_minor": fee,
            "net_minor": gross - fee, "payout_id": None, "subject_id": None, "psp_ref": None,
        }
        for number, (kind, gross, fee) in enumerate(others, start=20)
    ]  # fmt: skip
    out.update(gross_minor=-7232, net_minor=-7232)
    legs = built("cash_leg", sources, months=MONTHS)
    # then the legs come to the payout
    paid = [row for row in legs if (row["side"], row["leg"]) == ("theirs", "payout")]
    assert sum(row["amount_minor"] for row in paid) == -7232
    assert broken("cash_leg_payouts", {"cash_leg": legs}, months=MONTHS) == []
    # and the eleventh capture, which came after the file was cut off, waits for the next one
    rows = built("cash_reconciliation", {"cash_leg": legs}, months=MONTHS[:1])
    [waits] = [row for row in rows if row["status"] == "timing" and row["leg"] == "capture"]
    assert (waits["subject_id"], waits["open_minor"]) == ("c10", 1199)


@pytest.mark.parametrize(
    ("check", "table", "fault"),
    [
        ("cash_leg_ledger", "transfer", {"amount_minor": 1200}),
        ("cash_leg_ours", "charge_proof", {"amount_minor": 1200}),
        ("cash_leg_files", "settlement_line", {"fee_minor": 43, "net_minor": 1156}),
        ("cash_leg_lines", "settlement_line", {"net_minor": 1158}),
        ("cash_leg_payouts", "cash_leg", {"amount_minor": 1}),
        ("cash_reconciliation_clearing", "cash_reconciliation", {"open_minor": 1}),
        ("cash_reconciliation_matched", "cash_reconciliation", {"open_minor": 1}),
    ],
)
def test_a_planted_fault_is_found(check: str, table: str, fault: dict[str, int]) -> None:
    file = File("f0", "aster", _DAY, (Line("c0", 1199, 42),))
    story = Story(_SOLD[:1], (file,))
    sources = tables(story)
    assert broken(check, sources, months=MONTHS) == []
    wanted = {"cash_leg": {"side": "theirs"}, "cash_reconciliation": {"leg": "capture"}}
    row = next(one for one in sources[table] if one.items() >= wanted.get(table, {}).items())
    row.update(fault)
    if table not in {"cash_leg", "cash_reconciliation"} and check != "cash_leg_ledger":
        sources["cash_leg"] = built("cash_leg", sources, months=MONTHS)
    if check == "cash_leg_lines":  # a line that the build lost
        sources["cash_leg"] = [one for one in sources["cash_leg"] if one["leg"] != "payout"]
    assert broken(check, sources, months=MONTHS)


def test_bank_that_is_left_out_is_found() -> None:
    sources = tables(Story(_SOLD[:1], (File("f0", "aster", _DAY, (Line("c0", 1199, 42),)),)))
    for check in ("cash_leg_transit", "cash_reconciliation_transit", "cash_leg_bank"):
        assert broken(check, sources, months=MONTHS) == []
    received = {
        "seller_code": "nordic", "currency": "EUR", "transfer_id": "b", "source_id": "po-f0",
        "purpose": "banked", "amount_minor": 1157, "part_code": "", "booked_on": _DAY,
        "debit_code": "bank", "credit_code": "in_transit", "booked_month": MONTHS[0],
    }  # fmt: skip
    sources["transfer"].append(received)
    for check in ("cash_leg_transit", "cash_reconciliation_transit", "cash_leg_bank"):
        assert broken(check, sources, months=MONTHS), check
