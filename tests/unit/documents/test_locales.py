"""Amounts, days, rates and countries as each language writes them."""

from datetime import date

import pytest

from ledgerline.documents.locales import locality


@pytest.mark.parametrize(
    ("locale", "minor", "currency", "exponent", "written"),
    [
        ("de-DE", 1_199, "EUR", 2, "11,99\u00a0€"),
        ("de-AT", 119_900, "EUR", 2, "€\u00a01.199,00"),
        ("sv-SE", 5_950, "SEK", 2, "59,50\u00a0kr"),
        ("fr-FR", 119_900, "EUR", 2, "1\u202f199,00\u00a0€"),
        ("ja-JP", 1_280, "JPY", 0, "￥1,280"),
        ("en-GB", 1_280, "JPY", 0, "JP¥1,280"),
        ("en", 1_990, "KWD", 3, "KWD\u00a01.990"),
        ("de", 1_990, "KWD", 3, "1,990\u00a0KWD"),
        ("en", -5, "USD", 2, "-$0.05"),
        (
            "hu",
            199_000,
            "HUF",
            2,
            "1\u00a0990,00\u00a0Ft",
        ),  # the body's decimals, not those of CLDR
        ("hi-IN", 12_345_678, "INR", 2, "₹1,23,456.78"),
        ("en", 0, "EUR", 2, "€0.00"),
        ("en", 2 * 10**14, "EUR", 2, "€2,000,000,000,000.00"),
    ],
)
def test_money_is_written_as_its_language_does(
    locale: str, minor: int, currency: str, exponent: int, written: str
) -> None:
    assert locality(locale).money(minor, currency, exponent) == written


@pytest.mark.parametrize("locale", ["ar-EG", "ar-SA", "hi", "th-TH", "he", "bn-BD"])
def test_digits_are_latin_in_every_language(locale: str) -> None:
    place = locality(locale)
    written = [
        place.money(1_234_567, "EUR", 2),
        place.rate(255_000),
        place.day(date(2026, 3, 15)),
        place.number(1_234),
    ]
    for text in written:
        assert all(c.isascii() for c in text if c.isdigit()), text


@pytest.mark.parametrize(
    ("num", "den", "written"),
    [
        (399, 1, "€3.99"),
        (1, 2, "€0.005"),
        (1, 3, "€0.00333333"),
        (-1, 8, "-€0.00125"),
        (12_000, 10, "€12.00"),
    ],
)
def test_unit_prices_have_the_decimals_they_need(num: int, den: int, written: str) -> None:
    assert locality("en").unit_price(num, den, "EUR", 2) == written


@pytest.mark.parametrize(
    ("locale", "ppm", "written"),
    [
        ("de", 190_000, "19\u00a0%"),
        ("en", 255_000, "25.5%"),
        ("fr", 99_750, "9,975\u00a0%"),
        ("en", 1, "0.0001%"),
        ("en", 0, "0%"),
    ],
)
def test_rates_have_the_decimals_they_need(locale: str, ppm: int, written: str) -> None:
    assert locality(locale).rate(ppm) == written


@pytest.mark.parametrize(
    ("locale", "start", "end", "written"),
    [
        ("de", date(2026, 3, 1), date(2026, 4, 1), "1.–31. März 2026"),
        ("en-GB", date(2026, 3, 15), date(2026, 4, 15), "15 March 2026 – 14 April 2026"),
        ("sv", date(2026, 3, 1), date(2026, 3, 2), "1 mars 2026"),
        ("ja", date(2026, 3, 15), date(2027, 3, 15), "2026年3月15日 – 2027年3月14日"),
        ("cs", date(2026, 3, 1), date(2026, 4, 1), "1. března 2026 – 31. března 2026"),
    ],
)
def test_a_period_names_its_last_day(locale: str, start: date, end: date, written: str) -> None:
    spaced = locality(locale).span(start, end).replace("\u2009", " ").replace("\u202f", " ")
    assert spaced == written


@pytest.mark.parametrize(
    ("locale", "words", "country"),
    [
        ("de-AT", "de", "Südkorea"),
        ("zh-TW", "zh-Hant", "南韓"),
        ("zh-HK", "zh-Hant", "南韓"),
        ("zh", "zh-Hans", "韩国"),
        ("zh-Hans-SG", "zh-Hans", "韩国"),
        ("pt", "pt", "Coreia do Sul"),
        ("pt_BR", "pt-BR", "Coreia do Sul"),
        ("no-NO", "nb", "Sør-Korea"),
        ("iw", "he", "קוריאה הדרומית"),
        ("xx-DE", "en", "South Korea"),
        ("tlh", "en", "South Korea"),
        ("", "en", "South Korea"),
        ("sv-US", "sv", "Sydkorea"),
    ],
)
def test_words_and_names_are_of_one_language(locale: str, words: str, country: str) -> None:
    place = locality(locale)
    assert place.texts.language == words
    assert place.country("KR") == country


def test_the_bare_language_of_portugal_writes_as_portugal_does() -> None:
    assert locality("pt").money(1_199, "EUR", 2) == "11,99\u00a0€"
    assert locality("pt-BR").money(1_199, "BRL", 2) == "R$\u00a011,99"
