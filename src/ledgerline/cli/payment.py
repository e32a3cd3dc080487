"""``ledgerline payment``."""

import json
from typing import Annotated, Final
from uuid import UUID

import typer

from ledgerline.base.ids import bucket_of
from ledgerline.base.run import Run
from ledgerline.cli import belongings, output, program, records
from ledgerline.cli.exceptions import of_subjects
from ledgerline.cli.records import Record, amount, record
from ledgerline.payments import views
from ledgerline.payments.rows.shown import AttemptView, PaymentView
from ledgerline.payments.rules.opinion_words import sentences
from ledgerline.payments.rules.plan_rows import slots_of
from ledgerline.payments.rules.prospects import left_of, mend_until, next_try_at, refundable_minor
from ledgerline.payments.rules.retry_plan import Slot
from ledgerline.payments.rules.timing_words import moment_sentences

app: Final = typer.Typer(no_args_is_help=True)


@app.callback()
def payment() -> None:
    """Look at a payment."""


@app.command()
def show(
    context: typer.Context,
    payment: Annotated[str, typer.Argument(help="pay_…")],
    *,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Show a payment: what comes next of it, its attempts with their evidence, its refunds."""
    records.look(program.of(context), "payment", payment, _read, as_json=as_json)


async def _read(run: Run, payment_id: UUID) -> Record | None:
    bucket = bucket_of(payment_id)
    async with run.reading() as read:
        row = await views.payment(read, bucket=bucket, id=payment_id)
        if row is None:
            return None
        attempts = await views.attempts(read, bucket=bucket, payment_id=payment_id)
        plan = await views.retry_plan(read, bucket=bucket, payment_id=payment_id)
        said = await views.said_of_plan(read, plan)
        refunds = await belongings.refunds_of(read, payment_id)
        subjects = [payment_id, *(one.id for one in attempts)]
        exceptions = await of_subjects(read, bucket=bucket, ids=subjects)
    return {
        **_head(row),
        "retry_plan": [] if plan is None else [_slot(one) for one in slots_of(plan.slots)],
        "next_try_because": _because(said),
        "attempts": [_attempt(one) for one in attempts],
        "refunds": refunds,
        "exceptions": exceptions,
    }


def _head(row: PaymentView) -> Record:
    return {
        **record(row, "payment", without="is_over claim_minor is_held"),
        "refundable": amount(refundable_minor(left_of(row)), row.currency),
        "awaits_payer": row.awaits_payer and not row.is_over,
        "next_try_at": next_try_at(row),
        "mend_until": mend_until(row),
    }


def _slot(one: Slot) -> Record:
    """Show a try that was planned: when, and why then, or why it is none any more."""
    return {"day": one.day, "at": one.at, "why": one.why.value, "planned": one.is_open}


def _because(said: str | None) -> list[str]:
    """Say why the next try is when it is, where a model was asked."""
    return [] if said is None else list(moment_sentences(json.loads(said)))


def _attempt(row: AttemptView) -> Record:
    """Show an attempt, or another piece of its evidence."""
    shown = record(row, "attempt", without="no amount_minor ordinal ended_at learned action_sealed")
    said = [] if row.learned is None else list(sentences(json.loads(row.learned)))
    return {"ordinal": row.ordinal, **shown, "model_said": said}
