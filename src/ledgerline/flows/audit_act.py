"""Write down what a person does, in the transaction that does it."""

from ledgerline.access import store as access
from ledgerline.access.model import Act
from ledgerline.access.rows import AuditRow
from ledgerline.base.canonical import canonical
from ledgerline.base.db import Tx
from ledgerline.base.ids import Bucket
from ledgerline.base.run import Run


async def audit_act_in(tx: Tx, run: Run, act: Act, *, key: str | None = None) -> None:
    """Write an act down; if that fails, nothing is done.

    With the ``key`` it was asked for under it is done once: raises ``AlreadyDone``.
    """
    await access.add_audit_entry(tx, audit_row(run, act, key=key))


def audit_row(run: Run, act: Act, *, key: str | None = None) -> AuditRow:
    """Write an act as it is kept; ``key`` is the idempotency key of what is asked for.

    What claims the key writes it down (``claim_key``), so that both stand or neither does.
    """
    now = run.wall()
    before, after = (
        None if one is None else canonical(dict(one)).decode() for one in (act.before, act.after)
    )
    return AuditRow(
        id=run.at(now).new_id(Bucket(0)),
        actor=act.actor,
        act=act.name,
        route=act.route,
        object_kind=act.kind,
        object_id=act.object_id,
        customer_id=act.customer_id,
        key=key,
        before=before,
        after=after,
        occurred_at=run.now(),
        recorded_at=now,
    )
