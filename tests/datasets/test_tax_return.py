"""The tax return: the worked example of two quarters, and what does not tie."""

from datetime import date
from typing import Any

from tests.datasets.tables import broken, built, months_between
from tests.datasets.test_revenue import line

MONTHS = months_between(date(2025, 1, 1), date(2025, 6, 1))


def test_corrections_of_an_earlier_quarter_stand_apart_and_tax_is_never_computed_again() -> None:
    sold = [
        line(f"q1-{n}", 1008, date(2025, 2, 3), date(2025, 3, 3), tax_minor=191,
             tax_rate_ppm=190_000, document_id=f"q1-{n}")
        for n in range(100)
    ]  # fmt: skip
    sold += [
        line(f"q2-{n}", 1008, date(2025, 5, 3), date(2025, 6, 3), tax_minor=191,
             tax_rate_ppm=190_000, document_id=f"q2-{n}")
        for n in range(40)
    ]  # fmt: skip
    back = line(
        "cn", -1008, date(2025, 5, 9), date(2025, 5, 10), kind="credit", tax_minor=-191,
        tax_rate_ppm=190_000, original_month=date(2025, 2, 1),
    )  # fmt: skip
    rows = built("tax_return", {"document_line": [*sold, back]}, months=MONTHS)
    names = ("quarter_start", "is_correction", "taxable_minor", "tax_minor", "document_count")
    assert [tuple(row[name] for name in names) for row in rows] == [
        (date(2025, 1, 1), False, 100_800, 19_100, 100),
        (date(2025, 4, 1), True, -1008, -191, 1),
        (date(2025, 4, 1), False, 40_320, 7_640, 40),
    ]
    # and the movement of the quarter is what the ledger owes
    assert sum(row["tax_minor"] for row in rows if row["quarter_start"].month == 4) == 7_449


def test_tax_that_the_ledger_does_not_have_is_found() -> None:
    lines = [line("a", 100, date(2025, 2, 1), date(2025, 3, 1), tax_minor=19, tax_rate_ppm=190_000)]
    rows = built("tax_return", {"document_line": lines}, months=MONTHS)
    booked = {
        "transfer_id": "t", "source_id": "i", "purpose": "issue_tax", "seller_code": "nordic",
        "currency": "EUR", "amount_minor": 19, "debit_code": "receivable",
        "credit_code": "tax_payable", "part_code": "DE:190000", "booked_on": date(2025, 2, 1),
        "booked_month": date(2025, 2, 1),
    }  # fmt: skip
    tables = {"tax_return": rows, "transfer": [booked]}
    assert broken("tax_return_ledger", tables, months=MONTHS) == []
    rows[0]["tax_minor"] = 18
    [found] = broken("tax_return_ledger", tables, months=MONTHS)
    assert (found["left_minor"], found["right_minor"], found["difference_minor"]) == (18, 19, -1)


def test_checkouts_that_were_declined_are_no_documents_of_the_return() -> None:
    february, april = date(2025, 2, 3), date(2025, 4, 1)
    taxed = {"tax_minor": 191, "tax_rate_ppm": 190_000}
    lines = [line("paid", 1008, february, date(2025, 3, 3), document_id="paid", **taxed)]
    for number in range(3):
        declined = line(
            f"d{number}", 1008, february, date(2025, 3, 3), document_id=f"d{number}",
            earns_from_on=None, **taxed,
        )  # fmt: skip
        lines += [declined, {**declined, "kind": "void", "net_minor": -1008, "tax_minor": -191}]
    [row] = built("tax_return", {"document_line": lines}, months=MONTHS)
    assert (row["taxable_minor"], row["tax_minor"], row["document_count"]) == (1008, 191, 1)
    # and a renewal that is voided in a later month was one of its own
    renewal = line("r", 1008, february, date(2025, 3, 3), document_id="r", **taxed)
    void = {
        **renewal, "kind": "void", "net_minor": -1008, "tax_minor": -191, "earns_from_on": None,
        "booked_on": april, "booked_month": april,
    }  # fmt: skip
    rows = built("tax_return", {"document_line": [renewal, void]}, months=MONTHS)
    assert [(row["is_correction"], row["document_count"]) for row in rows] == [
        (False, 1), (True, 0),
    ]  # fmt: skip


def test_purchase_that_waits_at_a_quarters_end_is_a_supply_of_the_quarter_in_which_it_is_paid() -> (
    None
):
    march, april, june = date(2025, 3, 31), date(2025, 4, 2), date(2025, 6, 1)
    taxed = {"tax_minor": 191, "tax_rate_ppm": 190_000, "document_id": "late"}
    waits = line("late", 1008, march, date(2025, 4, 30), earns_from_on=None, **taxed)
    names = (
        "tax_month", "original_month", "is_pending", "is_correction", "taxable_minor", "tax_minor",
        "document_count",
    )  # fmt: skip

    def shown(*lines: dict[str, object]) -> list[tuple[object, ...]]:
        rows = built("tax_return", {"document_line": lines}, months=MONTHS)
        assert broken("tax_return_pending", given(rows, lines), months=MONTHS) == []
        return sorted(tuple(row[name] for name in names) for row in rows)

    def given(rows: list[dict[str, object]], lines: object) -> dict[str, Any]:
        return {"tax_return": rows, "document_line": lines}

    was = (date(2025, 3, 1), date(2025, 3, 1), True, False, 1008, 191, 0)
    assert shown(waits) == [was]
    # when it is paid in April, March stays as it was, and April has it
    paid = {**waits, "earns_from_on": april, "supplied_on": april}
    now = [
        was,
        (date(2025, 4, 1), date(2025, 3, 1), True, False, -1008, -191, 0),
        (date(2025, 4, 1), date(2025, 4, 1), False, False, 1008, 191, 1),
    ]
    assert shown(paid) == sorted(now)
    # and what is given back of it in June corrects nothing of the first quarter
    back = line(
        "cn:late", -1008, june, date(2025, 6, 2), kind="credit", root_line_id="late",
        tax_minor=-191, tax_rate_ppm=190_000, original_month=date(2025, 3, 1),
    )  # fmt: skip
    assert shown(paid, back)[-1] == (
        date(2025, 6, 1), date(2025, 4, 1), False, False, -1008, -191, 1,
    )  # fmt: skip
    # nor was anything supplied that is voided while it waits
    void = {
        **waits, "kind": "void", "net_minor": -1008, "tax_minor": -191, "booked_on": april,
        "booked_month": date(2025, 4, 1),
    }  # fmt: skip
    assert shown(waits, void) == [
        was, (date(2025, 4, 1), date(2025, 3, 1), True, False, -1008, -191, 0),
    ]  # fmt: skip
    rows = built("tax_return", {"document_line": [waits]}, months=MONTHS)
    assert broken("tax_return_pending", given(rows, [paid]), months=MONTHS)


def test_base_that_neither_the_ledger_nor_the_documents_have_is_found() -> None:
    february = date(2025, 2, 1)
    lines = [line("i:1", 100, february, date(2025, 3, 1), tax_minor=19, tax_rate_ppm=190_000)]
    rows = built("tax_return", {"document_line": lines}, months=MONTHS)
    booked = {
        "source_id": "i", "seller_code": "nordic", "currency": "EUR", "booked_on": february,
        "booked_month": february,
    }  # fmt: skip
    invoice = {
        "invoice_id": "i", "seller_code": "nordic", "market_code": "DE", "currency": "EUR",
        "total_minor": 119,
    }  # fmt: skip
    tables = {
        "tax_return": rows,
        "invoice": [invoice],
        "transfer": [
            {**booked, "transfer_id": "n", "purpose": "issue_net", "amount_minor": 100},
            {**booked, "transfer_id": "t", "purpose": "issue_tax", "amount_minor": 19},
        ],
    }
    checks = ("tax_return_base", "tax_return_documents")
    assert [broken(each, tables, months=MONTHS) for each in checks] == [[], []]
    rows[0]["taxable_minor"] = 99
    assert [len(broken(each, tables, months=MONTHS)) for each in checks] == [1, 1]
    # a void and a credit take back
    rows[0]["taxable_minor"], rows[0]["tax_minor"] = 0, 0
    back = [
        {**one, "purpose": str(one["purpose"]).replace("issue", "void"), "transfer_id": "v"}
        for one in tables["transfer"]
    ]
    tables["transfer"] = [*tables["transfer"], *back]
    assert [broken(each, tables, months=MONTHS) for each in checks] == [[], []]
