"""What a catalog says of sellers and markets."""

import pytest

from ledgerline.catalog.model import Series
from ledgerline.catalog.rules.nodes import root
from ledgerline.catalog.rules.places import markets, sellers
from tests.unit.catalog.texts import PRINTED, mistakes, planted, small


@pytest.mark.parametrize(
    ("_case", "sound", "faulty", "expected"),
    [
        (
            "an address has parts",
            "address: {line1: Eksempelgata 1, postal_code: 0150, city: Oslo}",
            "address: Eksempelgata 1, 0150 Oslo",
            (8, "sellers.fjord.address", "must be a mapping of keys to values"),
        ),
        (
            "an address has a city",
            ", city: Oslo}",
            "}",
            (8, "sellers.fjord.address.city", "is missing"),
        ),
        (
            "a colour without quotes is a comment",
            "    series:\n",
            "    colour: #1f7a5c\n    series:\n",
            (10, "sellers.fjord.colour", 'must be a colour in quotes, such as "#1f7a5c"'),
        ),
        (
            "a colour has six digits",
            "    series:\n",
            '    colour: "#1f7"\n    series:\n',
            (10, "sellers.fjord.colour", "must be a colour such as \"#1f7a5c\", not '#1f7'"),
        ),
        (
            "mail needs a place",
            "    series:\n",
            "    email: hei\n    series:\n",
            (10, "sellers.fjord.email", "must be an address such as help@example.com, not 'hei'"),
        ),
        (
            "a website is of the web",
            "    series:\n",
            "    website: javascript:alert(1)\n    series:\n",
            (
                10,
                "sellers.fjord.website",
                "must be an address such as https://example.com, not 'javascript:alert(1)'",
            ),
        ),
        (
            "a logo is an image",
            "    series:\n",
            "    logo: <svg/>\n    series:\n",
            (10, "sellers.fjord.logo", 'must begin with <svg xmlns="http://www.w3.org/2000/svg">'),
        ),
        (
            "a limit has the decimals of its market",
            "    tax_behavior: inclusive\n",
            "    tax_behavior: inclusive\n    simplified_up_to: 250\n",
            (
                21,
                "markets.NO.simplified_up_to",
                (
                    "must have 2 decimals in NOK, or up to 6 more for a share of its minor unit,"
                    " not '250'"
                ),
            ),
        ),
        (
            "rounding has known modes",
            "    tax_behavior: inclusive\n",
            "    tax_behavior: inclusive\n    rounding: {mode: nearest}\n",
            (
                21,
                "markets.NO.rounding.mode",
                "must be one of half_up, half_even, down, up, not 'nearest'",
            ),
        ),
        (
            "tax is rounded once for a group, never once a line",
            "    tax_behavior: inclusive\n",
            "    tax_behavior: inclusive\n    rounding: {granularity: line}\n",
            (
                21,
                "markets.NO.rounding.granularity",
                "is not a known key; known are mode, target, components",
            ),
        ),
    ],
)
def test_a_mistake_about_a_place_is_told_in_words(
    _case: str, sound: str, faulty: str, expected: tuple[int, str, str]
) -> None:
    assert mistakes(planted((sound, faulty))) == [expected]


def test_sellers_bring_the_series_of_their_documents() -> None:
    whole = root(PRINTED)
    parts = dict(whole.entries())
    series: list[Series] = []
    found = sellers(parts["sellers"], series)
    assert list(found) == ["fjord"]
    assert tuple(series) == small().series
    # and markets name them
    assert [one.seller_code for one in markets(parts["markets"], found).values()] == ["fjord"]
    assert whole.notes.problems == []


def test_what_need_not_be_said_has_its_usual_value() -> None:
    whole = root(planted(("    tax_id: NO 999999999 MVA\n", "")))
    [seller] = sellers(dict(whole.entries())["sellers"], []).values()
    assert (seller.tax_id, seller.registration, seller.email, seller.website) == (None,) * 4
    assert (seller.colour, seller.logo) == (None, None)
    assert (seller.address.line2, seller.address.region) == (None, None)
    [market] = small().markets
    assert (market.rounding_mode, market.rounding_target) == ("half_up", "tax")
    assert (market.rounding_components, market.simplified_up_to_minor) == ("separate", None)
