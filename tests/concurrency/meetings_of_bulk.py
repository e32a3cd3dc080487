"""Flows that meet a bulk job at the object of one of its rows."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from ledgerline.base.errors import Rejected
from ledgerline.base.ids import CustomerId
from ledgerline.bulk.model import BulkKind, BulkStep
from ledgerline.bulk.rows import Candidate
from ledgerline.flows.choose_bulk import By, Choice, choose_bulk
from ledgerline.flows.collect_due import collect_due
from ledgerline.flows.decide_late_successes import decide_late_successes
from ledgerline.flows.do_due_work import ALL
from ledgerline.flows.pay_invoice import pay_invoice
from ledgerline.flows.request_refund import RefundOrder, request_refund
from ledgerline.flows.steer_bulk import steer_bulk
from ledgerline.flows.work_bulk import work_bulk
from tests.concurrency.meetings import Meet, Meeting, told_late
from tests.concurrency.subscribers import (
    LATER,
    PRICE,
    at,
    attempts,
    finish,
    moved,
    refused_renewal,
    renewal_invoice,
)
from tests.flow_values import Bought
from tests.flow_world import World

_CHARGED: Final = [("charge", PRICE)]


async def _started(world: World, kind: BulkKind, subject: UUID, customer: CustomerId) -> UUID:
    """Choose one object and start the job, in the name of somebody who may."""
    charges = kind is BulkKind.CHARGE_INVOICES
    amount, currency = (PRICE, "EUR") if charges else (None, None)
    one = Candidate(
        subject_id=subject, customer_id=customer, amount_minor=amount, currency=currency,
        exclusion="",
    )  # fmt: skip
    chosen = Choice(kind, "ids", [one])
    job = await choose_bulk(world.run, chosen, By("mara", "tests", f"choose {subject}"))
    await steer_bulk(world.run, job, BulkStep.STARTED, By("nils", "tests", f"start {subject}"))
    return job


async def _charging(world: World) -> tuple[World, Bought, Any, UUID]:
    """Bring a refused renewal to its next try, with a job that charges it now."""
    bought, due = await refused_renewal(world)
    then, invoice_id = at(world, due), await renewal_invoice(world, bought)
    customer = await world.value("SELECT customer_id FROM invoice WHERE id = %s", invoice_id)
    return (
        then,
        bought,
        invoice_id,
        await _started(then, BulkKind.CHARGE_INVOICES, invoice_id, customer),
    )


async def _outcome(world: World, job: UUID) -> str:
    """Say how the only row ended; what was done under its key was done, whatever else it says."""
    [(outcome, acted)] = await world.rows(
        "SELECT r.outcome, (SELECT count(*) FROM audit_entry AS a WHERE a.key = 'bulk ' || r.job_id"
        " || ' ' || r.no) FROM bulk_row AS r WHERE r.job_id = %s",
        job,
    )
    assert (outcome, acted) in {("done", 1), ("refused", 0)}, (outcome, acted)
    return str(outcome)


async def two_bulk_workers(world: World) -> Meeting:
    """Let two workers find the same row of a job, the lease of one having run out."""
    then, bought, _, job = await _charging(world)

    async def proof(_: Sequence[object]) -> None:
        assert await _outcome(world, job) == "done"
        assert await attempts(world, bought) == ["declined", "succeeded"]
        assert await moved(world, bought) == _CHARGED

    return Meeting(
        {
            "one": work_bulk(then.run, world.psps),
            "other": work_bulk(then.run.branch(), world.psps),
        },
        proof,
    )


async def bulk_and_calendar(world: World) -> Meeting:
    """Let a job charge what the calendar tries again at that moment."""
    then, bought, _, job = await _charging(world)

    async def proof(_: Sequence[object]) -> None:
        await _outcome(world, job)
        assert await attempts(world, bought) == ["declined", "succeeded"]
        assert await moved(world, bought) == _CHARGED

    return Meeting(
        {
            "bulk": work_bulk(then.run, world.psps),
            "calendar": collect_due(then.run.branch(), world.psps, buckets=ALL),
        },
        proof,
    )


async def bulk_payer_and_calendar(world: World) -> Meeting:
    """Let a job, the payer and the calendar charge one invoice."""
    then, bought, invoice_id, job = await _charging(world)

    async def proof(ended: Sequence[object]) -> None:
        _, paid, _ = ended
        done = await _outcome(world, job) == "done"
        assert not done or isinstance(paid, Rejected), ended
        assert await attempts(world, bought) == ["declined", "succeeded"]
        assert await moved(world, bought) == _CHARGED

    return Meeting(
        {
            "bulk": work_bulk(then.run, world.psps),
            "payer": pay_invoice(then.run.branch(), world.psps, invoice_id),
            "calendar": collect_due(then.run.branch().branch(), world.psps, buckets=ALL),
        },
        proof,
    )


async def bulk_and_cancel(world: World) -> Meeting:
    """Let a job charge a subscription that its owner cancels."""
    then, bought, _, job = await _charging(world)

    async def proof(ended: Sequence[object]) -> None:
        _, canceled = ended
        await finish(then)
        done = await _outcome(world, job) == "done"
        assert await moved(world, bought) == (_CHARGED if done else [])
        state = await world.state(bought.subscription_id)
        assert (state == "canceled") == (canceled is None), (state, canceled)

    return Meeting({"bulk": work_bulk(then.run, world.psps), "cancel": then.cancel(bought)}, proof)


async def bulk_and_refund(world: World) -> Meeting:
    """Let a job charge what was paid a moment ago and is given back."""
    then, bought, invoice_id, job = await _charging(world)
    paid = await pay_invoice(then.run, world.psps, invoice_id)
    order = RefundOrder(paid.payment_id, None, "asked")

    async def proof(_: Sequence[object]) -> None:
        await finish(then)
        assert await _outcome(world, job) == "refused"
        assert await moved(world, bought) == [*_CHARGED, ("refund", PRICE)]

    return Meeting(
        {
            "bulk": work_bulk(then.run, world.psps),
            "refund": request_refund(then.run.branch(), world.psps, order),
        },
        proof,
    )


async def bulk_and_late_money(world: World) -> Meeting:
    """Let late money be decided about while a job charges its invoice again."""
    bought, invoice_id = await told_late(world)
    then = at(world, LATER)
    customer = await world.value("SELECT customer_id FROM invoice WHERE id = %s", invoice_id)
    job = await _started(then, BulkKind.CHARGE_INVOICES, invoice_id, customer)

    async def proof(_: Sequence[object]) -> None:
        await finish(then)
        again = 1 if await _outcome(world, job) == "done" else 0
        assert await moved(world, bought) == [*_CHARGED * (1 + again), *[("refund", PRICE)] * again]
        assert "suspense" not in await world.balances(customer)
        assert await world.state(bought.subscription_id) == "active"

    return Meeting(
        {
            "decide": decide_late_successes(then.run, buckets=ALL),
            "bulk": work_bulk(then.run.branch(), world.psps),
        },
        proof,
    )


BULK: Final[Mapping[str, Meet]] = {
    one.__name__: one
    for one in (
        two_bulk_workers, bulk_and_calendar, bulk_payer_and_calendar, bulk_and_cancel,
        bulk_and_refund, bulk_and_late_money,
    )
}  # fmt: skip
