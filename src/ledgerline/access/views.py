"""What entry points read of access: API keys, and whether there is a schema at all."""

from typing import Final

from ledgerline.access.rows import ApiKeyView, SchemaView
from ledgerline.base.db import ReadTx
from ledgerline.base.statements import statements

_SQL: Final = statements(__name__)


async def api_key(read: ReadTx, *, id: str) -> ApiKeyView | None:
    """Read an API key by its public part."""
    return await read.row(_SQL["api_key"], ApiKeyView, id=id)


async def schema_is_present(read: ReadTx) -> bool:
    """Tell whether the tables of this release exist."""
    found = await read.row(_SQL["schema_is_present"], SchemaView)
    return found is not None and found.is_present
