"""Let an object have the caller's own name for it, and no other object of its kind."""

from uuid import UUID

from ledgerline.access import store as access
from ledgerline.access.rules.external_ids import named
from ledgerline.base.db import Tx
from ledgerline.flows.claim_global_keys import claim_global_keys_in


async def name_externally_in(
    tx: Tx, kind: str, owner_id: UUID, *, was: str | None, becomes: str | None
) -> None:
    """Give back the external id that an object had and reserve the one it gets.

    Called in the transaction that writes the object, under its lock; ``kind`` is a key of
    ``PREFIXES``. Raises ``ExternalIdTaken`` when another object of the kind has it.
    """
    if was == becomes:
        return
    if was is not None:
        await access.release_global_keys(tx, [named(kind, was, owner_id=owner_id)])
    if becomes is not None:
        await claim_global_keys_in(tx, [named(kind, becomes, owner_id=owner_id)])
