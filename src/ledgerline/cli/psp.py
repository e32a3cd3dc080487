"""``ledgerline psp``."""

from pathlib import Path
from typing import Annotated, Final, NamedTuple

import typer

from ledgerline.base.statements import statements
from ledgerline.cli import output, program
from ledgerline.cli.program import Program
from ledgerline.cli.settings import CommandFailed
from ledgerline.flows.put_psp_account import NewPspAccount, put_psp_account

app: Final = typer.Typer(no_args_is_help=True)
DEADLINE_MS: Final = 10_000
_SQL: Final = statements(__name__)


class AccountRow(NamedTuple):
    """A merchant account as an operator may see it."""

    code: str
    psp: str
    base_url: str
    status: str
    call_deadline_ms: int


@app.command()
def add(  # noqa: PLR0913 - each is an option of the command line
    context: typer.Context,
    *,
    code: Annotated[str, typer.Argument(help="Our name of the account.")],
    base_url: Annotated[str, typer.Argument(help="Where its API is.")],
    api_secret: Annotated[Path, typer.Option(help="File that holds the API secret.")],
    webhook_secret: Annotated[Path, typer.Option(help="File that holds the webhook secret.")],
    psp: Annotated[str, typer.Option(help="The connector to use.")] = "sandbox",
    deadline_ms: Annotated[int, typer.Option(min=50, max=30_000)] = DEADLINE_MS,
) -> None:
    """Register or update a merchant account; its secrets are read from files and sealed."""
    new = NewPspAccount(
        code=code,
        psp=psp,
        base_url=base_url,
        api_secret=_secret(api_secret),
        webhook_secret=_secret(webhook_secret),
        call_deadline_ms=deadline_ms,
    )
    program.wait(_add(program.of(context), new))
    output.say(f"{code} is registered; a process that runs sees it when it starts again")


@app.command("list")
def list_accounts(context: typer.Context, *, as_json: Annotated[bool, output.JSON] = False) -> None:
    """List merchant accounts."""
    rows = program.wait(_list(program.of(context)))
    output.show_rows([row._asdict() for row in rows], as_json=as_json, title="accounts")


def _secret(file: Path) -> str:
    try:
        return file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise CommandFailed(f"{file}: {error}", hint="a file with the secret alone") from error


async def _add(of: Program, new: NewPspAccount) -> None:
    async with of.open() as running:
        await put_psp_account(running.run, new)


async def _list(of: Program) -> list[AccountRow]:
    async with of.open() as running, running.run.reading() as read:
        return await read.rows(_SQL["accounts"], AccountRow)
