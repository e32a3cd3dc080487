"""Reserve what is unique across all customers for its owner."""

from collections.abc import Sequence

from ledgerline.access import store as access
from ledgerline.access.model import TAKEN, GlobalKind
from ledgerline.access.rows import GlobalKeyRow
from ledgerline.base.db import Tx


async def claim_global_keys_in(tx: Tx, rows: Sequence[GlobalKeyRow]) -> None:
    """Reserve keys in the transaction that makes what owns them; an owner may ask again.

    Raises the refusal of its kind (``TAKEN``) for a key that another owner holds. Two that want
    the same key at once: one waits until the other is committed or undone.
    """
    for holder in await access.claim_global_keys(tx, rows):
        if holder not in rows:
            raise TAKEN[GlobalKind(holder.kind)]
