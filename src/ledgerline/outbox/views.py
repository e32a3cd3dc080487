"""What entry points read of the outbox: API keys, and whether there is a schema at all."""

from datetime import datetime
from typing import Final, NamedTuple

from ledgerline.base.db import ReadTx
from ledgerline.base.statements import statements

_SQL: Final = statements(__name__)


class ApiKeyView(NamedTuple):
    """An API key as stored."""

    id: str
    principal: str
    secret_hash: bytes
    revoked_at: datetime | None


class SchemaView(NamedTuple):
    """Whether the schema is there."""

    is_present: bool


async def api_key(read: ReadTx, *, id: str) -> ApiKeyView | None:
    """Read an API key by its public part."""
    return await read.row(_SQL["api_key"], ApiKeyView, id=id)


async def schema_is_present(read: ReadTx) -> bool:
    """Tell whether the tables of this release exist."""
    found = await read.row(_SQL["schema_is_present"], SchemaView)
    return found is not None and found.is_present
