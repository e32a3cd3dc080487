"""What every connector asks of a new merchant account; each adds what its provider asks."""

from collections.abc import Collection, Mapping
from typing import Final
from urllib.parse import urlsplit

from ledgerline.payments.contract import Secret
from ledgerline.payments.refusals import PspAccountRefused

CHARACTERS_MAX: Final = 2_000


def check_names(
    given: Mapping[str, object], *, required: Collection[str], optional: Collection[str] = ()
) -> None:
    """Refuse a setting or secret that is missing, and one that the connector does not know."""
    for name in sorted({*given, *required}):
        if name not in given:
            raise PspAccountRefused(f"{name} is missing", name=name)
        if name not in required and name not in optional:
            raise PspAccountRefused(f"{name} is not one of this connector's", name=name)


def check_url(name: str, text: str, *, live: bool) -> None:
    """Refuse what is no plain address: a user, a query or a fragment has no use here.

    Secrets go there, so only a sandbox may do without https.
    """
    if not _is_word(text):
        raise PspAccountRefused(f"{name} holds characters that no address has", name=name)
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise PspAccountRefused(f"{name} has no usable host and port", name=name) from None
    if parts.scheme not in {"http", "https"}:
        raise PspAccountRefused(f"{name} begins with neither http:// nor https://", name=name)
    if live and parts.scheme != "https":
        raise PspAccountRefused(f"{name} begins with no https://, and money is real", name=name)
    if not _is_host(parts.hostname or "") or port == 0:
        raise PspAccountRefused(f"{name} has no usable host and port", name=name)
    if "@" in parts.netloc or "?" in text or "#" in text:
        raise PspAccountRefused(f"{name} holds more than host, port and path", name=name)


def check_secret(name: str, secret: Secret) -> None:
    """Refuse what cannot stand in a header: blanks, line breaks, control and foreign characters."""
    if not _is_word(secret.reveal()):
        raise PspAccountRefused(f"{name} is empty or holds characters no secret has", name=name)


def _is_host(text: str) -> bool:
    """Say whether a text is made of what names and numbers of hosts are made of."""
    return any(each.isalnum() for each in text) and all(
        each.isalnum() or each in "-._:" for each in text
    )


def _is_word(text: str) -> bool:
    return (
        0 < len(text) <= CHARACTERS_MAX
        and text.isascii()
        and text.isprintable()
        and " " not in text
    )
