"""What a catalog says of tax rates, and what is judged of them."""

from dataclasses import replace

import pytest

from ledgerline.catalog.model import TaxComponent, TaxTreatment
from ledgerline.catalog.rules import taxes
from ledgerline.catalog.rules.nodes import root
from ledgerline.catalog.rules.price_entries import Known
from ledgerline.catalog.rules.tax_entries import tax_rates
from ledgerline.catalog.rules.wording import components_text
from tests.unit.catalog.texts import PRINTED, SMALL, mistakes, planted, small


@pytest.mark.parametrize(
    ("_case", "sound", "faulty", "expected"),
    [
        (
            "a rate of nothing says why",
            "percent: 25\n",
            "percent: 0\n",
            (
                40,
                "tax_rates[0].treatment",
                (
                    "is missing: why nothing is taxed is one of zero, product_exempt, not_subject,"
                    " not_collecting"
                ),
            ),
        ),
        (
            "a treatment is known",
            "percent: 25\n",
            "percent: 25\n    treatment: reverse_charge\n",
            (
                44,
                "tax_rates[0].treatment",
                (
                    "must be one of standard, reduced, zero, product_exempt, not_subject,"
                    " not_collecting, not 'reverse_charge'"
                ),
            ),
        ),
        (
            "a component has a rate",
            "percent: 25\n",
            "percent: 25\n    components: [{name: State}]\n",
            (44, "tax_rates[0].components[0].percent", "is missing"),
        ),
    ],
)
def test_a_mistake_about_a_rate_is_told_in_words(
    _case: str, sound: str, faulty: str, expected: tuple[int, str, str]
) -> None:
    assert mistakes(planted((sound, faulty))) == [expected]


def _known() -> Known:
    catalog = small()
    return Known(
        markets={one.code: one for one in catalog.markets},
        products={one.code: one for one in catalog.products},
        plans={one.code: one for one in catalog.plans},
        phases={},
    )


def test_a_rate_brings_its_components_and_the_text_of_its_source() -> None:
    whole = root(PRINTED)
    part = dict(whole.entries())["tax_rates"]
    [rate] = tax_rates(part, _known(), sources={"statute": "Act 1"})
    assert (rate.rate_ppm, rate.treatment, rate.source) == (250_000, "standard", "Act 1")
    assert components_text(rate.components) == "State 12.5 + City 12.5"
    assert whole.notes.problems == []


def test_percent_that_cannot_be_read_is_no_rate_of_nothing() -> None:
    for fault in ("25,0", "-1", ""):
        [(_, key, _)] = mistakes(SMALL.replace("percent: 25\n", f"percent: {fault}\n"))
        assert key == "tax_rates[0].percent"
    [(_, key, message)] = mistakes(planted(("    percent: 25\n", "")))
    assert (key, message) == ("tax_rates[0].percent", "is missing")


def test_every_fault_of_a_tax_is_found_at_once() -> None:
    catalog = small()
    [rate], [market] = catalog.tax_rates, catalog.markets
    faulty = replace(
        rate,
        rate_ppm=0,
        source="",
        treatment=TaxTreatment.PRODUCT_EXEMPT,
        components=(TaxComponent("A", 1),),
    )
    found = taxes.findings(replace(catalog, tax_rates=(faulty,), markets=(market,)))
    assert [one.code for one in found] == ["source_missing", "reason_missing", "components_misfit"]
