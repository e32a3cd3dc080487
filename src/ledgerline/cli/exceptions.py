"""``ledgerline exceptions``: what no machine may decide alone."""

from datetime import datetime
from typing import Annotated, Final, NamedTuple
from uuid import UUID

import typer

from ledgerline.base.ids import PREFIXES, encode
from ledgerline.base.statements import statements
from ledgerline.cli import output, program
from ledgerline.cli.program import Program

app: Final = typer.Typer(no_args_is_help=True)
_SQL: Final = statements(__name__)


class ExceptionView(NamedTuple):
    """An exception and its subject: a payment, an attempt, or else a merchant account."""

    reason: str
    kind: str
    subject_id: UUID
    detail: str
    opened_at: datetime
    closed_at: datetime | None


@app.callback()
def exceptions() -> None:
    """Look at what no machine may decide alone."""


@app.command(name="list")
def list_(
    context: typer.Context,
    *,
    include_closed: Annotated[bool, typer.Option("--all", help="Closed ones too.")] = False,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """List exceptions that are open, the newest first, at most 200."""
    rows = program.wait(_read(program.of(context), include_closed=include_closed))
    if not rows and not as_json:
        output.say("nothing is open")
        return
    output.show_rows([_shown(row) for row in rows], as_json=as_json, title="exceptions")


def _shown(row: ExceptionView) -> dict[str, object]:
    prefix = PREFIXES.get(row.kind)
    subject = row.kind if prefix is None else encode(prefix, row.subject_id)
    return {
        "reason": row.reason, "subject": subject, "detail": row.detail, "opened": row.opened_at,
        "closed": row.closed_at,
    }  # fmt: skip


async def _read(of: Program, *, include_closed: bool) -> list[ExceptionView]:
    async with of.open() as running, running.run.reading() as read:
        return await read.rows(_SQL["exceptions"], ExceptionView, include_closed=include_closed)
