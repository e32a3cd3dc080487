"""Take back what a model may decide where it does worse than the customers it is kept from."""

from datetime import datetime
from typing import Final, NamedTuple

from ledgerline.base.db import Tx
from ledgerline.base.log import logger
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.flows.read_drift import read_drift_in
from ledgerline.flows.read_model_version import read_model_version_in
from ledgerline.flows.withdraw_model import withdraw_model_in
from ledgerline.payments import learning, routes
from ledgerline.payments.rows.learning import SwitchRow
from ledgerline.payments.rules.comparing import compared, is_worse, told
from ledgerline.payments.rules.drift import Grade, drift_sentence, recent_since
from ledgerline.payments.scores import Kind

_log: Final = logger(__name__)


class Harm(NamedTuple):
    """A switch under which a version is not to decide any more, and why, in a sentence.

    Where charges are others than those it was made for, the version before is no better.
    """

    switch: SwitchRow
    version: int
    why: str
    has_drifted: bool


@repeated
async def watch_models(run: Run) -> int:
    """Withdraw models that lose more than they may, or that are asked about others than before.

    Called by the job ``watch_models`` every few seconds, after ``count_outcomes`` has added up what
    came of charges; counts what was withdrawn. That stays so until a person lets it again. Safe to
    repeat.
    """
    async with run.transaction() as tx:
        if not await _harmful_in(tx, now=run.now()):
            return 0
        await routes.lock_accounts(tx)  # one change after the other
        harmful = await _harmful_in(tx, now=run.now())
        return sum([await _withdraw_in(tx, run, one) for one in harmful])


async def _withdraw_in(tx: Tx, run: Run, one: Harm) -> bool:
    """Withdraw a version, unless another seller's charges have just taken it back for all."""
    held = one.switch
    if one.version != await read_model_version_in(tx, Kind(held.kind)):
        return False
    now = await withdraw_model_in(tx, run, held, why=one.why, to_rules=one.has_drifted)
    seller = held.seller_code
    _log.warning("a model was withdrawn", kind=held.kind, seller=seller, now=now, why=one.why)
    return True


async def _harmful_in(tx: Tx, *, now: datetime) -> list[Harm]:
    """Find the switches under which a model that decides is known to do worse, or has drifted."""
    found = []
    for kind in Kind:
        version = await read_model_version_in(tx, kind)
        rows = await learning.read_switches(tx, kind=kind)
        deciding = [] if version is None else [row for row in rows if row.percent]
        drifted = await _drifted_in(tx, kind, now=now) if deciding else None
        for row in deciding:
            arms = await learning.read_arms(tx, kind=kind, seller_code=row.seller_code, no=row.no)
            both = compared(arms, version=version or 0)
            if is_worse(kind, both.loss):
                found.append(Harm(row, version or 0, told(kind, both), has_drifted=False))
            elif drifted is not None and row.changed_at.date() < recent_since(now):
                found.append(Harm(row, version or 0, drifted, has_drifted=True))
    return found


async def _drifted_in(tx: Tx, kind: Kind, *, now: datetime) -> str | None:
    """Say what decisions are others than before; None where they are not so."""
    found = await read_drift_in(tx, kind, now=now)
    moved = [drift_sentence(one) for one in found if one.grade is Grade.FALLS_BACK]
    return "; ".join(moved) or None
