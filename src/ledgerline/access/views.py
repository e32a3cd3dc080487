"""What entry points read of access: keys, people, sessions, and what people did."""

from datetime import datetime
from typing import Final
from uuid import UUID

from ledgerline.access.rows import (
    AmountLimitRow,
    ApiKeyView,
    AskedView,
    AuditAsked,
    AuditRow,
    ColleagueView,
    CustomerOfView,
    DoneView,
    FilterRow,
    ListedKeyView,
    OwnerView,
    OwnLimitRow,
    PersonRow,
    SchemaView,
    SessionView,
    WishView,
)
from ledgerline.base.db import ReadTx
from ledgerline.base.ids import Bucket, PersonId
from ledgerline.base.statements import statements

_SQL: Final = statements(__name__)


async def api_key(read: ReadTx, *, id: str) -> ApiKeyView | None:
    """Read an API key by its public part."""
    return await read.row(_SQL["api_key"], ApiKeyView, id=id)


async def api_keys(read: ReadTx) -> list[ListedKeyView]:
    """Read all API keys, newest first; never their secrets."""
    return await read.rows(_SQL["api_keys"], ListedKeyView)


async def asked(read: ReadTx, *, principal: str | None, among: int, limit: int) -> list[AskedView]:
    """Read what callers sent with idempotency keys, the newest of ``among`` that are kept."""
    return await read.rows(_SQL["asked"], AskedView, principal=principal, among=among, limit=limit)


async def asked_under(read: ReadTx, *, key: str, limit: int) -> list[AskedView]:
    """Read what was sent with one idempotency key: each caller has keys of its own."""
    return await read.rows(_SQL["asked_under"], AskedView, key=key, limit=limit)


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


async def people(read: ReadTx) -> list[PersonRow]:
    """Read everybody who works at the console, or did."""
    return await read.rows(_SQL["people"], PersonRow)


async def colleagues(
    read: ReadTx, *, id: UUID | None, begun_after: datetime, seen_after: datetime
) -> list[ColleagueView]:
    """Read everybody who works at the console or did, or one; the disabled come last.

    A session counts as open that began after one instant and was seen after another.
    """
    return await read.rows(
        _SQL["colleagues"], ColleagueView, id=id, begun_after=begun_after, seen_after=seen_after
    )


async def own_limits(read: ReadTx, *, person_id: PersonId) -> list[OwnLimitRow]:
    """Read as what somebody works and the limits set for that."""
    return await read.rows(_SQL["own_limits"], OwnLimitRow, person_id=person_id)


async def amount_limits(read: ReadTx) -> list[AmountLimitRow]:
    """Read the limits that were set; where none was, the usual one of the role stands."""
    return await read.rows(_SQL["amount_limits"], AmountLimitRow)


async def session(read: ReadTx, *, secret_hash: bytes) -> SessionView | None:
    """Read a session, whatever became of it, by the hash of what its browser shows."""
    return await read.row(_SQL["session"], SessionView, secret_hash=secret_hash)


async def sessions(read: ReadTx) -> list[SessionView]:
    """Read the sessions that nobody has ended, the newest first."""
    return await read.rows(_SQL["sessions"], SessionView)


async def audit(read: ReadTx, asked: AuditAsked) -> list[AuditRow]:
    """Read a page of what people did, the newest first."""
    return await read.rows(_SQL["audit"], AuditRow, **asked._asdict())


async def done(read: ReadTx, *, actor: str, key: str) -> DoneView | None:
    """Read what a person did that they asked for under a key; None where nothing was."""
    return await read.row(_SQL["done"], DoneView, actor=actor, key=key)


async def filters(read: ReadTx, *, person_id: PersonId, role: str) -> list[FilterRow]:
    """Read the filters that somebody saved or that are shared with those who work as they do."""
    return await read.rows(_SQL["filters"], FilterRow, person_id=person_id, role=role)
