"""Take back what a model may decide: by itself, and for good until a person lets it again."""

from uuid import UUID

from ledgerline.base.db import Tx
from ledgerline.base.ids import reference_id
from ledgerline.base.run import Run
from ledgerline.flows.bear_own_failures import NOBODY
from ledgerline.payments import exceptions, learning
from ledgerline.payments.rows.exceptions import ExceptionRow
from ledgerline.payments.rows.learning import ArmRow, RetryModelRow, SwitchRow
from ledgerline.payments.rules.comparing import compared, is_worse
from ledgerline.payments.rules.exceptions import Reason
from ledgerline.payments.rules.retry_timing import STALE_SECONDS
from ledgerline.payments.scores import SYSTEM, Kind, Mode


async def withdraw_model_in(
    tx: Tx, run: Run, held: SwitchRow, *, why: str, to_rules: bool = False
) -> str:
    """Let the version before decide, if it did well here under this very switch; else rules.

    In the transaction of the caller, who has made all others wait that change switches. What was
    changed is a row more, and an exception is open for people. Returns what decides now. A switch
    goes back to shadow: what the model would do can still be looked at.
    """
    goes_back = held.kind == Kind.RETRY and not to_rules
    earlier = await _earlier_in(tx, run, held) if goes_back else None
    if earlier is None:
        await learning.add_switch(tx, _shadowed(run, held, why))
        now = "rules decide"
    else:
        version = await _load_in(tx, run, earlier, why)
        now = f"version {earlier.version} decides again, as version {version}"
    told = ExceptionRow(
        bucket=NOBODY,
        subject_id=subject_of_model(held.kind, held.seller_code),
        reason=Reason.MODEL_WITHDRAWN,
        detail=f"{held.kind} of {held.seller_code}: {now}; {why}",
        opened_at=run.now(),
    )
    await exceptions.tell_exceptions(tx, [told])
    return now


def subject_of_model(kind: str, seller_code: str) -> UUID:
    """Return what exceptions about a seller's model are of."""
    return reference_id("model_switch", kind, seller_code)


def _shadowed(run: Run, held: SwitchRow, why: str) -> SwitchRow:
    return held._replace(
        no=held.no + 1,
        mode=Mode.SHADOW.value,
        percent=0,
        changed_by=SYSTEM,
        reason=why,
        changed_at=run.now(),
        unmet="[]",
    )


async def _earlier_in(tx: Tx, run: Run, held: SwitchRow) -> RetryModelRow | None:
    """Find the version before, if it is fresh and did no harm under this switch."""
    earlier = await learning.read_earlier_model(tx)
    if earlier is None or (run.now() - earlier.trained_at).total_seconds() > STALE_SECONDS:
        return None
    arms = await learning.read_arms(tx, kind=held.kind, seller_code=held.seller_code, no=held.no)
    return earlier if _did_well(arms, earlier.version) else None


def _did_well(arms: list[ArmRow], version: int) -> bool:
    """Say whether a version decided for as many as can be compared, and did no harm."""
    found = compared(arms, version=version)
    return found.loss is not None and not is_worse(Kind.RETRY, found.loss)


async def _load_in(tx: Tx, run: Run, earlier: RetryModelRow, why: str) -> int:
    """Load an earlier table as the next version; return its number."""
    newest = await learning.read_loaded(tx)
    assert newest is not None
    row = earlier._replace(
        version=newest.version + 1, loaded_at=run.now(), loaded_by=SYSTEM, reason=why
    )
    await learning.add_model(tx, row)
    return row.version
