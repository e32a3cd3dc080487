"""A text with mistakes is refused with the line, the key and the words of each."""

import pytest

from ledgerline.catalog.rules.nodes import TEXT_CHARACTERS_MAX, CatalogInvalid
from ledgerline.catalog.rules.parse import parse
from tests.unit.catalog.texts import SMALL, mistakes, planted


def test_one_reading_finds_every_mistake_with_its_line_and_key() -> None:
    # given a dozen and more mistakes of every kind
    text = planted(
        ("    country: NO\n", "    country: Norway\n"),
        (", city: Oslo}\n    tax_id: NO 999999999 MVA\n", "}\n"),
        ('"FC-{yyyy}-{n:06}"', '"FC-{year}"'),
        ("    currency: NOK\n", "    currency: NOK\n    currency: SEK\n"),
        ("    seller: fjord\n", "    seller: fjrd\n"),
        ("    zone: Europe/Oslo\n    locale", "    zone: Europe/Olso\n    locale"),
        ("tax_behavior: inclusive", "tax_behavior: included"),
        ("cadence: 1 month", "cadence: monthly"),
        ("trial: 7 days", "trial: 7.0 days"),
        ("status: on_sale", "status: true"),
        ("valid_from: 2026-01-01", "valid_from: 2026-02-30"),
        ("NO: 129.00", "NO: 1.29e2"),
        ("percent: 25\n", "percent: 25,0\n"),
        ("percent: 50, periods: 2", "percent: 50, period: 2"),
    )
    # when it is read
    found = mistakes(text)
    # then each is named once, in the order of the lines
    assert [(line, key) for line, key, _ in found] == [
        (6, "sellers.fjord.country"),
        (8, "sellers.fjord.address.city"),
        (11, "sellers.fjord.series.credit_note"),
        (16, "markets.NO.currency"),
        (17, "markets.NO.seller"),
        (18, "markets.NO.zone"),
        (20, "markets.NO.tax_behavior"),
        (28, "plans.solo_monthly.cadence"),
        (29, "plans.solo_monthly.phases[0].trial"),
        (31, "plans.solo_monthly.status"),
        (34, "prices[0].valid_from"),
        (36, "prices[0].amounts.NO"),
        (43, "tax_rates[0].percent"),
        (46, "coupons.HALF.period"),
    ]


@pytest.mark.parametrize(
    ("_case", "sound", "faulty", "expected"),
    [
        (
            "an exponent is no amount",
            "NO: 129.00",
            "NO: 1e3",
            (
                36,
                "prices[0].amounts.NO",
                "must be an amount in plain digits such as 11.99, not '1e3'",
            ),
        ),
        (
            "decimals must be those of the currency",
            "NO: 129.00",
            "NO: 129",
            (
                36,
                "prices[0].amounts.NO",
                (
                    "must have 2 decimals in NOK, or up to 6 more for a share of its minor unit,"
                    " not '129'"
                ),
            ),
        ),
        (
            "a share of a minor unit has its bounds",
            "NO: 129.00",
            "NO: 0.000000001",
            (
                36,
                "prices[0].amounts.NO",
                (
                    "must have 2 decimals in NOK, or up to 6 more for a share of its minor unit,"
                    " not '0.000000001'"
                ),
            ),
        ),
        (
            "a coupon takes off whole minor units",
            "{percent: 50, periods: 2}",
            "{amount: 5.005, currency: NOK}",
            (46, "coupons.HALF.amount", "must have 2 decimals in NOK"),
        ),
        (
            "a phase must be known",
            "trial: 7 days",
            "tryout: 7 days",
            (
                29,
                "plans.solo_monthly.phases[0]",
                "names an unknown phase: 'tryout'; known are trial, intro, fixed, evergreen",
            ),
        ),
        (
            "a trial has a length",
            "trial: 7 days",
            "trial",
            (29, "plans.solo_monthly.phases[0]", "needs its length, such as trial: 30 days"),
        ),
        (
            "evergreen has none",
            "days, evergreen",
            "days, evergreen: 1 month",
            (29, "plans.solo_monthly.phases[1]", "has no length"),
        ),
        (
            "a phase is one name",
            "trial: 7 days,",
            "{trial: 7 days, intro: 1 month},",
            (29, "plans.solo_monthly.phases[0]", "must be one name with its value"),
        ),
        (
            "a plan has a phase",
            "[trial: 7 days, evergreen]",
            "[]",
            (
                29,
                "plans.solo_monthly.phases",
                "must name at least one phase, such as evergreen",
            ),
        ),
        (
            "a price names a phase its plan has",
            "  - plan: solo_monthly\n",
            "  - plan: solo_monthly\n    phase: intro\n",
            (34, "prices[0].phase", "solo_monthly has no intro phase"),
        ),
        (
            "a trial has no price of its own",
            "  - plan: solo_monthly\n",
            "  - plan: solo_monthly\n    phase: trial\n",
            (34, "prices[0].phase", "names an unknown phase with a price: 'trial'"),
        ),
        (
            "a setup fee has no phase",
            "  - plan: solo_monthly\n",
            "  - plan: solo_monthly\n    component: setup\n    phase: evergreen\n",
            (
                35,
                "prices[0].phase",
                "a setup fee is billed once, at the start, and has no phase",
            ),
        ),
        (
            "a component is known",
            "  - plan: solo_monthly\n",
            "  - plan: solo_monthly\n    component: lossless\n",
            (34, "prices[0].component", "names an unknown component: 'lossless'"),
        ),
        (
            "an add-on must exist",
            "    status: on_sale\n",
            "    status: on_sale\n    add_ons: [choir]\n",
            (32, "plans.solo_monthly.add_ons[0]", "names an unknown plan: 'choir'"),
        ),
        (
            "an add-on is named once",
            "    status: on_sale\n",
            "    status: on_sale\n    add_ons: [solo_monthly, solo_monthly]\n",
            (32, "plans.solo_monthly.add_ons[1]", "is named twice: solo_monthly"),
        ),
        (
            "a free plan is no price",
            "NO: 129.00",
            "NO: 0.00",
            (
                36,
                "prices[0].amounts.NO",
                "must be above zero and not above 2000000000000 minor units, not '0.00'",
            ),
        ),
        (
            "a market must exist",
            "NO: 129.00",
            "SE: 129.00",
            (36, "prices[0].amounts.SE", "names an unknown market: 'SE'"),
        ),
        (
            "an empty value is not read as nothing",
            "locale: nb-NO",
            "locale:",
            (19, "markets.NO.locale", "must not be empty"),
        ),
        (
            "a leading zero is no number",
            "members_max: 1",
            "members_max: 01",
            (
                30,
                "plans.solo_monthly.members_max",
                "must be a whole number from 1 to 20, not '01'",
            ),
        ),
        (
            "a number has bounds",
            "members_max: 1",
            "members_max: 21",
            (
                30,
                "plans.solo_monthly.members_max",
                "must be a whole number from 1 to 20, not '21'",
            ),
        ),
        (
            "a value is not a list",
            "name: Fjord\n",
            "name: [Fjord]\n",
            (4, "sellers.fjord.name", "must be a single value"),
        ),
        (
            "a long text is refused",
            "name: Fjord\n",
            f"name: {'F' * 301}\n",
            (4, "sellers.fjord.name", "must have at most 300 characters"),
        ),
        (
            "a text that turns the direction of writing is refused",
            "name: Fjord\n",
            "name: Fj\u202eord\n",
            (4, "sellers.fjord.name", "must be one line without control characters"),
        ),
        (
            "a rate keeps to parts per million",
            "percent: 25\n",
            "percent: 25.00001\n",
            (43, "tax_rates[0].percent", "must have at most 4 decimals, not '25.00001'"),
        ),
        (
            "a rate is no more than the whole",
            "percent: 25\n",
            "percent: 100.1\n",
            (43, "tax_rates[0].percent", "must be at most 100, not '100.1'"),
        ),
        (
            "a coupon takes something off",
            "percent: 50,",
            "percent: 0.0,",
            (46, "coupons.HALF.percent", "must be above zero"),
        ),
        (
            "a coupon has one effect",
            "percent: 50,",
            "percent: 50, amount: 5.00, currency: NOK,",
            (46, "coupons.HALF", "must have either a percent or an amount"),
        ),
        (
            "a currency must exist",
            "currency: NOK",
            "currency: nok",
            (16, "markets.NO.currency", "names an unknown currency: 'nok'"),
        ),
        (
            "a code has a form",
            "  HALF:",
            "  half:",
            (46, "coupons.half", "the key 'half' must be 3 to 32 capital letters and digits"),
        ),
        (
            "a date has one form",
            "valid_from: 2026-01-01",
            "valid_from: 20260101",
            (34, "prices[0].valid_from", "must be a date written YYYY-MM-DD, not '20260101'"),
        ),
        (
            "an empty choice is told once",
            "audience: individual",
            "audience:",
            (27, "plans.solo_monthly.audience", "must not be empty"),
        ),
        (
            "an empty currency is told once",
            "{percent: 50, periods: 2}",
            "{amount: 5.00, currency: ''}",
            (46, "coupons.HALF.currency", "must not be empty"),
        ),
        (
            "a fiscal year is not printed yet",
            "F-{yyyy}-{n:06}",
            "F-{fy}-{n:06}",
            (
                11,
                "sellers.fjord.series.invoice",
                (
                    "has {fy}, which is not available yet: a series runs for one calendar year"
                    " and has no branch"
                ),
            ),
        ),
        (
            "the format is known",
            "format: 1",
            "format: 2",
            (1, "format", "names an unknown format: '2'"),
        ),
    ],
)
def test_a_mistake_is_told_in_words(
    _case: str, sound: str, faulty: str, expected: tuple[int, str, str]
) -> None:
    assert mistakes(planted((sound, faulty))) == [expected]


def test_an_amount_needs_its_currency() -> None:
    text = planted(("percent: 50,", "amount: 5.00,"))
    wanted = "must have an amount and a currency together"
    assert mistakes(text) == [(46, "coupons.HALF", wanted)]


def test_a_price_is_stated_once_for_a_day() -> None:
    text = planted(
        (
            "sources:\n",
            "  - {plan: solo_monthly, valid_from: 2026-01-01, amounts: {NO: 99.00}}\nsources:\n",
        )
    )
    message = "solo_monthly already has a price in NO from 2026-01-01"
    assert mistakes(text) == [(37, "prices[1].amounts.NO", message)]


def test_a_tax_rate_is_stated_once_for_a_day() -> None:
    again = (
        "  - {market: NO, category: digital_services, valid_from: 2005-01-01,"
        " percent: 24, source: statute}\ncoupons:\n"
    )
    message = "NO already has a rate of digital_services from 2005-01-01"
    assert mistakes(planted(("coupons:\n", again))) == [(45, "tax_rates[1]", message)]


def test_parts_of_the_wrong_shape_are_refused_where_they_stand() -> None:
    # given a list for a mapping and a mapping for a list
    text = "format: 1\nsellers: {a: 1}\nmarkets: {}\nproducts: {}\nplans: {}\nprices: {}\n"
    # when
    found = mistakes(text + "sources: {}\ntax_rates: []\ncoupons: {? [A] : 1}\n")
    # then
    assert found == [
        (2, "sellers.a", "must be a mapping of keys to values"),
        (6, "prices", "must be a list"),
        (9, "coupons", "a key must be a text"),
    ]


@pytest.mark.parametrize(
    ("_case", "text", "expected"),
    [
        ("nothing", "", (1, "", "is empty")),
        ("not YAML", "a: [\n", (2, "", "is not YAML: expected the node content, but found")),
        ("two documents", "a: 1\n---\nb: 2\n", (2, "", "is not YAML: but found another document")),
        ("a control character", "a: 1\nb: \x00\n", (2, "", "is not YAML: it contains a character")),
        ("an anchor", "a: &x 1\n", (1, "", "the anchor &x is not allowed")),
        ("a type", "a: 1\nb: !!int 1\n", (2, "", "the type tag:yaml.org,2002:int is not allowed")),
        ("a deep nest", "[" * 5000, (1, "", "is nested deeper than 8 levels")),
        ("a long text", "#" * (TEXT_CHARACTERS_MAX + 1), (1, "", "must have at most 1000000")),
    ],
)
def test_a_text_that_is_no_plain_document_is_refused(
    _case: str, text: str, expected: tuple[int, str, str]
) -> None:
    [(line, key, message)] = mistakes(text)
    assert (line, key) == expected[:2]
    assert message.startswith(expected[2])


def test_an_alias_cannot_make_a_short_text_long() -> None:
    found = mistakes("a: &x [1]\nb: [*x, *x]\n")
    assert [message for _, _, message in found] == [
        "the anchor &x is not allowed",
        "the alias *x is not allowed: write the value out",
        "the alias *x is not allowed: write the value out",
    ]


def test_refusal_has_a_stable_code_and_says_where_to_look_first() -> None:
    with pytest.raises(CatalogInvalid) as refused:
        parse(SMALL.replace("country: NO", "country: no"))
    assert refused.value.code == "catalog_invalid"
    assert refused.value.detail == "the catalog has 1 mistake, the first on line 6"
