"""A small catalog without a fault, to plant faults in, and the one that is shipped."""

from importlib.resources import files
from typing import Final

from ledgerline.catalog.model import Catalog
from ledgerline.catalog.rules.nodes import CatalogInvalid
from ledgerline.catalog.rules.parse import parse

SHIPPED: Final = (files("ledgerline.catalog") / "music.yaml").read_text("utf-8")

SMALL: Final = """\
format: 1
sellers:
  fjord:
    name: Fjord
    legal_name: Fjord AS
    country: NO
    zone: Europe/Oslo
    address: {line1: Eksempelgata 1, postal_code: 0150, city: Oslo}
    tax_id: NO 999999999 MVA
    series:
      invoice: "F-{yyyy}-{n:06}"
      credit_note: "FC-{yyyy}-{n:06}"
      receipt: "FR-{yyyy}-{n:06}"
markets:
  NO:
    currency: NOK
    seller: fjord
    zone: Europe/Oslo
    locale: nb-NO
    tax_behavior: inclusive
products:
  solo: {family: music, name: Solo, tax_category: digital_services}
plans:
  solo_monthly:
    product: solo
    name: 010
    audience: individual
    cadence: 1 month
    phases: [trial: 7 days, evergreen]
    members_max: 1
    status: on_sale
prices:
  - plan: solo_monthly
    valid_from: 2026-01-01
    amounts:
      NO: 129.00
sources:
  statute: 1e3
tax_rates:
  - market: NO
    category: digital_services
    valid_from: 2005-01-01
    percent: 25
    source: statute
coupons:
  HALF: {percent: 50, periods: 2}
"""


def planted(*faults: tuple[str, str], into: str = SMALL) -> str:
    """Put each fault in the place of the one line part it replaces."""
    text = into
    for sound, faulty in faults:
        assert text.count(sound) == 1, sound
        text = text.replace(sound, faulty)
    return text


LARGER: Final = planted(
    ("[trial: 7 days, evergreen]", "[trial: 7 days, intro: 3 months, evergreen]"),
    (
        "tax_category: digital_services}\n",
        (
            "tax_category: digital_services}\n"
            "  hifi: {family: music, name: Hi-Fi, tax_category: digital_services, kind: add_on}\n"
        ),
    ),
    (
        "    status: on_sale\n",
        (
            "    status: on_sale\n    add_ons: [hifi_monthly]\n"
            "  hifi_monthly:\n    product: hifi\n    name: Hi-Fi, monthly\n"
            "    audience: individual\n    cadence: 1 month\n    members_max: 1\n"
            "    status: on_sale\n"
        ),
    ),
    (
        "prices:\n",
        (
            "prices:\n"
            "  - {plan: solo_monthly, phase: intro, valid_from: 2026-01-01, amounts: {NO: 64.00}}\n"
        ),
    ),
    (
        "sources:\n",
        (
            "  - {plan: solo_monthly, component: setup, valid_from: 2026-01-01,"
            " amounts: {NO: 50.00}}\n"
            "  - {plan: hifi_monthly, valid_from: 2026-01-01, amounts: {NO: 30.00}}\n"
            "sources:\n"
        ),
    ),
)
"""The small catalog with a trial, an intro, a fee and an add-on."""


PRINTED: Final = planted(
    (
        "city: Oslo}\n",
        (
            "city: Oslo, line2: 2. etasje, region: Oslo fylke}\n"
            "    registration: 999 999 999\n    email: hei@fjord.example\n"
            '    website: https://fjord.example\n    colour: "#1F7A5C"\n    logo: |\n'
            '      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">\n'
            '        <circle cx="4" cy="4" r="4"/>\n      </svg>\n'
        ),
    ),
    (
        "    tax_behavior: inclusive\n",
        (
            "    tax_behavior: inclusive\n    rounding: {mode: down, components: equal}\n"
            '    simplified_up_to: "250.00"\n'
        ),
    ),
    (
        "    source: statute\n",
        (
            "    source: statute\n    name: MVA\n    components:\n"
            "      - {name: State, percent: 12.5}\n      - {name: City, percent: 12.5}\n"
        ),
    ),
)
"""The small catalog with everything that documents print of its seller and its tax."""


def small() -> Catalog:
    """Read the small catalog."""
    return parse(SMALL)


def mistakes(text: str) -> list[tuple[int, str, str]]:
    """Read a text that must be refused, and give line, key and message of every mistake."""
    try:
        parse(text)
    except CatalogInvalid as refused:
        errors = refused.facts["errors"]
        assert isinstance(errors, list)
        return [(error["line"], error["key"], error["message"]) for error in errors]
    raise AssertionError("the text was accepted")
