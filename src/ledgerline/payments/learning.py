"""SQL of what is learned: switches, counts of outcomes by fence, snapshots, tables of timing."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from ledgerline.base.db import Tx
from ledgerline.base.statements import statements
from ledgerline.payments.rows.learning import (
    ArmRow,
    BeliefRow,
    CursorRow,
    DeltaRow,
    FaultRow,
    FeatureRow,
    LoadedRow,
    RetryModelRow,
    RouterRow,
    ShareRow,
    SnapshotRow,
    StageRow,
    SwitchRow,
    TableRow,
    TimerRow,
    VersionRow,
)

_SQL: Final = statements(__name__)


async def read_switch(tx: Tx, *, kind: str, seller_code: str) -> SwitchRow | None:
    """Read the switch that holds for a seller."""
    return await tx.row(_SQL["read_switch"], SwitchRow, kind=kind, seller_code=seller_code)


async def add_switch(tx: Tx, row: SwitchRow) -> int:
    """Change a switch."""
    return await tx.execute(_SQL["add_switch"], expect=1, **row._asdict())


async def read_switches(tx: Tx, *, kind: str) -> list[SwitchRow]:
    """Read the switches of a model that hold."""
    return await tx.rows(_SQL["read_switches"], SwitchRow, kind=kind)


async def open_cursor(tx: Tx, *, tick: int) -> int:
    """Begin to count outcomes, where that has not begun."""
    return await tx.execute(_SQL["open_cursor"], tick=tick)


async def lock_cursor(tx: Tx) -> CursorRow | None:
    """Read where the counting stands, and make others who count wait."""
    return await tx.row(_SQL["lock_cursor"], CursorRow)


async def count_outcomes(tx: Tx, *, since: int, upto: int, window_from: int, tick: int) -> int:
    """Count the outcomes of ``[since, upto)``; bursts are looked for since ``window_from``."""
    return await tx.execute(
        _SQL["count_outcomes"], since=since, upto=upto, window_from=window_from, tick=tick
    )


async def count_shares(tx: Tx, *, since: int, upto: int, tick: int) -> int:
    """Add up by what propensities accounts were chosen."""
    return await tx.execute(_SQL["count_shares"], since=since, upto=upto, tick=tick)


async def count_faults(
    tx: Tx, *, since: int, upto: int, tick: int, code: Sequence[str], seller_code: Sequence[str]
) -> int:
    """Add up for what reasons models were not believed, by seller of a market."""
    return await tx.execute(
        _SQL["count_faults"],
        since=since,
        upto=upto,
        tick=tick,
        code=list(code),
        seller_code=list(seller_code),
    )


async def tally_routes(
    tx: Tx, *, since: int, upto: int, code: Sequence[str], seller_code: Sequence[str]
) -> int:
    """Add up what came of first tries about which a model was believed, by seller of a market."""
    return await tx.execute(
        _SQL["tally_routes"], since=since, upto=upto, code=list(code), seller_code=list(seller_code)
    )


async def tally_retries(
    tx: Tx, *, since: int, upto: int, code: Sequence[str], seller_code: Sequence[str]
) -> int:
    """Add up what came of first tries again about which a model was believed."""
    return await tx.execute(
        _SQL["tally_retries"],
        since=since,
        upto=upto,
        code=list(code),
        seller_code=list(seller_code),
    )


async def read_arms(tx: Tx, *, kind: str, seller_code: str, no: int) -> list[ArmRow]:
    """Read what came of first tries under a switch, by whether a model decided."""
    return await tx.rows(_SQL["read_arms"], ArmRow, kind=kind, seller_code=seller_code, no=no)


async def count_features(tx: Tx, *, since: int, upto: int) -> int:
    """Add up of what kind decisions between two fences were."""
    return await tx.execute(_SQL["count_features"], since=since, upto=upto)


async def count_delays(tx: Tx, *, since: int, upto: int) -> int:
    """Add up how long after it was sent the end of an attempt became known."""
    return await tx.execute(_SQL["count_delays"], since=since, upto=upto)


async def read_features(tx: Tx, *, kind: str, since: date, reference: date) -> list[FeatureRow]:
    """Read of what kind decisions were since a day, and from ``reference`` until then."""
    return await tx.rows(
        _SQL["read_features"], FeatureRow, kind=kind, since=since, reference=reference
    )


async def drop_features(tx: Tx, *, before: date) -> int:
    """Forget of what kind decisions before a day were."""
    return await tx.execute(_SQL["drop_features"], before=before)


async def read_versions(tx: Tx) -> list[VersionRow]:
    """Read the versions of all kinds of models, the newest first."""
    return await tx.rows(_SQL["read_versions"], VersionRow)


async def count_beliefs(tx: Tx, *, since: int, upto: int) -> int:
    """Add up how likely tries that ended between two fences were taken to succeed."""
    return await tx.execute(_SQL["count_beliefs"], since=since, upto=upto)


async def read_beliefs(tx: Tx, *, kind: str, since: date) -> list[BeliefRow]:
    """Read how likely tries since a week were taken to succeed, and how many did."""
    return await tx.rows(_SQL["read_beliefs"], BeliefRow, kind=kind, since=since)


async def drop_beliefs(tx: Tx, *, before: date) -> int:
    """Forget what was believed in weeks before a day."""
    return await tx.execute(_SQL["drop_beliefs"], before=before)


async def read_stage(tx: Tx, *, kind: str, seller_code: str, since: datetime) -> StageRow | None:
    """Read how often a model was not believed of a seller's charges since a switch was changed."""
    return await tx.row(
        _SQL["read_stage"], StageRow, kind=kind, seller_code=seller_code, since=since
    )


async def move_cursor(tx: Tx, *, tick: int, upto: int, tick_from: int, window_from: int) -> int:
    """Say how far is counted."""
    return await tx.execute(
        _SQL["move_cursor"],
        expect=1,
        tick=tick,
        upto=upto,
        tick_from=tick_from,
        window_from=window_from,
    )


async def read_router(tx: Tx) -> RouterRow | None:
    """Read where the counting stands; None before it began."""
    return await tx.row(_SQL["read_router"], RouterRow)


async def read_deltas(tx: Tx, *, tick: int, since: int, upto: int) -> list[DeltaRow]:
    """Read the outcomes that were counted after a fence, from a tick on, in order."""
    return await tx.rows(_SQL["read_deltas"], DeltaRow, tick=tick, since=since, upto=upto)


async def read_shares(tx: Tx, *, since: int, upto: int) -> list[ShareRow]:
    """Read how the decisions of the ticks ``[since, upto)`` were shared."""
    return await tx.rows(_SQL["read_shares"], ShareRow, since=since, upto=upto)


async def read_snapshot(tx: Tx) -> SnapshotRow | None:
    """Read the newest snapshot of the model."""
    return await tx.row(_SQL["read_snapshot"], SnapshotRow)


async def add_snapshot(tx: Tx, row: SnapshotRow) -> int:
    """Keep a snapshot, where nobody has."""
    return await tx.execute(_SQL["add_snapshot"], **row._asdict())


async def drop_snapshots(tx: Tx, *, before: int) -> int:
    """Forget the snapshots of ticks before one."""
    return await tx.execute(_SQL["drop_snapshots"], before=before)


async def drop_shares(tx: Tx, *, before: int) -> int:
    """Forget how decisions before a tick were shared."""
    return await tx.execute(_SQL["drop_shares"], before=before)


async def sum_up_deltas(tx: Tx, *, before: int) -> int:
    """Sum up the outcomes that were counted before a tick."""
    return await tx.execute(_SQL["sum_up_deltas"], before=before)


async def read_faults(tx: Tx, *, kind: str) -> list[FaultRow]:
    """Read the newest reasons for which a model was not believed."""
    return await tx.rows(_SQL["read_faults"], FaultRow, kind=kind)


async def read_timers(tx: Tx) -> list[TimerRow]:
    """Read how far sellers let a model of retry timing decide, and the newest one."""
    return await tx.rows(_SQL["read_timers"], TimerRow)


async def read_loaded(tx: Tx) -> LoadedRow | None:
    """Read which table of retry timing was loaded last."""
    return await tx.row(_SQL["read_loaded"], LoadedRow)


async def read_tables(tx: Tx, *, limit: int) -> list[TableRow]:
    """Read the newest tables of retry timing, from the newest on."""
    return await tx.rows(_SQL["read_tables"], TableRow, limit=limit)


async def read_earlier_model(tx: Tx) -> RetryModelRow | None:
    """Read the newest table that is another than the one that was loaded last."""
    return await tx.row(_SQL["read_earlier_model"], RetryModelRow)


async def add_model(tx: Tx, row: RetryModelRow) -> int:
    """Load a table of retry timing."""
    return await tx.execute(_SQL["add_model"], expect=1, **row._asdict())
