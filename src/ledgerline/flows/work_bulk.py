"""Act on what people chose in bulk, a row at a time, each once whatever is repeated."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from ledgerline.access import store as access
from ledgerline.access.model import Act, Role
from ledgerline.access.rules.people import MANAGERS, person_in
from ledgerline.base.errors import ConstraintViolated, Rejected
from ledgerline.base.ids import InvoiceId, SubscriptionId, bucket_of
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.bulk import store as bulk
from ledgerline.bulk.model import BulkKind, BulkOutcome, BulkRefused
from ledgerline.bulk.rows import WaitingRow
from ledgerline.bulk.rules.jobs import key_of
from ledgerline.flows.audit_act import audit_row
from ledgerline.flows.cancel_subscription import cancel_subscription
from ledgerline.flows.claim_key import Command, claim_key_in
from ledgerline.flows.find_asked import find_asked
from ledgerline.flows.pay_invoice import pay_invoice, preview_payment
from ledgerline.payments.model import Psps
from ledgerline.subscriptions.model import Timing

BATCH_MAX: Final = 20
DOERS: Final[Mapping[BulkKind, frozenset[Role]]] = {
    BulkKind.CHARGE_INVOICES: MANAGERS | {Role.FINANCE, Role.SUPPORT_LEAD},
    BulkKind.CANCEL_SUBSCRIPTIONS: MANAGERS | {Role.SUPPORT_LEAD},
}
"""As what people work who do to many what they may do to one."""
_ROUTE: Final = "bulk job"
_OF: Final = {
    BulkKind.CHARGE_INVOICES: "invoice",
    BulkKind.CANCEL_SUBSCRIPTIONS: "subscription",
}


async def work_bulk(run: Run, psps: Psps) -> int:
    """Act on the next rows of jobs that run; return how many ended.

    A pause holds from the next row on. Each act is written down in the name of whoever started the
    job; once they work here no more, or as what may not do it, nothing is done in their name.
    """
    done = 0
    while done < BATCH_MAX:
        async with run.transaction() as tx:
            row = await bulk.read_next_row(tx)
        if row is None:
            break
        assert row.started_by is not None, row
        refused = await _act(run, psps, row, by=row.started_by)
        await _end(run, row, by=row.started_by, refused=refused)
        done += 1
    return done


@repeated
async def _end(run: Run, row: WaitingRow, *, by: str, refused: str | None) -> None:
    """Keep how a row ended; what is refused takes its key, so that nobody acts under it later.

    A worker whose lease ran out may be at the same row: where it was first to take the key, the row
    is done, however little of that this one saw.
    """
    async with run.transaction() as tx:
        if refused is not None:
            held = await claim_key_in(
                tx, bucket=bucket_of(row.subject_id), command=_asked(row, by),
                subject_id=row.subject_id,
            )  # fmt: skip
            refused = refused if held is None else None
        await bulk.end_row(
            tx, job_id=row.job_id, no=row.no, ended_at=run.now(), reason=refused or "",
            outcome=BulkOutcome.DONE if refused is None else BulkOutcome.REFUSED,
        )  # fmt: skip
        await bulk.end_job(tx, id=row.job_id, ended_at=run.now())


async def _act(run: Run, psps: Psps, row: WaitingRow, *, by: str) -> str | None:
    """Act on the object of a row; return why that was refused, None where it was not."""
    if not await _may(run, by, BulkKind(row.kind)):
        return "whoever started it works here no more, or may not do it now"
    try:
        if row.kind == BulkKind.CHARGE_INVOICES:
            command = _command(run, row, by, name="charged")
            await _require_amount(run, psps, row, command)
            await pay_invoice(run, psps, InvoiceId(row.subject_id), command=command)
        else:
            command = _command(run, row, by, name="canceled")
            await cancel_subscription(
                run, SubscriptionId(row.subject_id), timing=Timing.PERIOD_END, command=command
            )
    except (Rejected, ConstraintViolated) as refused:  # what the database refuses stops no job
        return str(refused)
    return None


async def _require_amount(run: Run, psps: Psps, row: WaitingRow, command: Command) -> None:
    """Refuse another amount than somebody looked at; what began before a crash goes on."""
    bucket = bucket_of(row.subject_id)
    if await find_asked(run, command, bucket=bucket) is not None:
        return
    payable = await preview_payment(run, psps, InvoiceId(row.subject_id))
    if (payable.amount.minor, str(payable.amount.currency)) != (row.amount_minor, row.currency):
        raise BulkRefused("it is another amount than was chosen")


async def _may(run: Run, actor: str, kind: BulkKind) -> bool:
    person_id = person_in(actor)
    if person_id is None:
        return True
    async with run.transaction() as tx:
        found = await access.read_own_limits(tx, person_id=person_id)
    return any(one.role in DOERS[kind] for one in found)


def _command(run: Run, row: WaitingRow, by: str, *, name: str) -> Command:
    key = key_of(row.job_id, row.no)
    after = {"amount": row.amount_minor, "currency": row.currency} if row.currency else None
    act = Act(
        actor=by, name=name, route=_ROUTE, kind=_OF[BulkKind(row.kind)], object_id=row.subject_id,
        customer_id=row.customer_id, after=after,
    )  # fmt: skip
    return replace(_asked(row, by), audited=audit_row(run, act, key=key))


def _asked(row: WaitingRow, by: str) -> Command:
    fingerprint = hashlib.sha256(f"{row.kind} {row.subject_id}".encode()).digest()
    return Command(by, key_of(row.job_id, row.no), fingerprint)
