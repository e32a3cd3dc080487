"""What the environment says of the mail server."""

import re
from collections.abc import Mapping
from typing import Final

from ledgerline.cli.settings import PORT_MAX, CommandFailed, MailSettings

TLS: Final = ("starttls", "tls", "none")
HERE: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_SERVER: Final = re.compile(r"(?P<host>[^\s:/@]+|\[[0-9a-fA-F:]+\]):(?P<port>[0-9]{1,5})")
_SITE: Final = re.compile(
    r"https://[A-Za-z0-9.-]+(:[0-9]{1,5})?|http://(127.0.0.1|localhost):[0-9]+"
)
_SENDER: Final = re.compile(r"[^\s<>@]+@[^\s<>@]+")


def read_mail_settings(environment: Mapping[str, str]) -> MailSettings | None:
    """Read where mails are delivered; None where no server is named.

    Raises ``CommandFailed`` naming the variable that is wrong. Nothing goes over a network in the
    clear: without TLS the server has to be on this machine.
    """
    named = environment.get("LEDGERLINE_MAIL_SERVER")
    if not named:
        return None
    server = _SERVER.fullmatch(named)
    sender = environment.get("LEDGERLINE_MAIL_FROM", "")
    tls = environment.get("LEDGERLINE_MAIL_TLS", TLS[0])
    user = environment.get("LEDGERLINE_MAIL_USER") or None
    password_file = environment.get("LEDGERLINE_MAIL_PASSWORD_FILE") or None
    if server is None or int(server["port"]) > PORT_MAX:
        raise _unusable("LEDGERLINE_MAIL_SERVER", "HOST:PORT, such as smtp.example.com:587")
    host = server["host"].strip("[]")
    if not _SENDER.fullmatch(sender) or not sender.isascii():
        raise _unusable("LEDGERLINE_MAIL_FROM", "the address that mails come from")
    if tls not in TLS or (tls == "none" and host not in HERE):
        raise _unusable("LEDGERLINE_MAIL_TLS", "starttls or tls; none for this machine alone")
    site = environment.get("LEDGERLINE_SITE") or None
    if site is not None and not _SITE.fullmatch(site):
        raise _unusable("LEDGERLINE_SITE", "where customers reach us, such as https://pay.example")
    if (user is None) != (password_file is None):
        raise _unusable("LEDGERLINE_MAIL_PASSWORD_FILE", "a file, together with a user")
    return MailSettings(
        host=host, port=int(server["port"]), sender=sender, tls=tls, user=user,
        password_file=password_file, site=site,
    )  # fmt: skip


def _unusable(name: str, wanted: str) -> CommandFailed:
    return CommandFailed(f"{name} is not usable", hint=f"{name} = {wanted}")
