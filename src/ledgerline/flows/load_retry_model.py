"""Load a table that chooses when refused payments are tried again."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final, NamedTuple, NoReturn

from ledgerline.base.db import Tx
from ledgerline.base.run import Run
from ledgerline.flows.withdraw_model import withdraw_model_in
from ledgerline.payments import learning, routes
from ledgerline.payments.refusals import ModelNotLoaded
from ledgerline.payments.rows.learning import LoadedRow, RetryModelRow
from ledgerline.payments.rules.artefacts import SEAL, compact, seal
from ledgerline.payments.rules.retrained import TABLES_READ, unusual
from ledgerline.payments.rules.retry_scores import table_of
from ledgerline.payments.scores import Kind

_NUL: Final = "\\u0000"


class Artefact(NamedTuple):
    """What training wrote: a table as text, its SHA-256, when, and on what it was trained."""

    body: str
    sha256: str
    trained_at: datetime
    metrics: Mapping[str, object]


async def load_retry_model(run: Run, new: Artefact, *, loaded_by: str, reason: str) -> LoadedRow:
    """Let a table be asked from now on, as far as the switches of sellers let it.

    Called by ``ledgerline ml load``. All versions are kept; an earlier one is loaded again to go
    back to it. One that differs from the one before by more than twice the usual goes back to
    shadow wherever it would decide. The one that was loaded last is not loaded again, so repeating
    it is safe. Raises ``ModelNotLoaded`` for what is not as it was written, and where nobody says
    who or why.
    """
    if not loaded_by.strip() or not reason.strip():
        raise ModelNotLoaded("say who loads the model, and why", reason="said")
    if table_of(new.body, sha256=new.sha256) is None:
        raise ModelNotLoaded("this is no table that was trained here", reason="body")
    now = run.now()
    if new.trained_at > now:
        raise ModelNotLoaded("it was trained later than now", reason="trained_at")
    async with run.transaction() as tx:
        await routes.lock_accounts(tx)  # one after the other
        held = await learning.read_loaded(tx)
        if held is not None and (held.sha256, held.trained_at) == (new.sha256, new.trained_at):
            return held
        row = RetryModelRow(
            version=1 if held is None else held.version + 1,
            body=new.body,
            sha256=new.sha256,
            metrics=json.dumps(new.metrics),
            trained_at=new.trained_at,
            loaded_at=now,
            loaded_by=loaded_by,
            reason=reason,
        )
        await learning.add_model(tx, row)
        await _look_again_in(tx, run)
        loaded = await learning.read_loaded(tx)
    assert loaded is not None
    return loaded


async def _look_again_in(tx: Tx, run: Run) -> None:
    """Let no seller's charges go by a table that changed by far more than tables do."""
    rows = await learning.read_tables(tx, limit=TABLES_READ)
    tables = [table_of(row.body, sha256=row.sha256) for row in reversed(rows)]
    why = unusual([one for one in tables if one is not None])
    if why is None:
        return
    for row in await learning.read_switches(tx, kind=Kind.RETRY):
        if row.percent:
            await withdraw_model_in(tx, run, row, why=why, to_rules=True)


def artefact_of(text: str) -> Artefact:
    """Read what training wrote; raises ``ModelNotLoaded`` where it is anything else."""
    try:
        told = json.loads(text, parse_constant=_refuse_constant)
        if told["kind"] != Kind.RETRY:
            raise ModelNotLoaded("it is of another kind of model", reason="body")
        if seal(told) != told[SEAL]:
            raise ModelNotLoaded("its SHA-256 is another than it says", reason="sha256")
        found = Artefact(
            body=compact(told["table"]),
            sha256=str(told["sha256"]),
            trained_at=_instant(told["trained_at"]),
            metrics=_kept(told["metrics"]),
        )
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as wrong:
        raise ModelNotLoaded("this is no artefact of a model", reason="body") from wrong
    return found


def _kept(metrics: Mapping[str, object]) -> Mapping[str, object]:
    """Return metrics that a database keeps; raises ``ValueError`` for NUL and half characters."""
    text = json.dumps(metrics, ensure_ascii=False)
    if _NUL in text or not text.encode():
        raise ValueError(text)
    return dict(metrics)


def _instant(text: str) -> datetime:
    """Read an instant; raises ``ValueError`` where it has no zone."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(text)
    return at.astimezone(UTC)


def _refuse_constant(name: str) -> NoReturn:
    """Refuse NaN and the infinities: they are no JSON, and no database takes them."""
    raise ValueError(name)
