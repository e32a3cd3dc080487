from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from ledgerline.base.money import Currency, RoundingMode
from ledgerline.catalog.model import (
    Catalog,
    Coupon,
    PlanAudience,
    PlanStatus,
    ProductKind,
    RoundingComponents,
    RoundingTarget,
    TaxBehavior,
    TaxComponent,
    TaxTreatment,
    price_id,
)
from ledgerline.catalog.rules.findings import (
    CatalogRefused,
    Finding,
    Severity,
    refuse_errors,
)
from ledgerline.catalog.rules.parse import parse
from ledgerline.catalog.rules.publish import findings
from ledgerline.documents.snapshot import Treatment
from tests.flow_catalog import Intro, Offer, small_catalog
from tests.unit.catalog.texts import SHIPPED, small

TODAY = date(2026, 6, 1)
EURO = Currency("EUR")


def test_shipped_catalog_may_be_published() -> None:
    found = findings(parse(SHIPPED))
    assert found == ()
    refuse_errors(found)  # and nothing is raised


def test_small_catalog_has_no_finding() -> None:
    assert findings(small()) == ()


def _price(**changes: object) -> Callable[[Catalog], Catalog]:
    return lambda c: replace(c, prices=(replace(c.prices[0], **changes), c.prices[1]))  # type: ignore[arg-type] # any field


def _plan(**changes: object) -> Callable[[Catalog], Catalog]:
    return lambda c: replace(c, plans=(replace(c.plans[0], **changes),))  # type: ignore[arg-type] # any field


def _market(**changes: object) -> Callable[[Catalog], Catalog]:
    return lambda c: replace(c, markets=(replace(c.markets[0], **changes),))  # type: ignore[arg-type] # any field


def _rate(**changes: object) -> Callable[[Catalog], Catalog]:
    return lambda c: replace(c, tax_rates=(replace(c.tax_rates[0], **changes),))  # type: ignore[arg-type] # any field


def _halves(off: int) -> tuple[TaxComponent, ...]:
    return (TaxComponent("CGST", 125_000), TaxComponent("SGST", 125_000 + off))


def _coupon(coupon: Coupon) -> Callable[[Catalog], Catalog]:
    return lambda c: replace(c, coupons=(coupon,))


PRICE_KEY = "prices.solo_monthly.2.base.NO.2026-01-01"
RATE_KEY = "tax_rates.NO.digital_services.2005-01-01"
ROUNDING_KEY = "markets.NO.rounding"
TRIAL_KEY = "prices.solo_monthly.1.base.NO.2026-01-01"


@pytest.mark.parametrize(
    ("_case", "spoil", "expected"),
    [
        (
            "a plan on sale needs a price",
            lambda c: replace(c, prices=()),
            [("price_missing", "plans.solo_monthly")],
        ),
        (
            "two prices may not begin on one day",
            lambda c: replace(c, prices=c.prices * 2),
            [("repeated", PRICE_KEY), ("repeated", TRIAL_KEY)],
        ),
        (
            "a price is in the currency of its market",
            _price(currency=EURO),
            [("price_currency", PRICE_KEY)],
        ),
        ("a price is above zero", _price(unit_num=0), [("amount_illegal", PRICE_KEY)]),
        (
            "a share of a minor unit is no finer than a millionth",
            _price(unit_den=1_000_001),
            [("amount_illegal", PRICE_KEY)],
        ),
        (
            "a trial costs nothing",
            lambda c: replace(c, prices=(c.prices[0], replace(c.prices[1], unit_num=1))),
            [("amount_illegal", TRIAL_KEY)],
        ),
        (
            "a price bears the id of its place and day",
            _price(
                id=price_id(
                    "solo_monthly",
                    phase_no=2,
                    component="base",
                    market_code="SE",
                    valid_from=TODAY,
                )
            ),
            [("price_id", PRICE_KEY)],
        ),
        (
            "rates must reach back to the first price",
            _rate(valid_from=date(2026, 1, 2)),
            [("tax_rate_missing", "tax_rates.NO.digital_services")],
        ),
        (
            "the category sold must have a rate",
            _rate(category="ebook"),
            [("tax_rate_missing", "tax_rates.NO.digital_services")],
        ),
        (
            "a rate is at most the whole",
            _rate(rate_ppm=1_000_001),
            [("rate_illegal", "tax_rates.NO.digital_services.2005-01-01")],
        ),
        (
            "a rate says where it is from",
            _rate(source=""),
            [("source_missing", "tax_rates.NO.digital_services.2005-01-01")],
        ),
        (
            "a rate of nothing has another treatment than a rate of something",
            _rate(rate_ppm=0),
            [("treatment_misfit", RATE_KEY)],
        ),
        (
            "a rate of something is no zero rate",
            _rate(treatment=TaxTreatment.ZERO),
            [("treatment_misfit", RATE_KEY)],
        ),
        (
            "an exemption says why",
            _rate(rate_ppm=0, treatment=TaxTreatment.PRODUCT_EXEMPT),
            [("reason_missing", RATE_KEY)],
        ),
        (
            "components are the rate",
            _rate(components=_halves(1)),
            [("components_misfit", RATE_KEY)],
        ),
        (
            "a component is above zero",
            _rate(components=(TaxComponent("CGST", 250_000), TaxComponent("SGST", 0))),
            [("components_misfit", RATE_KEY)],
        ),
        (
            "a component has a name of its own",
            _rate(components=(TaxComponent("GST", 125_000),) * 2),
            [("components_misfit", RATE_KEY)],
        ),
        (
            "equal components are equal",
            lambda c: _rate(components=(TaxComponent("A", 50_000), TaxComponent("B", 200_000)))(
                _market(rounding_components=RoundingComponents.EQUAL)(c)
            ),
            [("components_unequal", RATE_KEY)],
        ),
        (
            "equal components are rounded as tax",
            _market(
                rounding_components=RoundingComponents.EQUAL, rounding_target=RoundingTarget.NET
            ),
            [("rounding_misfit", ROUNDING_KEY)],
        ),
        (
            "equal components do not go up",
            _market(rounding_components=RoundingComponents.EQUAL, rounding_mode=RoundingMode.UP),
            [("rounding_misfit", ROUNDING_KEY)],
        ),
        (
            "what is inside a price is a part of it",
            _market(
                rounding_components=RoundingComponents.INSIDE, tax_behavior=TaxBehavior.EXCLUSIVE
            ),
            [("rounding_misfit", ROUNDING_KEY)],
        ),
        (
            "what is inside a price is half of it at most",
            lambda c: _rate(rate_ppm=500_001)(
                _market(rounding_components=RoundingComponents.INSIDE)(c)
            ),
            [("rate_illegal", RATE_KEY)],
        ),
        ("zones exist", _market(zone="Europe/Olso"), [("zone_unknown", "markets.NO.zone")]),
        (
            "currencies exist",
            _market(currency=Currency("NKK")),
            [
                ("currency_unknown", "markets.NO.currency"),
                ("price_currency", PRICE_KEY),
                ("price_currency", TRIAL_KEY),
            ],
        ),
        (
            "sellers exist",
            _market(seller_code="fjrd"),
            [("unknown_reference", "markets.NO.seller")],
        ),
        (
            "products exist",
            _plan(product_code="choir"),
            [("unknown_reference", "plans.solo_monthly.product")],
        ),
        (
            "a plan for one has one member",
            _plan(members_max=2),
            [("members_misfit", "plans.solo_monthly.members_max")],
        ),
        (
            "a plan for two has more than one",
            _plan(audience=PlanAudience.DUO),
            [("members_misfit", "plans.solo_monthly.members_max")],
        ),
        (
            "a cadence is at least one",
            _plan(cadence_count=0),
            [("terms_illegal", "plans.solo_monthly.cadence")],
        ),
        (
            "every kind of document has its series",
            lambda c: replace(c, series=c.series[1:]),
            [("series_missing", "sellers.fjord.series.invoice")],
        ),
        (
            "a template has a running number",
            lambda c: replace(c, series=(replace(c.series[0], template="F-{yyyy}"), *c.series[1:])),
            [("template_faulty", "sellers.fjord.series.invoice")],
        ),
        (
            "two series do not print the same number",
            lambda c: replace(
                c, series=(replace(c.series[0], template=c.series[1].template), *c.series[1:])
            ),
            [("template_shared", "sellers.fjord.series")],
        ),
        (
            "a coupon has one effect",
            _coupon(
                Coupon(code="BOTH", percent_ppm=1, amount_minor=1, currency=EURO, periods=None)
            ),
            [("coupon_effect", "coupons.BOTH")],
        ),
        (
            "a coupon has an effect",
            _coupon(
                Coupon(
                    code="NONE", percent_ppm=None, amount_minor=None, currency=None, periods=None
                )
            ),
            [("coupon_effect", "coupons.NONE")],
        ),
    ],
)
def test_a_fault_refuses_the_catalog(
    _case: str, spoil: Callable[[Catalog], Catalog], expected: list[tuple[str, str]]
) -> None:
    # given a sound catalog with one fault
    found = findings(spoil(small()))
    # then that fault alone is found, as an error
    assert [(finding.code, finding.key) for finding in found] == expected
    with pytest.raises(CatalogRefused) as refused:
        refuse_errors(found)
    # and told to whoever wanted to publish
    assert refused.value.facts["findings"] == [
        {"line": one.line, "code": one.code, "key": one.key, "message": one.message}
        for one in found
    ]
    # with the line of each
    assert all(one.line for one in found)


@pytest.mark.parametrize(
    ("_case", "change"),
    [
        ("nothing", _rate(rate_ppm=0, treatment=TaxTreatment.ZERO)),
        (
            "an exemption with its reason",
            _rate(rate_ppm=0, treatment=TaxTreatment.PRODUCT_EXEMPT, reason="Act 1, section 2"),
        ),
        ("two halves", _rate(components=_halves(0))),
        (
            "a sum that is rounded as net",
            _market(
                rounding_components=RoundingComponents.COMBINED,
                rounding_target=RoundingTarget.NET,
            ),
        ),
        (
            "halves that go down",
            _market(rounding_components=RoundingComponents.EQUAL, rounding_mode=RoundingMode.DOWN),
        ),
        ("taxes inside", _market(rounding_components=RoundingComponents.INSIDE)),
    ],
)
def test_a_tax_that_a_market_can_take_is_published(
    _case: str, change: Callable[[Catalog], Catalog]
) -> None:
    assert findings(change(small())) == ()


def test_seller_that_takes_tax_without_a_tax_id_is_only_told() -> None:
    without = replace(small(), sellers=(replace(small().sellers[0], tax_id=None),))
    [found] = findings(without)
    assert (found.severity, found.code, found.line) == (Severity.WARNING, "tax_id_missing", 3)
    # and who takes none needs none
    nothing = _rate(rate_ppm=0, treatment=TaxTreatment.NOT_COLLECTING)(without)
    assert findings(nothing) == ()


def test_treatments_of_a_catalog_are_those_of_documents() -> None:
    assert {one.value for one in TaxTreatment} < {one.value for one in Treatment}


def test_plan_that_is_retired_needs_no_price() -> None:
    catalog = replace(_plan(status=PlanStatus.RETIRED)(small()), prices=())
    assert findings(catalog) == ()


def test_coupon_of_a_currency_nobody_pays_in_is_only_told() -> None:
    # given a coupon in euro where only kroner are paid
    found = findings(
        _coupon(Coupon(code="EURO2", percent_ppm=None, amount_minor=200, currency=EURO, periods=1))(
            small()
        )
    )
    # then it is a warning
    assert found == (
        Finding(
            Severity.WARNING,
            "coupon_unusable",
            "coupons.EURO2",
            "no market pays in EUR: the coupon can never be used",
            line=45,
        ),
    )
    # and refuses nothing
    refuse_errors(found)


def test_number_is_short_enough_for_its_market() -> None:
    # given a seller in India, where a document number has at most sixteen characters
    catalog = small()
    indian = replace(catalog.markets[0], code="IN")
    series = replace(catalog.series[0], template="FJORD-{yyyy}-{n:06}")
    spoiled = replace(catalog, markets=(indian,), series=(series, *catalog.series[1:]))
    # when
    codes = {(finding.code, finding.key) for finding in findings(spoiled)}
    # then the one with seventeen is found
    assert ("number_too_long", "sellers.fjord.series.invoice") in codes
    assert ("number_too_long", "sellers.fjord.series.receipt") not in codes


def test_catalogs_of_tests_have_no_finding() -> None:
    # given one with every kind of price, as scenarios build it
    catalog = small_catalog(
        Offer("solo", 1200, trial_days=7, intro=Intro(3, 600), fee_minor=500, add_ons=("hifi",)),
        Offer("hifi", 300, kind=ProductKind.ADD_ON),
    )
    assert findings(catalog) == ()
    assert [(one.phase_no, one.component, one.unit_num) for one in catalog.prices] == [
        (1, "base", 0),
        (2, "base", 600),
        (3, "base", 1200),
        (1, "setup", 500),
        (1, "hifi", 300),
    ]
