"""The words printed on documents, one TOML file a language in the folder `languages`."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from importlib.resources import files
from typing import Final

FALLBACK: Final = "en"
RIGHT_TO_LEFT: Final = frozenset({"ar"})

_MONTHS_A_YEAR: Final = 12


@dataclass(frozen=True, slots=True)
class Texts:
    """The words of one language; `{…}` marks what the renderer fills in."""

    language: str
    payment: str
    refund: str
    seller: str
    customer: str
    receipt_number: str
    issued_on: str
    invoice: str
    tax_id: str
    paid: str
    refunded: str
    description: str
    quantity: str
    amount: str
    net: str
    tax: str
    total_paid: str
    total_refunded: str
    method_payment: str
    method_refund: str
    reference: str
    authorisation: str
    confirms_payment: str
    confirms_refund: str
    page: str
    date_pattern: str
    months: tuple[str, ...]

    def day(self, day: date) -> str:
        """Write the day in words of this language, with Latin digits."""
        return self.date_pattern.format(
            day=day.day, month=self.months[day.month - 1], year=f"{day.year:04}"
        )


def _texts(language: str, content: Mapping[str, object]) -> Texts:
    words = {name: content[name] for name in content if name != "months"}
    months = content["months"]
    assert isinstance(months, list), language
    assert len(months) == _MONTHS_A_YEAR, language
    expected = {field.name for field in fields(Texts)} - {"language", "months"}
    assert words.keys() == expected, (language, words.keys() ^ expected)
    return Texts(
        language=language,
        months=tuple(str(month) for month in months),
        **{name: str(text) for name, text in words.items()},
    )


def _load() -> Mapping[str, Texts]:
    catalogue = {}
    for entry in sorted(
        files("ledgerline.documents").joinpath("languages").iterdir(), key=lambda e: e.name
    ):
        language = entry.name.removesuffix(".toml")
        catalogue[language] = _texts(language, tomllib.loads(entry.read_text("utf-8")))
    return catalogue


CATALOGUE: Final = _load()


def texts_for(locale: str) -> Texts:
    """Choose the texts of a BCP 47 locale by its language; English where none are shipped.

    Languages whose script the committed fonts lack (Chinese, Japanese, Korean, Thai, Hindi)
    are not in the catalogue and therefore read in English.
    """
    language = locale.replace("_", "-").partition("-")[0].lower()
    return CATALOGUE.get(language, CATALOGUE[FALLBACK])
