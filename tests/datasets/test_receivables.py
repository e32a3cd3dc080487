"""The ageing: the worked example, and random claims against a walk from month to month."""

from datetime import date, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.datasets.reference import following, month_of
from tests.datasets.tables import broken, built, months_between

MARCH = date(2025, 3, 1)
Sources = dict[str, list[dict[str, Any]]]


def claim(name: str, total: int, issued: date, due: date) -> tuple[dict[str, Any], dict[str, Any]]:
    """Issue an invoice and book what it claims."""
    invoice = {
        "invoice_id": name, "customer_id": f"of {name}", "seller_code": "nordic",
        "market_code": "DE", "currency": "EUR", "total_minor": total, "issued_on": issued,
        "due_on": due, "issued_utc_on": issued,
    }  # fmt: skip
    return invoice, moved(name, "issue_net", total, issued)


def moved(name: str, purpose: str, amount: int, on: date) -> dict[str, Any]:
    """Book an amount that the receivable moved by, one way or the other."""
    claims = purpose in {"issue_net", "issue_tax", "dispute_reopen"}
    return {
        "transfer_id": f"{name}:{purpose}:{on}", "source_id": name, "purpose": purpose,
        "seller_code": "nordic", "currency": "EUR", "amount_minor": amount,
        "debit_code": "receivable" if claims else "psp_clearing",
        "credit_code": "deferred_revenue" if claims else "receivable",
        "booked_on": on, "booked_month": month_of(on),
    }  # fmt: skip


def applied(name: str, amount: int, on: date, kind: str = "payment") -> dict[str, Any]:
    return {
        "allocation_id": f"{name}:{on}", "invoice_id": name, "source_kind": kind,
        "applied_minor": amount, "effective_on": on,
    }  # fmt: skip


def test_worked_example() -> None:
    claims = [
        claim("i1", 1199, date(2025, 2, 22), date(2025, 3, 1)),
        claim("i2", 11988, date(2025, 2, 7), date(2025, 2, 14)),
        claim("i3", 1799, date(2025, 3, 27), date(2025, 4, 10)),
        claim("i4", 1199, date(2024, 12, 29), date(2025, 1, 5)),
        claim("i5", 1199, date(2024, 11, 13), date(2024, 11, 20)),
    ]
    sources = {
        "invoice": [invoice for invoice, _ in claims],
        "transfer": [transfer for _, transfer in claims],
        "allocation": [
            applied("i1", 1199, date(2025, 4, 2)),
            applied("i2", 5000, date(2025, 3, 10), "credit_note"),
            applied("i4", 500, date(2025, 2, 1)),
            applied("i5", 1199, date(2025, 3, 20), "credit_note"),
        ],
    }
    rows = built("receivables_ageing", sources, months=[MARCH])
    names = ("invoice_id", "gross_minor", "applied_minor", "open_minor", "age_days", "bucket_code")
    assert [tuple(row[name] for name in names) for row in rows] == [
        ("i1", 1199, 0, 1199, 30, "1_30"),
        ("i2", 11988, 5000, 6988, 45, "31_60"),
        ("i3", 1799, 0, 1799, -10, "not_due"),
        ("i4", 1199, 500, 699, 85, "61_90"),
    ]
    assert sum(row["open_minor"] for row in rows) == 10685
    assert {row["as_of_on"] for row in rows} == {date(2025, 3, 31)}


def test_month_of_the_release_is_as_of_the_day_of_the_release() -> None:
    invoice, transfer = claim("a", 100, date(2025, 3, 3), date(2025, 3, 3))
    sources = {"invoice": [invoice], "transfer": [transfer]}
    [row] = built("receivables_ageing", sources, months=[MARCH], today=date(2025, 3, 10))
    assert (row["as_of_on"], row["age_days"]) == (date(2025, 3, 10), 7)


_DAYS = st.integers(0, 300).map(lambda days: date(2025, 1, 1) + timedelta(days=days))
MONTHS = months_between(date(2025, 1, 1), date(2026, 3, 1))


@st.composite
def claimed(draw: st.DrawFn) -> Sources:
    """Draw invoices that are paid in parts, late, never, or voided."""
    sources: Sources = {"invoice": [], "transfer": [], "allocation": []}
    for number in range(draw(st.integers(1, 25))):
        total, issued, name = draw(st.integers(2, 50_000)), draw(_DAYS), f"i{number}"
        invoice, transfer = claim(name, total, issued, issued + timedelta(days=14))
        sources["invoice"].append(invoice)
        sources["transfer"].append(transfer)
        on = issued + timedelta(days=draw(st.integers(0, 100)))
        match draw(st.sampled_from(["paid", "parts", "void", "open"])):
            case "paid":
                sources["allocation"].append(applied(name, total, on))
                sources["transfer"].append(moved(name, "capture", total, on))
            case "parts":
                later = on + timedelta(days=40)
                sources["allocation"] += [applied(name, 1, on), applied(name, total - 1, later)]
            case "void":
                sources["transfer"].append(moved(name, "void_net", total, on))
            case _:
                pass
    return sources


@settings(max_examples=12)
@given(claimed())
def test_ageing_is_what_the_slow_way_finds(sources: Sources) -> None:
    rows = built("receivables_ageing", sources, months=MONTHS)
    found = {(row["invoice_id"], row["as_of_month"]): row["open_minor"] for row in rows}
    assert found == _slowly(sources)


def _slowly(sources: Sources) -> dict[tuple[str, date], int]:
    expected = {}
    for month in MONTHS:
        for invoice in sources["invoice"]:
            name = invoice["invoice_id"]
            claims = sum(
                one["amount_minor"] * (1 if one["purpose"].startswith("issue") else -1)
                for one in sources["transfer"]
                if one["source_id"] == name
                and one["purpose"] in {"issue_net", "void_net"}
                and one["booked_on"] < following(month)
            )
            paid = sum(
                one["applied_minor"]
                for one in sources["allocation"]
                if one["invoice_id"] == name and one["effective_on"] < following(month)
            )
            if claims != paid:
                expected[name, month] = claims - paid
    return expected


def test_claim_that_the_ledger_does_not_have_is_found() -> None:
    invoice, transfer = claim("a", 100, date(2025, 3, 3), date(2025, 3, 3))
    sources = {"invoice": [invoice], "transfer": [transfer]}
    rows = built("receivables_ageing", sources, months=[MARCH])
    tables = {**sources, "receivables_ageing": rows}
    assert broken("receivables_ageing_ledger", tables, months=[MARCH]) == []
    rows[0]["open_minor"] -= 101
    [found] = broken("receivables_ageing_ledger", tables, months=[MARCH])
    assert found["difference_minor"] == -101
    [found] = broken("receivables_ageing_positive", tables, months=[MARCH])
    assert found["invoice_id"] == "a"
