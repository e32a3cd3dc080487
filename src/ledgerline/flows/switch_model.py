"""Change how far a seller lets a model decide."""

import json
from typing import Final

from ledgerline.base.db import Tx
from ledgerline.base.run import Run
from ledgerline.catalog import store as catalog
from ledgerline.payments import learning, routes
from ledgerline.payments.refusals import ModelNotSwitched
from ledgerline.payments.rows.learning import SwitchRow, TimerRow
from ledgerline.payments.scores import PERCENTS, SYSTEM, Kind, Mode, Switch

ROUTING: Final = Kind.ROUTING.value
RETRY: Final = Kind.RETRY.value
"""The kinds of models that there are."""


async def switch_model(
    run: Run, seller_code: str, switch: Switch, *, changed_by: str, reason: str, kind: str = ROUTING
) -> SwitchRow:
    """Let a switch hold from now on: processes read it within seconds. Every change is kept.

    Called by demos and tests: people step down (``lower_model``), and up on conditions
    (``promote_model``). Raises ``ModelNotSwitched`` for a seller that does not exist, for a share
    that is none of the mode, and where nobody says who or why.
    """
    check_switch(switch, changed_by=changed_by, reason=reason)
    async with run.transaction() as tx:
        await routes.lock_accounts(tx)  # one change after the other
        await require_seller_in(tx, seller_code)
        return await switch_in(
            tx, run, (kind, seller_code), switch, changed_by=changed_by, reason=reason
        )


async def require_seller_in(tx: Tx, seller_code: str) -> None:
    """Raise ``ModelNotSwitched`` for a seller that does not exist."""
    if seller_code not in {row.code for row in await catalog.read_sellers(tx)}:
        raise ModelNotSwitched(f"there is no seller {seller_code}", reason="seller")


async def switch_in(
    tx: Tx, run: Run, of: tuple[str, str], switch: Switch, *, changed_by: str, reason: str
) -> SwitchRow:
    """Keep a switch of a kind and a seller as the next one; others who change any wait."""
    kind, seller_code = of
    held = await learning.read_switch(tx, kind=kind, seller_code=seller_code)
    row = SwitchRow(
        kind=kind,
        seller_code=seller_code,
        no=1 if held is None else held.no + 1,
        mode=switch.mode.value,
        percent=switch.percent,
        explore_below=json.dumps(dict(switch.explore_below)),
        changed_by=changed_by,
        reason=reason,
        changed_at=run.now(),
    )
    await learning.add_switch(tx, row)
    return row


def switch_of(row: SwitchRow | TimerRow) -> Switch:
    """Return the switch of a row."""
    return Switch(Mode(row.mode), row.percent, json.loads(row.explore_below))


def check_switch(switch: Switch, *, changed_by: str, reason: str) -> None:
    """Raise ``ModelNotSwitched`` for what is no switch, and where nobody says who or why."""
    shares = PERCENTS[switch.mode]
    if switch.percent not in shares:
        named = " or ".join(str(one) for one in shares)
        raise ModelNotSwitched(
            f"{switch.mode.value} is for {named} %, not {switch.percent} %", reason="percent"
        )
    if not changed_by.strip() or not reason.strip():
        raise ModelNotSwitched("say who changes the switch, and why", reason="said")
    if changed_by == SYSTEM:
        raise ModelNotSwitched(f"nobody is called {SYSTEM}", reason="said")
    if any(amount < 0 for amount in switch.explore_below.values()):
        raise ModelNotSwitched("an amount is not negative", reason="amount")
