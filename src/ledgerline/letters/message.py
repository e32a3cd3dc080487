"""Make the bytes that a mail server is given. Source: RFC 5322, RFC 2045, RFC 3834."""

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime
from typing import Final
from uuid import UUID

from ledgerline.letters.render import Rendered

_ID_CHARACTERS: Final = 32
_BREAKS: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})
_OVERRIDES: Final = frozenset("\u202a\u202b\u202c\u202d\u202e")


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that goes with a mail."""

    name: str
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What stands above a letter. ``at`` is when the mail was written, the same on every try."""

    message_id: str
    sender: str
    sender_name: str
    reply_to: str | None
    recipient: str
    at: datetime


def message_id(*, subject_id: UUID, kind: str, occasion: int, sequence: int, sender: str) -> str:
    """Name a mail by what it is unique by: a server that had it may drop a repeat."""
    key = f"ledgerline mail, format 1\0{subject_id}\0{kind}\0{occasion}\0{sequence}"
    digest = hashlib.sha256(key.encode()).hexdigest()[:_ID_CHARACTERS]
    return f"<{digest}@{sender.rpartition('@')[2]}>"


def is_address(text: str) -> bool:
    """Say whether a mail can be addressed to a text at all."""
    try:
        Address(addr_spec=text)
    except (ValueError, IndexError, HeaderParseError):
        return False
    return text.isprintable() and not any(one.isspace() for one in text)


def compose(head: Head, letter: Rendered, attached: Sequence[Attached]) -> bytes:
    """Write a mail with its text and HTML parts and its files.

    The same input gives the same bytes: the boundaries of parts come from the Message-ID.
    """
    message = EmailMessage(policy=SMTP if head.recipient.isascii() else SMTPUTF8)
    message["From"] = Address(one_line(head.sender_name), addr_spec=head.sender)
    message["To"] = Address(addr_spec=head.recipient)
    message["Subject"] = one_line(letter.subject)
    message["Date"] = format_datetime(head.at)
    message["Message-ID"] = head.message_id
    if head.reply_to is not None and is_address(head.reply_to):
        message["Reply-To"] = Address(addr_spec=head.reply_to)
    message["Auto-Submitted"] = "auto-generated"
    message["Content-Language"] = letter.language
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    for file in attached:
        message.add_attachment(file.body, maintype="application", subtype="pdf", filename=file.name)
    _bound(message, head.message_id)
    return message.as_bytes()


def one_line(text: str) -> str:
    """Take line breaks, controls and direction overrides out of what becomes a header."""
    kept = (" " if unicodedata.category(c) in _BREAKS else c for c in text if c not in _OVERRIDES)
    return re.sub(" +", " ", "".join(kept)).strip()


def _bound(message: EmailMessage, seed: str) -> None:
    for number, part in enumerate(one for one in message.walk() if one.is_multipart()):
        name = hashlib.sha256(f"{seed}\0{number}".encode()).hexdigest()[:_ID_CHARACTERS]
        part.set_boundary(f"part-{name}")
