"""What a catalog may not change of the published one, each finding with its line in the text."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ledgerline.catalog.model import Catalog
from ledgerline.catalog.rules.findings import Severity
from ledgerline.catalog.rules.parse import parse
from ledgerline.catalog.rules.revision import Changed, Revision, review, revision
from tests.unit.catalog.texts import SMALL, planted

TODAY = datetime(2026, 6, 1, 12, tzinfo=UTC)
BEFORE = replace(parse(SMALL), lines={})  # read back from a database, so nothing has a line
EMPTY = Catalog(
    sellers=(), markets=(), products=(), plans=(), phases=(), add_on_rules=(), prices=(),
    coupons=(), tax_rates=(), series=(),
)  # fmt: skip

Found = tuple[int | None, str, str]


def _against(*faults: tuple[str, str], now: datetime = TODAY) -> Revision:
    return revision(BEFORE, parse(planted(*faults)), now=now)


def _found(*faults: tuple[str, str]) -> list[Found]:
    return [(one.line, one.code, one.message) for one in _against(*faults).findings]


def _later(day: str, amount: str, *, more: str = "") -> tuple[str, str]:
    entry = f"  - {{plan: solo_monthly, valid_from: {day}, amounts: {{NO: {amount}}}}}\n"
    return "sources:\n", f"{entry}{more}sources:\n"


def test_same_catalog_again_changes_nothing() -> None:
    assert _against() == Revision(new=(), changed=(), moves=(), findings=())


def test_first_catalog_is_all_new() -> None:
    # given nothing published
    found = revision(EMPTY, parse(SMALL), now=TODAY)
    # then every row is new, a trial's price of zero untold, and nothing is wrong
    assert found.new == (
        "sellers.fjord",
        "markets.NO",
        "products.solo",
        "plans.solo_monthly",
        "prices.solo_monthly.2.base.NO.2026-01-01",
        "tax_rates.NO.digital_services.2005-01-01",
        "coupons.HALF",
    )
    assert found.changed == ()
    assert found.findings == ()
    assert [(move.price.unit_num, move.before) for move in found.moves] == [(12900, None)]


def test_small_rise_from_a_later_day_passes() -> None:
    # given a price of 139.00 after 129.00
    found = _against(_later("2026-07-01", "139.00"))
    # then it is new, by 7.8 percent, and nothing is wrong
    assert found.new == ("prices.solo_monthly.2.base.NO.2026-07-01",)
    [move] = found.moves
    assert (move.before and move.before.unit_num, move.price.unit_num) == (12900, 13900)
    assert move.permille == 78
    assert found.findings == ()


@pytest.mark.parametrize(("amount", "permille"), [("142.00", 101), ("116.00", -101)])
def test_move_above_a_tenth_is_told_with_both_amounts(amount: str, permille: int) -> None:
    found = _against(_later("2026-07-01", amount))
    [finding] = found.findings
    assert (finding.severity, finding.line) == (Severity.WARNING, 37)
    assert finding.message == f"from 129.00 to {amount} NOK is a move of more than 10 percent"
    assert found.moves[0].permille == permille


def test_a_price_begins_on_the_day_of_publication_in_its_market_or_later() -> None:
    # given Oslo, where a day begins two hours before that of UTC
    evening = datetime(2026, 6, 1, 22, 30, tzinfo=UTC)
    # then what begins on the second may be published on it, and not what began before it
    assert _against(_later("2026-06-02", "139.00"), now=evening).findings == ()
    [finding] = _against(_later("2026-06-01", "139.00"), now=evening).findings
    assert (finding.line, finding.code) == (37, "price_backdated")
    assert finding.message == "begins on 2026-06-01, before it is published on 2026-06-02"


def test_two_backdated_prices_are_both_found() -> None:
    second = "  - {plan: solo_monthly, valid_from: 2026-05-01, amounts: {NO: 141.00}}\n"
    found = _found(_later("2026-03-01", "139.00", more=second))
    assert [(line, code) for line, code, _ in found] == [
        (37, "price_backdated"),
        (38, "price_backdated"),
    ]


def test_a_first_price_may_begin_in_the_past() -> None:
    # given a fee for a plan that had none, from the plan's first day on
    fee = (
        "  - {plan: solo_monthly, component: setup, valid_from: 2026-01-01,"
        " amounts: {NO: 50.00}}\nsources:\n"
    )
    assert _found(("sources:\n", fee)) == []


@pytest.mark.parametrize(
    ("_case", "fault", "expected"),
    [
        (
            "a price is edited",
            ("NO: 129.00", "NO: 99.00"),
            (
                36,
                "price_changed",
                ("amount was published as 129.00 NOK and is not edited in place:"
                " add a later price with its own valid_from"),
            ),
        ),
        (
            "a market rounds otherwise",
            ("    tax_behavior: inclusive\n",
             "    tax_behavior: inclusive\n    rounding: {mode: down}\n"),
            (
                21,
                "market_changed",
                ("rounding was published as half_up, tax, separate and is not edited in place:"
                " a market keeps its seller, currency, rounding and how its prices state tax"),
            ),
        ),
        (
            "a rate has other components",
            ("    source: statute\n",
             "    source: statute\n    components: [{name: A, percent: 25}]\n"),
            (
                40,
                "tax_rate_changed",
                ("components was published as none and is not edited in place:"
                " add a later rate with its own valid_from"),
            ),
        ),
        (
            "a rate has another reason to be",
            ("    source: statute\n", "    source: statute\n    treatment: reduced\n"),
            (
                40,
                "tax_rate_changed",
                ("treatment was published as standard and is not edited in place:"
                " add a later rate with its own valid_from"),
            ),
        ),
        (
            "a price begins on another day",
            ("valid_from: 2026-01-01", "valid_from: 2025-12-01"),
            (
                33,
                "price_removed",
                ("solo_monthly.2.base.NO.2026-01-01 is left out:"
                " a published price stays, and a later one takes its place"),
            ),
        ),
        (
            "a tax rate is edited",
            ("percent: 25\n", "percent: 24\n"),
            (
                40,
                "tax_rate_changed",
                ("percent was published as 25 and is not edited in place:"
                " add a later rate with its own valid_from"),
            ),
        ),
        (
            "a tax rate is left out",
            ("valid_from: 2005-01-01", "valid_from: 2004-01-01"),
            (
                39,
                "tax_rate_removed",
                ("NO.digital_services.2005-01-01 is left out:"
                " a published rate stays, and a later one takes its place"),
            ),
        ),
        (
            "a coupon is edited",
            ("{percent: 50, periods: 2}", "{percent: 60, periods: 2}"),
            (
                46,
                "coupon_changed",
                "percent was published as 50 and is not edited in place: make a new coupon",
            ),
        ),
        (
            "a coupon lasts longer",
            ("{percent: 50, periods: 2}", "{percent: 50}"),
            (
                46,
                "coupon_changed",
                "periods was published as 2 and is not edited in place: make a new coupon",
            ),
        ),
        (
            "a coupon is left out",
            ("coupons:\n  HALF: {percent: 50, periods: 2}\n", "coupons: {}\n"),
            (
                45,
                "coupon_removed",
                "HALF is left out: subscriptions count on it, and it stays",
            ),
        ),
        (
            "a cadence is edited",
            ("cadence: 1 month", "cadence: 1 year"),
            (
                28,
                "plan_changed",
                ("cadence was published as 1 month and is not edited in place:"
                " make a new plan and retire this one"),
            ),
        ),
        (
            "a plan is made for others",
            ("audience: individual", "audience: student"),
            (
                27,
                "plan_changed",
                ("audience was published as individual and is not edited in place:"
                " make a new plan and retire this one"),
            ),
        ),
        (
            "a product moves to another family",
            ("family: music", "family: video"),
            (
                22,
                "product_changed",
                "family was published as music and is not edited in place: make a new product",
            ),
        ),
        (
            "a market is sold in by another",
            ("    seller: fjord\n", "    seller: bay\n"),
            (
                17,
                "market_changed",
                ("seller was published as fjord and is not edited in place:"
                " a market keeps its seller, currency, rounding and how its prices state tax"),
            ),
        ),
    ],
)  # fmt: skip
def test_what_was_published_stays(_case: str, fault: tuple[str, str], expected: Found) -> None:
    faults = [fault]
    if "bay" in fault[1]:
        bay = SMALL[SMALL.index("  fjord:") : SMALL.index("markets:")].replace("fjord:", "bay:")
        faults.append(("markets:\n", f"{bay}markets:\n"))
        expected = (expected[0] and expected[0] + 11, *expected[1:])
    assert expected in _found(*faults)


def test_a_market_keeps_its_currency_and_how_prices_state_tax() -> None:
    # given prices of the market that change with it
    found = _found(("currency: NOK", "currency: SEK"), ("inclusive", "exclusive"))
    # then market and price are both named
    assert [(line, code) for line, code, _ in found] == [
        (16, "market_changed"),
        (20, "market_changed"),
        (36, "price_changed"),
        (36, "price_changed"),
    ]


def test_a_plan_left_out_is_told_how_to_retire_it_and_says_it_for_its_prices() -> None:
    # given another plan in the place of the published one
    text = SMALL.replace("solo_monthly", "solo_new")
    [finding] = revision(BEFORE, parse(text), now=TODAY).findings
    # then the line is that of the plans
    assert (finding.line, finding.code) == (23, "plan_removed")
    assert finding.message == (
        "solo_monthly is left out: write `status: retired` to take it off sale"
    )


def test_a_market_left_out_says_it_for_all_of_it() -> None:
    text = SMALL.replace("NO:", "DK:").replace("market: NO", "market: DK")
    [finding] = revision(BEFORE, parse(text), now=TODAY).findings
    assert (finding.line, finding.code) == (14, "market_removed")
    assert finding.message == "NO is left out: a market has customers and stays"


def test_a_seller_and_a_product_are_not_left_out() -> None:
    renamed = SMALL.replace("fjord", "bay").replace("solo:", "duet:")
    after = parse(renamed.replace("product: solo", "product: duet"))
    found = {(one.line, one.code) for one in revision(BEFORE, after, now=TODAY).findings}
    assert {(2, "seller_removed"), (21, "product_removed")} < found


def test_a_plan_keeps_its_phases_and_may_try_longer() -> None:
    # given a trial that is left out, then one of another length
    [gone] = _against(("    phases: [trial: 7 days, evergreen]\n", "")).findings
    longer = _against(("trial: 7 days", "trial: 14 days"))
    # then the first is refused, once for the plan and its prices
    assert (gone.line, gone.code) == (24, "plan_changed")
    assert gone.message == (
        "phases was published as trial, evergreen and is not edited in place:"
        " make a new plan and retire this one"
    )
    # and the second is a change
    assert longer.findings == ()
    assert longer.changed == (
        Changed("plans.solo_monthly", "trial", "trial 7 days", "trial 14 days"),
    )


def test_what_bills_do_not_rest_on_may_change() -> None:
    found = _against(
        ("status: on_sale", "status: retired"),
        ("name: 010", "name: Alone"),
        ("locale: nb-NO", "locale: nn-NO"),
        ('"F-{yyyy}-{n:06}"', '"G-{yyyy}-{n:06}"'),
        ("statute: 1e3", "statute: the law"),
    )
    assert found.findings == ()
    assert [(one.key, one.field, one.after) for one in found.changed] == [
        ("sellers.fjord", "series.invoice", "G-{yyyy}-{n:06}"),
        ("markets.NO", "locale", "nn-NO"),
        ("plans.solo_monthly", "name", "Alone"),
        ("plans.solo_monthly", "status", "retired"),
        ("tax_rates.NO.digital_services.2005-01-01", "source", "the law"),
    ]


def test_what_documents_print_may_change() -> None:
    changes = (
        ("line1: Eksempelgata 1", "line1: Eksempelgata 2"),
        ("    tax_id: NO 999999999 MVA\n", "    email: hei@fjord.example\n"),
        ("    tax_behavior: inclusive\n",
         "    tax_behavior: inclusive\n    simplified_up_to: 250.00\n"),
        ("    source: statute\n", "    source: statute\n    name: MVA\n"),
    )  # fmt: skip
    found = _against(*changes)
    assert found.findings == ()
    assert [(one.field, one.before, one.after) for one in found.changed] == [
        ("address.line1", "Eksempelgata 1", "Eksempelgata 2"),
        ("tax_id", "NO 999999999 MVA", ""),
        ("email", "", "hei@fjord.example"),
        ("simplified_up_to", "", "250.00 NOK"),
        ("name", "", "MVA"),
    ]


def test_rounding_that_is_written_out_is_the_same() -> None:
    usual = "    rounding: {mode: half_up, target: tax, components: separate}\n"
    found = _against(("    tax_behavior: inclusive\n", f"    tax_behavior: inclusive\n{usual}"))
    assert (found.findings, found.changed) == ((), ())


def test_a_tax_rate_that_begins_in_the_past_is_only_told() -> None:
    rate = (
        "  - {market: NO, category: digital_services, valid_from: 2026-05-01,"
        " percent: 26, source: statute}\ncoupons:\n"
    )
    [finding] = _against(("coupons:\n", rate)).findings
    assert (finding.severity, finding.line, finding.code) == (
        Severity.WARNING, 45, "tax_rate_backdated",
    )  # fmt: skip


def test_a_review_judges_the_catalog_as_well() -> None:
    # given a trial that counts months in a plan whose audience is edited
    text = planted(("trial: 7 days", "trial: 1 month"), ("audience: individual", "audience: duo"))
    found = review(BEFORE, parse(text), now=TODAY).findings
    # then both kinds of fault are told, in the order of the lines
    assert [(one.line, one.code) for one in found] == [
        (27, "plan_changed"),
        (29, "phase_illegal"),
        (30, "members_misfit"),
    ]
