"""``ledgerline db``."""

from typing import Annotated, Final

import typer

from ledgerline.cli import migrate, output, program
from ledgerline.cli.migrate import (
    DatabaseUnreachable,
    MigrationError,
    Phase,
    ServerNotSupported,
    State,
)
from ledgerline.cli.settings import CommandFailed

app: Final = typer.Typer(no_args_is_help=True)


@app.command()
def upgrade(
    context: typer.Context,
    phase: Annotated[Phase | None, typer.Option(help="Only this side of a deployment.")] = None,
) -> None:
    """Apply the migrations that are missing."""
    url = program.of(context).database_url()
    try:
        with output.progress(as_json=False) as tell:
            applied = migrate.upgrade(url, migrate.migrations_folder(), phase=phase, tell=tell)
    except MigrationError as error:
        raise _failed(error) from error
    output.say("\n".join(f"applied {name}" for name in applied) or "nothing to apply")


@app.command()
def status(context: typer.Context, *, as_json: Annotated[bool, output.JSON] = False) -> None:
    """List all migrations; exit 3 when one is missing, changed or unknown."""
    url = program.of(context).database_url()
    try:
        standings = migrate.status(url, migrate.migrations_folder())
    except MigrationError as error:
        raise _failed(error) from error
    output.show_rows([one._asdict() for one in standings], as_json=as_json, title="migrations")
    if any(one.state is not State.APPLIED for one in standings):
        raise typer.Exit(output.FOUND_PROBLEMS)


def _failed(error: MigrationError) -> CommandFailed:
    hint = "`ledgerline db status` shows what is applied"
    if isinstance(error, DatabaseUnreachable | ServerNotSupported):
        hint = "a database that answers, PostgreSQL 15 to 18: LEDGERLINE_DATABASE_URL"
    return CommandFailed(str(error), hint=hint)
