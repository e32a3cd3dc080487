"""What the environment and the flags say. Light, so that ``--help`` does not wait for a driver."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

PORT_MAX: Final = 65_535
DATA_ENGINES: Final = ("duckdb", "pyspark", "bigquery")


@dataclass(frozen=True, slots=True, kw_only=True)
class MailSettings:
    """The mail server and how it is spoken to; the password is read where it is first needed."""

    host: str
    port: int
    sender: str
    tls: str
    user: str | None
    password_file: str | None
    site: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcSettings:
    """The identity provider of those who work here; the secret is read where it is needed.

    ``roles`` are pairs of a group and a role, the first that fits; ``adds_people`` lets in whom
    nobody added.
    """

    issuer: str
    client_id: str
    client_secret_file: str | None
    name: str
    groups_claim: str
    roles: tuple[tuple[str, str], ...]
    adds_people: bool


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the environment says, read once in ``main``. Secrets never show.

    The key is checked where it is first needed: most commands unseal nothing.
    """

    database_url: str | None = field(repr=False)
    kek: str | None = field(repr=False)
    kek_file: str | None
    host: str
    port: int
    data_dir: Path
    data_engine: str
    lake: str | None
    log_json: bool
    log_level: str
    mail: MailSettings | None = None
    oidc: OidcSettings | None = None


class CommandFailed(Exception):
    """Say why a command did not do its work, and what to try."""

    def __init__(self, what: str, *, hint: str) -> None:
        """Keep the sentence and the hint that ends the message."""
        super().__init__(what)
        self.hint = hint
