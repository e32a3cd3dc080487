"""Rows of a release become lines of charges, with what fees go by as it was decided by."""

from datetime import UTC, date, datetime
from typing import Any

import duckdb
import pytest

from ledgerline.cli.ml_fees import LoadedFeesRow, announced
from ledgerline.cli.ml_fees_work import rules_text
from ledgerline.ml.fees.lines import Cluster, FeeLine, MixedCurrencies
from ledgerline.ml.fees.released import of_rows, query_of, told_of
from ledgerline.payments.rules.routing import Fee, Policy, Rule, Then, When
from ledgerline.rules.routing_file import parse_routing

ROW: dict[str, Any] = {
    "leg_id": "0b7c:3", "seller_code": "nordic", "psp_account": "aster", "charged_in": "USD",
    "currency": "EUR",
    "settled_on": date(2026, 3, 2), "segment": "abroad visa payer credit", "amount_minor": 1_038,
    "fee_currency": "EUR", "fee_minor": 40,
}  # fmt: skip


def test_a_row_is_a_line_in_the_currency_it_was_settled_in() -> None:
    cluster = Cluster(
        account="aster", currency="EUR", charged_in="USD", region="abroad", funding="credit",
        brand="visa",
    )  # fmt: skip
    assert of_rows([ROW]) == [
        FeeLine(
            line="0b7c:3", cluster=cluster, settled_on=date(2026, 3, 2), amount_minor=1_038,
            fee_minor=40, seller="nordic",
        )
    ]  # fmt: skip


def test_of_a_seller_all_lines_of_its_accounts_are_read() -> None:
    # given two sellers at one account, and an account of one of them alone
    sold = (("f:1", "nordic", "aster"), ("f:2", "global", "aster"), ("f:3", "global", "boreal"))
    with duckdb.connect() as db:
        db.execute(
            "CREATE TABLE cash_leg (leg_id VARCHAR, seller_code VARCHAR, psp_account VARCHAR,"
            " side VARCHAR, leg VARCHAR, currency VARCHAR, amount_minor BIGINT, settled_on DATE,"
            " file_id VARCHAR, subject_id VARCHAR)"
        )
        db.execute(
            "CREATE TABLE routing_decision_log"
            " (attempt_id VARCHAR, segment VARCHAR, is_chosen BOOLEAN)"
        )
        for leg, *who in sold:
            for kind, minor in (("capture", 1_000), ("fee", -39)):
                row = (leg, *who, "theirs", kind, "EUR", minor, date(2026, 3, 2), "f", leg)
                db.execute(f"INSERT INTO cash_leg VALUES ({'?, ' * 9}?)", row)
        found = {
            seller: [(one.line, one.seller) for one in of_rows(db.execute(query_of(seller))
                     .to_arrow_table().to_pylist())]
            for seller in (None, "nordic", "global", "nobody's")
        }  # fmt: skip
    both = [("f:1", "nordic"), ("f:2", "global")]
    every = [*both, ("f:3", "global")]
    assert found == {None: every, "nordic": both, "global": every, "nobody's": []}


def test_a_fee_in_another_currency_than_its_amount_is_refused() -> None:
    with pytest.raises(MixedCurrencies, match="the line 0b7c:3 has a fee in EUR"):
        of_rows([ROW | {"currency": "USD"}])


@pytest.mark.parametrize(
    ("segment", "told"),
    [
        ("domestic visa payer credit", ("domestic", "visa", "credit")),
        ("abroad cartes bancaires machine debit", ("abroad", "cartes bancaires", "debit")),
        ("visa again", ("", "visa", "")),
        ("machine", ("", "", "")),
        ("domestic sepa_debit", ("domestic", "sepa_debit", "")),
        (None, ("", "", "")),
    ],
)
def test_a_segment_names_region_brand_and_funding(
    segment: str | None, told: tuple[str, str, str]
) -> None:
    assert told_of(segment) == told


def test_fees_are_announced_when_other_ones_are_loaded() -> None:
    def loaded(version: int, ppm: int) -> LoadedFeesRow:
        body = f'{{"aster": {{"EUR": {{"fixed_minor": 25, "ppm": {ppm}}}}}}}'
        return LoadedFeesRow(version, body, datetime(2026, version, 1, tzinfo=UTC))

    rows = [loaded(1, 14_000), loaded(2, 14_000), loaded(3, 15_000), loaded(4, 15_000)]
    rows.append(LoadedFeesRow(5, None, datetime(2026, 5, 1, tzinfo=UTC)))
    assert announced(rows) == {("aster", "EUR"): frozenset({date(2026, 3, 1)})}


def test_a_proposal_is_a_file_of_the_same_rules() -> None:
    policy = Policy(
        default=("aster", "boreal"),
        rules=(
            Rule("dear", When(currency=("EUR",), amount_from=3_000), Then(exclude=("boreal",))),
            Rule("rest", When(), Then(split={"aster": 500_000, "boreal": 500_000})),
        ),
        fees={"aster": {"EUR": Fee(25, 14_000)}},
        version=7,
    )
    text = rules_text(policy)
    assert text.startswith("# Written by `ledgerline ml train fees`")
    found = parse_routing(text).policy
    assert (found.rules, found.fees, found.default) == (policy.rules, policy.fees, policy.default)
