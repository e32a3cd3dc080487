"""Let a model decide one step more, once what is known of it allows that."""

import json
from collections.abc import Mapping
from typing import NamedTuple

from ledgerline.base.db import Tx
from ledgerline.base.run import Run
from ledgerline.catalog import store as catalog
from ledgerline.flows.read_model_version import read_model_version_in
from ledgerline.flows.switch_model import switch_of
from ledgerline.payments import learning, routes
from ledgerline.payments.refusals import ModelNotPromoted
from ledgerline.payments.rows.learning import SwitchRow
from ledgerline.payments.rules.comparing import compared
from ledgerline.payments.rules.learned import STALE_SECONDS
from ledgerline.payments.rules.promotion import (
    Condition,
    Replayed,
    Stage,
    conditions,
    require_met,
    step_after,
    unmet,
)
from ledgerline.payments.rules.retry_timing import STALE_SECONDS as TRAINED_SECONDS
from ledgerline.payments.scores import OFF, SYSTEM, Kind, Switch


class Wanted(NamedTuple):
    """A step up that a person wants, of which model of whose charges.

    ``replayed`` are the newest decisions of this stage as they were computed once more.
    ``explore_below`` holds from then on; None: as before.
    """

    kind: Kind
    seller_code: str
    replayed: Replayed
    explore_below: Mapping[str, int] | None = None


class Promotable(NamedTuple):
    """The switch that holds, the next one, and what stands between them."""

    held: Switch
    no: int
    to: Switch
    conditions: tuple[Condition, ...]


async def promote_model(
    run: Run, wanted: Wanted, *, changed_by: str, reason: str, anyway: bool = False
) -> tuple[SwitchRow, tuple[Condition, ...]]:
    """Let a switch one step up hold from now on; it is kept who wanted that, why, and what was not.

    Called by ``ledgerline ml promote`` and ``shadow``. Raises ``ModelNotPromoted`` for a seller
    that does not exist, from the last step, where nobody says who or why, and where a condition is
    not met, unless ``anyway``: then the row names those.
    """
    if not changed_by.strip() or not reason.strip() or changed_by == SYSTEM:
        raise ModelNotPromoted("say who promotes the model, and why", reason="said")
    async with run.transaction() as tx:
        await routes.lock_accounts(tx)  # one change after the other
        found = await _promotable_in(tx, run, wanted)
        if not anyway:
            require_met(found.conditions)
        row = SwitchRow(
            kind=wanted.kind.value,
            seller_code=wanted.seller_code,
            no=found.no + 1,
            mode=found.to.mode.value,
            percent=found.to.percent,
            explore_below=json.dumps(dict(found.to.explore_below)),
            changed_by=changed_by,
            reason=reason,
            changed_at=run.now(),
            unmet=json.dumps(unmet(found.conditions)),
        )
        await learning.add_switch(tx, row)
    return row, found.conditions


async def preview_promotion(run: Run, wanted: Wanted) -> Promotable:
    """Say which step would be next and what of its conditions is met; nothing is changed."""
    async with run.transaction() as tx:
        return await _promotable_in(tx, run, wanted)


async def _promotable_in(tx: Tx, run: Run, wanted: Wanted) -> Promotable:
    if wanted.seller_code not in {row.code for row in await catalog.read_sellers(tx)}:
        raise ModelNotPromoted(f"there is no seller {wanted.seller_code}", reason="seller")
    row = await learning.read_switch(tx, kind=wanted.kind, seller_code=wanted.seller_code)
    held = OFF if row is None else switch_of(row)
    if wanted.explore_below is not None:
        held = held._replace(explore_below=wanted.explore_below)
    stage = await _stage_in(tx, run, wanted, row)
    return Promotable(
        held=held,
        no=0 if row is None else row.no,
        to=step_after(held),
        conditions=conditions(held, stage, now=run.now()),
    )


async def _stage_in(tx: Tx, run: Run, wanted: Wanted, row: SwitchRow | None) -> Stage:
    """Look up what is known of a model under the switch that holds; without one that is nothing."""
    since = run.now() if row is None else row.changed_at
    faults = await learning.read_stage(
        tx, kind=wanted.kind, seller_code=wanted.seller_code, since=since
    )
    assert faults is not None
    arms = []
    if row is not None:
        arms = await learning.read_arms(tx, kind=row.kind, seller_code=row.seller_code, no=row.no)
    version = await read_model_version_in(tx, wanted.kind)
    return Stage(
        kind=wanted.kind,
        since=since,
        is_fresh=await _is_fresh_in(tx, run, wanted.kind),
        known=sum(arm.tries for arm in arms if arm.version == version),
        violations=faults.violations,
        ignored=faults.ignored,
        replayed=wanted.replayed,
        both=compared(arms, version=-1 if version is None else version),
    )


async def _is_fresh_in(tx: Tx, run: Run, kind: Kind) -> bool:
    if kind is Kind.ROUTING:
        router = await learning.read_router(tx)
        return router is not None and router.age_seconds <= STALE_SECONDS
    loaded = await learning.read_loaded(tx)
    if loaded is None:
        return False
    return (run.now() - loaded.trained_at).total_seconds() <= TRAINED_SECONDS
