"""The words printed on documents, one TOML file a language in the folder `languages`."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from importlib.resources import files
from typing import Final

FALLBACK: Final = "en"
RIGHT_TO_LEFT: Final = frozenset({"ar", "he"})


@dataclass(frozen=True, slots=True)
class Texts:
    """The words of one language, whole phrases; `{…}` marks what the renderer fills in."""

    language: str
    # titles
    invoice: str
    tax_invoice: str
    simplified_invoice: str
    credit_note: str
    payment: str
    refund: str
    reversal: str
    preview: str
    # who, when, about what
    seller: str
    customer: str
    invoice_number: str
    credit_note_number: str
    receipt_number: str
    issued_on: str
    due_on: str
    tax_id: str
    vat_id: str
    registration: str
    subscription: str
    reason: str
    reason_plan_changed: str
    reason_canceled: str
    reason_refund: str
    reason_uncollectible: str
    # lines, tax, totals
    description: str
    quantity: str
    unit_price: str
    rate: str
    amount: str
    discount: str
    tax: str
    taxable: str
    net: str
    total: str
    from_credit: str
    from_notes: str
    already_paid: str
    payable: str
    total_paid: str
    total_refunded: str
    total_credited: str
    total_came_back: str
    kept_as_credit: str
    got_by_dispute: str
    still_held: str
    prices_inclusive: str
    prices_exclusive: str
    # payments
    method_payment: str
    method_refund: str
    method_card: str
    method_direct_debit: str
    method_bank_transfer: str
    reference: str
    authorisation: str
    # sentences
    paid: str
    refunded: str
    came_back: str
    credited: str
    due_by: str
    due_now: str
    settled: str
    corrects: str
    corrects_unnumbered: str
    settles_receivable: str
    settles_customer_credit: str
    settles_refund: str
    corrects_refund: str
    reverse_charge: str
    not_collecting: str
    customer_exempt: str
    product_exempt: str
    not_subject: str
    confirms_payment: str
    confirms_refund: str
    preview_note: str
    page: str


def _texts(language: str, content: Mapping[str, object]) -> Texts:
    expected = {field.name for field in fields(Texts)} - {"language"}
    assert content.keys() == expected, (language, content.keys() ^ expected)
    return Texts(language=language, **{name: str(text) for name, text in content.items()})


def _load() -> Mapping[str, Texts]:
    catalogue = {}
    for entry in sorted(
        files("ledgerline.documents").joinpath("languages").iterdir(), key=lambda e: e.name
    ):
        language = entry.name.removesuffix(".toml")
        catalogue[language] = _texts(language, tomllib.loads(entry.read_text("utf-8")))
    return catalogue


CATALOGUE: Final = _load()

# What other tags mean for the words: a script, an older code, a written form of one language.
_ALIASES: Final = {
    "zh": "zh-Hans",
    "zh-tw": "zh-Hant",
    "zh-hk": "zh-Hant",
    "zh-mo": "zh-Hant",
    "no": "nb",
    "nn": "nb",
    "iw": "he",
    "in": "id",
    "pt-br": "pt-BR",
}
_NAMES: Final = {name.lower(): name for name in CATALOGUE} | _ALIASES


def texts_for(locale: str) -> Texts:
    """Choose the texts of a BCP 47 locale: as exact as shipped, its language, else English."""
    subtags = locale.replace("_", "-").lower().split("-")
    for length in range(len(subtags), 0, -1):
        name = _NAMES.get("-".join(subtags[:length]))
        if name is not None:
            return CATALOGUE[name]
    return CATALOGUE[FALLBACK]
