"""The body of a document: everything it says, in one canonical form that never changes.

A body is built once, when its document is numbered, from rows and parts that cannot change. Its
number stands beside it and not in it, so that the hash of a body says nothing of its place in a
series. Amounts are whole minor units of ``currency``, signed as the document means them: a credit
note and a refund receipt carry positive amounts, since their kind says which way they go.

A ``preview`` is a `Document` without a number and without a seal.
"""

import unicodedata
from enum import StrEnum
from hashlib import sha256
from typing import Final

import msgspec
from msgspec import Struct

FORMAT: Final = 1


class Kind(StrEnum):
    """What a document is."""

    INVOICE = "invoice"
    SIMPLIFIED_INVOICE = "simplified_invoice"
    CREDIT_NOTE = "credit_note"
    RECEIPT = "receipt"
    REFUND_RECEIPT = "refund_receipt"
    REFUND_REVERSAL = "refund_reversal"


class Treatment(StrEnum):
    """Why a group of lines is taxed as it is; every zero has its own reason."""

    STANDARD = "standard"
    REDUCED = "reduced"
    ZERO = "zero"
    PRODUCT_EXEMPT = "product_exempt"
    CUSTOMER_EXEMPT = "customer_exempt"
    REVERSE_CHARGE = "reverse_charge"
    NOT_SUBJECT = "not_subject"
    NOT_COLLECTING = "not_collecting"


class Settles(StrEnum):
    """What becomes of what a credit note gives back."""

    RECEIVABLE = "receivable"
    CUSTOMER_CREDIT = "customer_credit"
    REFUND = "refund"


class _Part(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Absent instead of null: what equals its default is not written."""


class Address(_Part, frozen=True, kw_only=True):
    """A postal address; ``country`` is two letters (ISO 3166-1)."""

    line1: str
    line2: str | None = None
    postal_code: str | None = None
    city: str | None = None
    region: str | None = None
    country: str


class Seller(_Part, frozen=True, kw_only=True):
    """Who issues a document, as it stood when the document was issued.

    ``name`` is the trade name. ``colour`` is ``#rrggbb`` and ``logo`` an SVG image, both of the
    brand. ``registration`` is the number in the register of companies. Millions of bodies share a
    seller, so a body names it by its hash.
    """

    code: str
    name: str
    legal_name: str
    address: Address
    tax_id: str | None = None
    registration: str | None = None
    email: str | None = None
    website: str | None = None
    colour: str | None = None
    logo: str | None = None


class SellerRef(_Part, frozen=True, kw_only=True):
    """The SHA-256 of a seller's canonical form, in hexadecimal digits."""

    part: str


class TaxId(_Part, frozen=True, kw_only=True):
    """A tax id of a buyer: ``type`` is such as ``eu_vat``; ``check`` is what is known of it."""

    type: str
    value: str
    check: str


class Buyer(_Part, frozen=True, kw_only=True):
    """Whom a full invoice names. ``business`` says that it was bought as one."""

    business: bool = False
    name: str | None = None
    address: Address | None = None
    tax_ids: tuple[TaxId, ...] = ()


class Period(_Part, frozen=True, kw_only=True):
    """Service time from ``start`` up to, and without, ``end``: dates as ``YYYY-MM-DD``."""

    start: str
    end: str


class Unit(_Part, frozen=True, kw_only=True):
    """The price of one in minor units, exactly: ``num / den``, in ``Body.behavior``'s basis."""

    num: int
    den: int = 1


class Line(_Part, frozen=True, kw_only=True):
    """What is claimed or given back for one thing.

    ``amount`` is before and ``discount`` what is taken off it (0 or more), both in the basis of
    ``Body.behavior``: ``amount - discount`` is ``gross`` of inclusive prices and ``net`` of
    exclusive ones. ``kind`` is ``recurring``, ``trial`` or ``fixed`` (a fee: its period is the one
    day on which it is due); ``component`` is ``base``, ``setup`` or the code of an add-on.
    ``net + tax == gross``.
    """

    no: int
    text: str
    plan: str
    component: str
    kind: str
    period: Period
    quantity: int
    unit: Unit | None = None
    amount: int
    discount: int = 0
    net: int
    tax: int
    gross: int
    treatment: Treatment
    rate_ppm: int


class Component(_Part, frozen=True, kw_only=True):
    """One tax of several that make up a rate, such as CGST and SGST, or a state's and a city's."""

    name: str
    rate_ppm: int
    tax: int


class TaxGroup(_Part, frozen=True, kw_only=True):
    """Lines of one treatment and rate: the only place where tax is rounded.

    ``base`` is their net. ``name`` is what the tax is called where it is due ("VAT", "GST");
    ``reason`` is the text an exemption prints, where its treatment alone does not say enough. The
    ``components`` sum to ``tax`` and to ``rate_ppm``.
    """

    treatment: Treatment
    rate_ppm: int
    base: int
    tax: int
    name: str | None = None
    reason: str | None = None
    components: tuple[Component, ...] = ()


class Totals(_Part, frozen=True, kw_only=True):
    """Sums of the document: ``net + tax == gross``.

    ``discount`` is the sum of the lines' discounts. Of ``gross``, ``from_credit`` was paid from
    credit of the customer, ``from_notes`` by credit notes that were issued with it, ``paid`` by
    ``payments``; ``payable`` is what is left. A credit note has none of the four.
    """

    net: int
    tax: int
    gross: int
    discount: int = 0
    from_credit: int = 0
    from_notes: int = 0
    paid: int = 0
    payable: int = 0


class Payment(_Part, frozen=True, kw_only=True):
    """How money moved: ``brand`` and ``last4`` of a card, the provider's ``reference``.

    ``authorisation`` is the code of the card's bank; receipts of card payments print it.
    """

    method: str
    brand: str | None = None
    last4: str | None = None
    reference: str | None = None
    authorisation: str | None = None
    date: str
    amount: int


class Original(_Part, frozen=True, kw_only=True):
    """The invoice that a credit note corrects or a receipt is about, or a receipt corrected.

    ``seal`` is the hash of its place in the chain of its series; both are absent when it was never
    numbered.
    """

    id: str
    date: str
    number: str | None = None
    seal: str | None = None


class CameBack(_Part, frozen=True, kw_only=True):
    """What became of a refund that came back; the three add up to it.

    ``credit`` was kept for the customer, ``offset`` they had got by a dispute of the payment,
    ``held`` is theirs and not given back yet.
    """

    credit: int = 0
    offset: int = 0
    held: int = 0


class References(_Part, frozen=True, kw_only=True):
    """What else the document is about; ids as the API writes them.

    ``receipt`` is the refund receipt that is corrected, for the refund came back.
    """

    subscription: str | None = None
    original: Original | None = None
    payment: str | None = None
    refund: str | None = None
    credit_note: str | None = None
    receipt: Original | None = None


class Body(_Part, frozen=True, kw_only=True):
    """Everything a document says but its number.

    ``id`` is the document's id as the API writes it and ``series`` the id of its number series.
    ``salt`` keeps the hash from confirming guesses of a name. ``issue_date`` is the seller's day,
    ``issued_at`` the instant (UTC, ends in ``Z``), ``language`` a locale such as ``de-DE``,
    ``exponent`` how many decimals the currency has, ``behavior`` whether prices are stated
    ``inclusive`` or ``exclusive`` of tax. ``cause`` says what made an invoice and ``reason`` why a
    credit note was issued.
    """

    format: int
    kind: Kind
    id: str
    series: str
    salt: str
    issue_date: str
    issued_at: str
    due_date: str | None = None
    currency: str
    exponent: int
    language: str
    market: str
    behavior: str
    cause: str | None = None
    reason: str | None = None
    settles: Settles | None = None
    came_back: CameBack | None = None
    seller: SellerRef
    buyer: Buyer | None = None
    lines: tuple[Line, ...] = ()
    tax_groups: tuple[TaxGroup, ...] = ()
    totals: Totals
    payments: tuple[Payment, ...] = ()
    references: References


class Document(Struct, frozen=True, kw_only=True):
    """A body with what stands beside it: its seller, its number and its seal (hexadecimal).

    Without number and seal it is a preview.
    """

    body: Body
    seller: Seller
    number: str | None = None
    seal: str | None = None


_ENCODER: Final = msgspec.json.Encoder(order="sorted")
_BODY: Final = msgspec.json.Decoder(Body)
_SELLER: Final = msgspec.json.Decoder(Seller)


def encode(value: Body | Seller) -> bytes:
    """Write a body or a seller in its canonical form; see `base.canonical` for what that means."""
    return _ENCODER.encode(value)


def decode(raw: bytes) -> Body:
    """Read a body back; raises ``msgspec.ValidationError`` for what no format ever wrote."""
    return _BODY.decode(raw)


def decode_seller(raw: bytes) -> Seller:
    """Read a seller back."""
    return _SELLER.decode(raw)


def part_hash(seller: Seller) -> str:
    """Name a seller by what it says."""
    return sha256(encode(seller)).hexdigest()


def clean(text: str) -> str:
    """Bring a text into the form that bodies hold: NFC, without controls and direction overrides.

    Line breaks and tabs become spaces. What is entered is refused for such characters; this is for
    what came another way.
    """
    if text.isascii() and text.isprintable():
        return text
    spaced = "".join(" " if c in "\t\n\r\v\f\x85\u2028\u2029" else c for c in text)
    return unicodedata.normalize("NFC", "".join(c for c in spaced if not _is_dropped(c)))


def _is_dropped(character: str) -> bool:
    return unicodedata.category(character) in {"Cc", "Cs"} or character in _OVERRIDES


_OVERRIDES: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
