"""Read which version of a model is asked now."""

from typing import Final

from ledgerline.base.db import Tx
from ledgerline.payments import learning
from ledgerline.payments.scores import Kind

ROUTING_VERSION: Final = 0
"""The model of routing learns all the time: it has one version."""


async def read_model_version_in(tx: Tx, kind: Kind) -> int | None:
    """Read which version of a kind is asked now; None where there is none."""
    if kind is Kind.ROUTING:
        return ROUTING_VERSION
    loaded = await learning.read_loaded(tx)
    return None if loaded is None else loaded.version
