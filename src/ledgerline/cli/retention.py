"""``ledgerline retention``."""

from typing import Annotated, Final

import typer

from ledgerline.cli import output, program
from ledgerline.cli.program import Program
from ledgerline.flows.forget_expired import (
    BODIES_KEPT,
    KEYS_KEPT,
    PORTALS_KEPT,
    Forgotten,
    count_expired,
    forget_expired,
)

app: Final = typer.Typer(no_args_is_help=True)


@app.callback()
def retention() -> None:
    """Delete what has been kept for as long as it is kept. A worker does the same every hour."""


@app.command()
def run(
    context: typer.Context,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count and delete nothing.")] = False,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Delete old idempotency keys and bodies of webhooks, in batches, and say how many."""
    found = program.wait(_run(program.of(context), dry_run=dry_run))
    kept = {
        "idempotency_keys": KEYS_KEPT.days, "webhook_bodies": BODIES_KEPT.days,
        "portal_sessions": PORTALS_KEPT.days,
    }  # fmt: skip
    word = "would_delete" if dry_run else "deleted"
    if as_json:
        output.print_json({"dry_run": dry_run, word: found._asdict(), "kept_days": kept})
        return
    output.show_rows(
        [
            {"kind": kind.replace("_", " "), word: count, "kept_days": kept[kind]}
            for kind, count in found._asdict().items()
        ],
        as_json=False,
    )


async def _run(of: Program, *, dry_run: bool) -> Forgotten:
    async with of.open() as running:
        here = await running.run.at_clock()
        if dry_run:
            return await count_expired(here)
        total = Forgotten(0, 0, 0)
        while (batch := await forget_expired(here)).total:
            total = total.plus(batch)
        return total
