"""What entry points read of access: API keys, and whether there is a schema at all."""

from typing import Final
from uuid import UUID

from ledgerline.access.rows import ApiKeyView, CustomerOfView, OwnerView, SchemaView, WishView
from ledgerline.base.db import ReadTx
from ledgerline.base.ids import Bucket
from ledgerline.base.statements import statements

_SQL: Final = statements(__name__)


async def api_key(read: ReadTx, *, id: str) -> ApiKeyView | None:
    """Read an API key by its public part."""
    return await read.row(_SQL["api_key"], ApiKeyView, id=id)


async def owner(
    read: ReadTx, *, lookup_bucket: Bucket, kind: str, key_hash: bytes
) -> OwnerView | None:
    """Find whose a key is that is unique across all customers, by one look into its index."""
    return await read.row(
        _SQL["owner"], OwnerView, lookup_bucket=lookup_bucket, kind=kind, key_hash=key_hash
    )


async def wish(read: ReadTx, *, bucket: Bucket, principal: str, key: str) -> WishView | None:
    """Find what a request made, by its idempotency key."""
    return await read.row(_SQL["wish"], WishView, bucket=bucket, principal=principal, key=key)


async def customer_of(read: ReadTx, *, bucket: Bucket, id: UUID) -> CustomerOfView | None:
    """Find the customer that a customer, subscription or payment by this id belongs to."""
    return await read.row(_SQL["customer_of"], CustomerOfView, bucket=bucket, id=id)


async def schema_is_present(read: ReadTx) -> bool:
    """Tell whether the tables of this release exist."""
    found = await read.row(_SQL["schema_is_present"], SchemaView)
    return found is not None and found.is_present
