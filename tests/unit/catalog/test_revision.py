from dataclasses import replace
from datetime import date

from ledgerline.base.money import Currency
from ledgerline.catalog.model import Catalog, Price, price_id
from ledgerline.catalog.rules.publish import Severity
from ledgerline.catalog.rules.revision import revision
from tests.unit.catalog.texts import small

TODAY = date(2026, 6, 1)
JULY = date(2026, 7, 1)
BEFORE = small()
KRONER_129 = BEFORE.prices[0]


def _later(amount_minor: int, *, valid_from: date) -> Price:
    new_id = price_id("solo_monthly", "NO", valid_from=valid_from)
    return replace(KRONER_129, id=new_id, amount_minor=amount_minor, valid_from=valid_from)


def _with(*prices: Price) -> Catalog:
    return replace(BEFORE, prices=prices)


def _codes(after: Catalog) -> list[tuple[Severity, str, str]]:
    found = revision(BEFORE, after, on=TODAY)
    return [(finding.severity, finding.code, finding.key) for finding in found]


def test_same_catalog_again_changes_nothing() -> None:
    assert _codes(BEFORE) == []


def test_small_rise_from_a_later_day_passes() -> None:
    assert _codes(_with(KRONER_129, _later(13900, valid_from=JULY))) == []


def test_first_price_of_another_market_passes() -> None:
    # given a market that is new, sold in since before today
    swedish_id = price_id("solo_monthly", "SE", valid_from=KRONER_129.valid_from)
    swedish = replace(KRONER_129, id=swedish_id, market_code="SE", currency=Currency("SEK"))
    assert _codes(_with(KRONER_129, swedish)) == []


def test_rise_above_a_tenth_is_told_with_both_amounts() -> None:
    [finding] = revision(BEFORE, _with(KRONER_129, _later(14200, valid_from=JULY)), on=TODAY)
    assert finding.severity is Severity.WARNING
    assert finding.message == "from 129.00 to 142.00 NOK is a move of more than 10 percent"


def test_published_price_is_never_edited() -> None:
    cheaper = replace(KRONER_129, amount_minor=9900)
    key = "prices.solo_monthly.NO.2026-01-01"
    assert _codes(_with(cheaper)) == [(Severity.ERROR, "price_changed", key)]


def test_published_price_is_never_removed() -> None:
    key = "prices.solo_monthly.NO.2026-01-01"
    assert _codes(_with()) == [(Severity.ERROR, "price_changed", key)]


def test_new_price_does_not_begin_before_it_is_published() -> None:
    backdated = _later(13900, valid_from=date(2026, 5, 31))
    key = "prices.solo_monthly.NO.2026-05-31"
    assert _codes(_with(KRONER_129, backdated)) == [(Severity.ERROR, "price_backdated", key)]


def test_market_keeps_its_currency_and_seller() -> None:
    euro = replace(BEFORE.markets[0], currency=Currency("EUR"))
    after = replace(BEFORE, markets=(euro,))
    assert _codes(after) == [(Severity.ERROR, "market_changed", "markets.NO")]


def test_market_is_not_removed() -> None:
    after = replace(BEFORE, markets=())
    assert _codes(after) == [(Severity.ERROR, "market_removed", "markets.NO")]


def test_plan_is_taken_off_sale_and_neither_changed_nor_removed() -> None:
    plan = BEFORE.plans[0]
    assert _codes(replace(BEFORE, plans=(replace(plan, on_sale=False),))) == []
    key = "plans.solo_monthly"
    changed = replace(BEFORE, plans=(replace(plan, cadence_count=2),))
    assert _codes(changed) == [(Severity.ERROR, "plan_changed", key)]
    assert _codes(replace(BEFORE, plans=())) == [(Severity.ERROR, "plan_removed", key)]


def test_published_tax_rate_is_never_edited() -> None:
    lower = replace(BEFORE.tax_rates[0], rate_ppm=240_000)
    after = replace(BEFORE, tax_rates=(lower,))
    key = "tax_rates.NO.digital_services.2005-01-01"
    assert _codes(after) == [(Severity.ERROR, "tax_rate_changed", key)]
