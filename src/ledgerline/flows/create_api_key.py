"""Create an API key: shown once, stored only as a keyed hash."""

import base64
import zlib
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ledgerline.access import store as access
from ledgerline.access.model import Scope
from ledgerline.access.rows import NewApiKeyRow
from ledgerline.base import crypto
from ledgerline.base.ids import Bucket, reference_id
from ledgerline.base.run import Run

SECRET_BYTES = 32
ID_BYTES = 6
KEYS = Bucket(0)  # what people ask about keys is no customer's


async def create_api_key(
    run: Run,
    *,
    principal: str,
    live: bool,
    read_only: bool = False,
    expires_at: datetime | None = None,
) -> str:
    """Return a new secret key of a principal (an integration); it cannot be shown again.

    Form: ``sk_test_<id>_<secret><checksum>``, the checksum for secret scanners. From ``expires_at``
    on, an instant of operational time, it opens nothing.
    """
    new = NewApiKey(new_key_id(run), principal, read_only=read_only, expires_at=expires_at)
    secret = new_secret(run)
    async with run.transaction() as tx:
        await access.add_api_key(tx, row_of(run, new, secret))
    return written(new.id, secret, live=live)


@dataclass(frozen=True, slots=True)
class NewApiKey:
    """A key that somebody asks for: its public part, of whom it is, and what it may do."""

    id: str
    principal: str
    read_only: bool = False
    expires_at: datetime | None = None


def new_key_id(run: Run) -> str:
    """Draw the public part of a key."""
    return _text(run.random(ID_BYTES))


def new_secret(run: Run) -> str:
    """Draw the secret of a key."""
    return _text(run.random(SECRET_BYTES))


def key_uuid(key_id: str) -> UUID:
    """Name a key as the audit log names objects."""
    return reference_id("api_key", key_id)


def row_of(run: Run, new: NewApiKey, secret: str) -> NewApiKeyRow:
    """Make the row of a key: of its secret a keyed hash."""
    return NewApiKeyRow(
        id=new.id,
        principal=new.principal,
        secret_hash=hash_secret(run, secret),
        scopes=[Scope.READ] if new.read_only else [Scope.READ, Scope.WRITE],
        expires_at=new.expires_at,
        created_at=run.wall(),
    )


def written(key_id: str, secret: str, *, live: bool) -> str:
    """Write a key as it is shown, once."""
    environment = "live" if live else "test"
    return f"sk_{environment}_{key_id}_{secret}{_checksum(secret)}"


def parse_key(text: str) -> tuple[str, str] | None:
    """Split a presented key into (id, secret); None when its form or checksum is wrong."""
    match text.split("_"):
        case ["sk", "live" | "test", key_id, rest]:
            secret, checksum = rest[:-6], rest[-6:]
            return (key_id, secret) if checksum == _checksum(secret) else None
        case _:
            return None


def hash_secret(run: Run, secret: str) -> bytes:
    """Hash a secret with the environment's key; random secrets need no slow hash."""
    return crypto.hmac_sha256(run.keyring.kek, b"api key\x00" + secret.encode())


def _text(raw: bytes) -> str:
    return base64.b32encode(raw).decode().rstrip("=").lower()


def _checksum(secret: str) -> str:
    return f"{zlib.crc32(secret.encode()) % 36**6:06x}"[-6:]
