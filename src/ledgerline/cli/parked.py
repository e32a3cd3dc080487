"""``ledgerline bill parked``: what billing runs set aside, and letting them take it up again."""

from datetime import datetime
from typing import Annotated, Final, NamedTuple

import typer

from ledgerline.base.errors import Rejected
from ledgerline.base.ids import CustomerId, SubscriptionId, bucket_of
from ledgerline.base.run import Run
from ledgerline.base.statements import statements
from ledgerline.cli import output, program, records
from ledgerline.cli.program import Program
from ledgerline.cli.records import Record, record
from ledgerline.cli.settings import CommandFailed
from ledgerline.flows.release_parked import Parked, preview_release, release_parked
from ledgerline.rules import explain
from ledgerline.rules.renewal import Renewal

app: Final = typer.Typer(no_args_is_help=True)
_SQL: Final = statements(__name__)
Which = Annotated[str, typer.Argument(metavar="SUBSCRIPTION", help="sub_…")]


class ParkedView(NamedTuple):
    """A subscription that is set aside, why and since when, and when its next period began."""

    id: SubscriptionId
    customer_id: CustomerId
    reason: str
    detail: str
    parked_at: datetime
    due_at: datetime | None


@app.callback()
def parked() -> None:
    """Look at what billing runs set aside, and let them take it up again."""


@app.command(name="list")
def list_(context: typer.Context, *, as_json: Annotated[bool, output.JSON] = False) -> None:
    """List subscriptions that are set aside, the longest first, at most 200."""
    rows = program.wait(_list(program.of(context)))
    if not rows and not as_json:
        output.say("nothing is parked")
        return
    output.show_rows([record(row, "subscription") for row in rows], as_json=as_json, title="parked")


@app.command()
def show(
    context: typer.Context, subscription: Which, *, as_json: Annotated[bool, output.JSON] = False
) -> None:
    """Show why a subscription is set aside, and what a billing run would do with it now."""
    shown, _ = program.wait(_show(program.of(context), subscription))
    records.show(shown, as_json=as_json)


@app.command()
def release(
    context: typer.Context,
    subscription: Which,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show it and write nothing.")] = False,
    yes: Annotated[bool, output.YES] = False,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Let the next billing run bill a subscription, if what it was parked for is mended."""
    of = program.of(context)
    shown, was = program.wait(_show(of, subscription))
    if isinstance(was.decision, Rejected):
        raise CommandFailed(
            f"a billing run would set {subscription} aside again: {was.decision}",
            hint=f"mend that first; `ledgerline subscription show {subscription}` shows its terms",
        )
    if not dry_run:
        if not as_json:
            records.show(shown, as_json=False)
        output.confirm(f"Release {subscription}? The next run: {_would(was)}.", yes=yes)
        program.wait(_release(of, was))
    records.show({**shown, "released": not dry_run}, as_json=as_json)
    if not dry_run:
        output.say("`ledgerline bill run` or a worker bills it")


async def _list(of: Program) -> list[ParkedView]:
    async with of.open() as running, running.run.reading() as read:
        return await read.rows(_SQL["parked"], ParkedView)


async def _show(of: Program, text: str) -> tuple[Record, Parked]:
    subscription_id = SubscriptionId(records.read_id("subscription", text))
    async with of.open() as running:
        here = await running.run.at_clock()
        row = await _why(here, subscription_id)
        if row is None:
            raise CommandFailed(
                f"{text} is not parked", hint="`ledgerline bill parked list` names what is"
            )
        was = await preview_release(here, subscription_id)
    return {**record(row, "subscription"), "now": _would(was)}, was


async def _why(run: Run, subscription_id: SubscriptionId) -> ParkedView | None:
    async with run.reading() as read:
        return await read.row(
            _SQL["parked_one"], ParkedView, id=subscription_id, bucket=bucket_of(subscription_id)
        )


async def _release(of: Program, was: Parked) -> None:
    async with of.open() as running:
        here = await running.run.at_clock()
        await release_parked(here, was.subscription.id, reason=was.reason)


def _would(parked: Parked) -> str:
    """Say what a billing run would do with it now."""
    decision = parked.decision
    if isinstance(decision, Rejected):
        return f"set aside again ({decision.code}: {decision})"
    if isinstance(decision, Renewal):
        total = explain.show(decision.bill.priced.gross_minor, parked.subscription.currency)
        return f"invoice {total} for {decision.period.start} – {decision.period.end}"
    return f"end it on {decision.on}"
