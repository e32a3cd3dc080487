"""``ledgerline subscription``."""

from typing import Annotated, Any, Final
from uuid import UUID

import typer

from ledgerline.base.calendar import local_date
from ledgerline.base.ids import PREFIXES, PaymentMethodId, SubscriptionId, bucket_of, encode
from ledgerline.base.run import Run
from ledgerline.cli import belongings, output, program, records
from ledgerline.cli.program import Program
from ledgerline.cli.records import Record, record
from ledgerline.flows.cancel_subscription import cancel_subscription, preview_cancel
from ledgerline.flows.pause_subscription import pause_subscription, preview_pause
from ledgerline.flows.resume_subscription import Resumption, preview_resume, resume_subscription
from ledgerline.flows.use_payment_method import use_payment_method
from ledgerline.rules.entries import read_entry
from ledgerline.rules.timeline import Entry, fold
from ledgerline.subscriptions import views
from ledgerline.subscriptions.model import Anchor, GivingBack, Timing
from ledgerline.subscriptions.rows import SubscriptionView
from ledgerline.subscriptions.rules import outlook

app: Final = typer.Typer(no_args_is_help=True)
_CLOCK: Final = "next_bill_at ended_at grid_origin grid_day cadence_count cadence_unit metadata"


@app.callback()
def subscription() -> None:
    """Look at a subscription, rest it, end it, or say what pays it."""


@app.command()
def show(
    context: typer.Context,
    subscription: Annotated[str, typer.Argument(help="sub_…")],
    *,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Show a subscription: what it has, what is planned, its log, invoices and payments."""
    records.look(program.of(context), "subscription", subscription, _read, as_json=as_json)


@app.command()
def method(
    context: typer.Context,
    subscription: Annotated[str, typer.Argument(help="sub_…")],
    method: Annotated[str, typer.Argument(help="pm_… of the same customer")],
    *,
    yes: Annotated[bool, output.YES] = False,
) -> None:
    """Charge a subscription by another method; what was refused before is due at once."""
    subscription_id = SubscriptionId(records.read_id("subscription", subscription))
    method_id = PaymentMethodId(records.read_id("payment_method", method))
    output.confirm(f"Charge {subscription} by {method} from now on?", yes=yes)
    program.wait(_use(program.of(context), subscription_id, method_id))
    output.say(f"{method} pays {subscription}; a worker charges what is open")


@app.command()
def cancel(  # noqa: PLR0913 - each is an option of the command line
    context: typer.Context,
    subscription: Annotated[str, typer.Argument(help="sub_…")],
    when: Annotated[Timing, typer.Argument(help="When service ends.")],
    *,
    refund: Annotated[
        GivingBack, typer.Option(help="What is paid back; else unused time becomes credit.")
    ] = GivingBack.NONE,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what it would do.")] = False,
    yes: Annotated[bool, output.YES] = False,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Cancel a subscription, and pay back what was paid for time that is not used."""
    of = program.of(context)
    subscription_id = SubscriptionId(records.read_id("subscription", subscription))
    shown = program.wait(_cancel(of, subscription_id, when, refund, writes=False))
    if not dry_run:
        output.confirm(f"Cancel {subscription}, {when.replace('_', ' ')}?", yes=yes)
        program.wait(_cancel(of, subscription_id, when, refund, writes=True))
    records.show({"subscription": subscription, "dry_run": dry_run, **shown}, as_json=as_json)


@app.command()
def pause(
    context: typer.Context,
    subscription: Annotated[str, typer.Argument(help="sub_…")],
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what it would do.")] = False,
    yes: Annotated[bool, output.YES] = False,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Pause a subscription now; what is paid and not used becomes credit."""
    of = program.of(context)
    subscription_id = SubscriptionId(records.read_id("subscription", subscription))
    shown = program.wait(_pause(of, subscription_id, writes=False))
    if not dry_run:
        output.confirm(f"Pause {subscription} now?", yes=yes)
        program.wait(_pause(of, subscription_id, writes=True))
    records.show({"subscription": subscription, "dry_run": dry_run, **shown}, as_json=as_json)


@app.command()
def resume(
    context: typer.Context,
    subscription: Annotated[str, typer.Argument(help="sub_…")],
    anchor: Annotated[Anchor, typer.Argument(help="Where its periods begin.")] = Anchor.KEEP,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what it would cost.")] = False,
    yes: Annotated[bool, output.YES] = False,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Resume a subscription that is paused: credit pays first, then its payment method."""
    of = program.of(context)
    asked = Resumption(SubscriptionId(records.read_id("subscription", subscription)), anchor)
    shown = program.wait(_preview_resume(of, asked))
    if not dry_run:
        output.confirm(f"Resume {subscription} and charge what is due?", yes=yes)
        shown["outcome"] = program.wait(_resume(of, asked))
    records.show({"subscription": subscription, "dry_run": dry_run, **shown}, as_json=as_json)


async def _pause(of: Program, subscription_id: SubscriptionId, *, writes: bool) -> Record:
    async with of.open() as running:
        here = await running.run.at_clock()
        if writes:
            await pause_subscription(here, subscription_id)
            return {}
        found = await preview_pause(here, subscription_id)
    currency = found.subscription.currency
    return {
        "credited": records.amount(found.credited_minor, currency),
        "ends_on": found.ends_on,
    }


async def _preview_resume(of: Program, asked: Resumption) -> Record:
    async with of.open() as running:
        found = await preview_resume(await running.run.at_clock(), asked)
    proposal = found.proposal
    currency = proposal.subscription.currency
    assert proposal.period is not None, proposal.entry
    return {
        "from": proposal.period.start,
        "until": proposal.period.end,
        "charged": records.amount(proposal.charged_minor, currency),
        "due_now": records.amount(found.due_minor, currency),
    }


async def _resume(of: Program, asked: Resumption) -> str:
    async with of.open_paying() as paying:
        here = await paying.run.at_clock()
        became = await resume_subscription(here, paying.psps, asked)
    return became.changed.value


async def _cancel(
    of: Program,
    subscription_id: SubscriptionId,
    when: Timing,
    refund: GivingBack,
    *,
    writes: bool,
) -> Record:
    async with of.open() as running:
        here = await running.run.at_clock()
        if writes:
            await cancel_subscription(here, subscription_id, timing=when, back=refund)
            return {}
        found = await preview_cancel(here, subscription_id, timing=when, back=refund)
    currency = found.cancellation.subscription.currency
    return {
        "ends_on": found.cancellation.ends_on,
        "credited": records.amount(found.credited_minor, currency),
        "stays_credit": records.amount(found.stays_minor, currency),
        "written_off": [encode(PREFIXES["invoice"], one.id) for one, _ in found.given_up],
        "refunds": [
            {
                "payment": encode(PREFIXES["payment"], one.payment.id),
                "total": records.amount(one.amount_minor, currency),
            }
            for one in found.returns
        ],
    }


async def _use(of: Program, subscription_id: SubscriptionId, method_id: PaymentMethodId) -> None:
    async with of.open() as running:
        here = await running.run.at_clock()
        await use_payment_method(here, subscription_id, method_id=method_id)


async def _read(run: Run, subscription_id: UUID) -> Record | None:
    bucket, now = bucket_of(subscription_id), run.now()
    async with run.reading() as read:
        row = await views.subscription(read, bucket=bucket, id=subscription_id, now=now)
        if row is None:
            return None
        today = local_date(now, row.zone)
        items = await views.items(read, bucket=bucket, id=subscription_id, today=today)
        log = await views.log(read, bucket=bucket, id=subscription_id)
        pending = await views.pending_change(read, bucket=bucket, id=subscription_id)
        belonging = await belongings.of_subscription(read, row, now=now)
    standing = fold([read_entry(one) for one in log], on=today).intentions
    end = outlook.service_ends_on(outlook.course_of(row))
    return {
        **_head(row),
        "pending_change": pending and encode(PREFIXES["invoice"], pending.invoice_id),
        "items": [
            {
                "component": one.component, "plan": one.plan_code, "quantity": one.quantity,
                "starts_on": one.starts_on, "ends_on": one.ends_on,
            }
            for one in outlook.had_until(items, end=end)
        ],
        "planned": [_planned(one) for one in standing if row.ended_at is None],
        "log": [
            {
                "seq": one.seq, "kind": one.kind, "effective_on": one.effective,
                "recorded": one.recorded_at, "actor": one.actor,
            }
            for one in log
        ],
        **belonging,
    }  # fmt: skip


def _head(row: SubscriptionView) -> Record:
    course = outlook.course_of(row)
    return {
        **record(row, "subscription", without=f"{_CLOCK} unit_num unit_den price_id plan_name"),
        "cadence": f"P{row.cadence_count}{row.cadence_unit[0].upper()}",
        "next_charge_at": outlook.next_charge_at(course),
        "ends_on": outlook.service_ends_on(course),
        "ended": row.ended_at,
    }


def _planned(entry: Entry) -> dict[str, Any]:
    return {"intention": entry.seq, "kind": entry.kind, "effective_on": entry.effective}
