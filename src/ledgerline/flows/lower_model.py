"""Let a model decide less than it does."""

from collections.abc import Mapping
from typing import NamedTuple

from ledgerline.base.db import Tx
from ledgerline.base.run import Run
from ledgerline.flows.switch_model import (
    check_switch,
    require_seller_in,
    switch_in,
    switch_of,
)
from ledgerline.payments import learning, routes
from ledgerline.payments.refusals import ModelNotSwitched
from ledgerline.payments.rows.learning import SwitchRow
from ledgerline.payments.rules.promotion import rank
from ledgerline.payments.scores import OFF, PERCENTS, Kind, Mode, Switch


class Lowered(NamedTuple):
    """A step down of a seller's model. Without ``percent`` it is the least of the mode.

    ``explore_below`` holds from then on; None: as before.
    """

    kind: Kind
    seller_code: str
    mode: Mode
    percent: int | None = None
    explore_below: Mapping[str, int] | None = None


async def lower_model(run: Run, to: Lowered, *, changed_by: str, reason: str) -> SwitchRow:
    """Let a switch hold that is no step up, from now on; every change is kept.

    Called by ``ledgerline ml switch``. It is looked at where it is changed: a model that is
    withdrawn by itself meanwhile is not let decide again. Raises ``ModelNotSwitched`` as
    ``switch_model`` does, and for a step up, which has conditions (``promote_model``).
    """
    async with run.transaction() as tx:
        await routes.lock_accounts(tx)  # one change after the other
        await require_seller_in(tx, to.seller_code)
        held = await _held_in(tx, to)
        switch = _switch(held, to)
        check_switch(switch, changed_by=changed_by, reason=reason)
        if rank(switch) > rank(held):
            raise ModelNotSwitched("that is a step up, and those have conditions", reason="up")
        return await switch_in(
            tx, run, (to.kind, to.seller_code), switch, changed_by=changed_by, reason=reason
        )


async def _held_in(tx: Tx, to: Lowered) -> Switch:
    row = await learning.read_switch(tx, kind=to.kind, seller_code=to.seller_code)
    return OFF if row is None else switch_of(row)


def _switch(held: Switch, to: Lowered) -> Switch:
    below = held.explore_below if to.explore_below is None else to.explore_below
    return Switch(to.mode, PERCENTS[to.mode][0] if to.percent is None else to.percent, below)
