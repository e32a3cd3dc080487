"""What the environment says of the mail server, and what of it is refused."""

import pytest

from ledgerline.cli.mail_settings import read_mail_settings
from ledgerline.cli.settings import CommandFailed

GOOD = {"LEDGERLINE_MAIL_SERVER": "smtp.example.com:587", "LEDGERLINE_MAIL_FROM": "a@b.example"}


def test_without_a_server_there_is_no_mail() -> None:
    assert read_mail_settings({}) is None


def test_a_server_is_spoken_to_by_tls_unless_it_is_here() -> None:
    read = read_mail_settings(GOOD)
    assert read is not None
    assert (read.host, read.port, read.tls) == ("smtp.example.com", 587, "starttls")
    assert read.user is None
    here = read_mail_settings(
        {**GOOD, "LEDGERLINE_MAIL_SERVER": "[::1]:25", "LEDGERLINE_MAIL_TLS": "none"}
    )
    assert here is not None
    assert (here.host, here.port, here.tls) == ("::1", 25, "none")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SERVER", "smtp.example.com"),
        ("SERVER", "smtp.example.com:99999"),
        ("FROM", "nobody"),
        ("FROM", "ä@b.example"),
        ("TLS", "none"),
        ("TLS", "ssl3"),
        ("USER", "only"),
    ],
)
def test_what_cannot_be_used_is_named(name: str, value: str) -> None:
    with pytest.raises(CommandFailed, match="LEDGERLINE_MAIL_"):
        read_mail_settings({**GOOD, f"LEDGERLINE_MAIL_{name}": value})
