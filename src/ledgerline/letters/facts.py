"""What a mail tells, as it was when it was delivered: nothing in here is personal."""

from typing import Final

import msgspec
from msgspec import Struct


class Sender(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who writes: ``name`` is the trade name, ``lines`` the legal name and its address.

    ``country`` is two letters (ISO 3166-1); each language names it in its own way.
    """

    name: str
    lines: tuple[str, ...]
    country: str
    email: str | None = None
    website: str | None = None
    colour: str | None = None


class Facts(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was the case.

    Amounts are minor units of ``currency``; days are ``YYYY-MM-DD`` and the customer's, ``at`` a
    time of the day ``on`` with its zone; ``method`` is a brand and the end of a number. ``variant``
    tells apart what one kind of mail says in two ways. ``documents`` are the ids of what is
    attached, ``number`` that of the first. ``texts`` are what an order was told and accepted.
    """

    sender: Sender
    variant: str = ""
    plan: str = ""
    before: str | None = None
    quantity: int = 1
    amount: int = 0
    tax: int = 0
    currency: str = "EUR"
    method: str | None = None
    on: str | None = None
    at: str | None = None
    number: str | None = None
    mandate: str | None = None
    documents: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()


_READER: Final = msgspec.json.Decoder(Facts)
_WRITER: Final = msgspec.json.Encoder(order="sorted")


def write_facts(facts: Facts) -> str:
    """Write facts as they are kept."""
    return _WRITER.encode(facts).decode()


def read_facts(text: str) -> Facts:
    """Read them back."""
    return _READER.decode(text)
