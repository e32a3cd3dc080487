"""``ledgerline work``."""

from collections.abc import Sequence
from typing import Annotated, Final

import typer

from ledgerline.base.run import calm_collector
from ledgerline.cli import output, program
from ledgerline.cli.program import Program
from ledgerline.cli.settings import CommandFailed

app: Final = typer.Typer()
POOL_SIZE: Final = 16
JOBS: Final = (
    "bill_due", "number_documents", "collect_due", "resolve_attempts", "lapse_changes",
    "follow_mandates", "tell_notices", "tell_card_expiry", "tell_renewals", "decide_late_successes",
    "resolve_refunds", "resolve_setups", "resolve_evidence", "apply_psp_events", "relay_events",
    "send_mails", "recognise_revenue", "check_einvoices", "count_outcomes", "watch_models",
    "watch_disputes", "watch_payouts", "match_settlements", "work_bulk", "forget_expired",
)  # fmt: skip


@app.command()
def work(
    context: typer.Context,
    jobs: Annotated[list[str] | None, typer.Argument(help=f"All, or: {', '.join(JOBS)}")] = None,
) -> None:
    """Work off what falls due until SIGTERM or Ctrl-C; start as many as you like."""
    unknown = sorted(set(jobs or ()) - set(JOBS))
    if unknown:
        raise CommandFailed(
            f"there is no job {unknown[0]!r}", hint=f"ledgerline work {' '.join(JOBS)}"
        )
    program.wait(_work(program.of(context), jobs or ()))


async def _work(of: Program, jobs: Sequence[str]) -> None:
    stop = program.stopping()
    async with of.connect_paying(
        of.database_url(), size=POOL_SIZE, name="ledgerline work"
    ) as running:
        calm_collector()
        output.say("working; Ctrl-C stops after the batch at hand")
        await of.work(running, jobs=jobs, stop=stop)
