"""Read the routing rules that hold."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import msgspec

from ledgerline.base.db import Tx
from ledgerline.base.log import logger
from ledgerline.base.run import Run
from ledgerline.payments import routes
from ledgerline.payments.rows.routing import PolicyRow
from ledgerline.payments.rules.routing import NO_POLICY, Policy

_log: Final = logger(__name__)


async def read_routing(run: Run) -> tuple[Policy, dict[str, str]]:
    """Read the policy that holds, version 0 where none was loaded, and the status of all accounts.

    Called by the commands and the API that explain routes.
    """
    async with run.transaction() as tx:
        return await read_routing_in(tx)


async def read_routing_in(tx: Tx) -> tuple[Policy, dict[str, str]]:
    """Do the same inside the caller's transaction."""
    accounts = await routes.read_accounts(tx)
    return policy_of(await routes.read_policy(tx)), {row.code: row.status for row in accounts}


def policy_of(rows: Sequence[PolicyRow]) -> Policy:
    """Return the policy of the row that holds.

    Rules that cannot be read any more must refuse nobody: that is logged, and there are none.
    """
    if not rows:
        return NO_POLICY
    try:
        policy = msgspec.json.decode(rows[0].body, type=Policy)
    except msgspec.MsgspecError:
        _log.exception("the routing rules cannot be read", version=rows[0].version)
        return NO_POLICY
    return replace(policy, version=rows[0].version)
