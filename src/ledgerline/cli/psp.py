"""``ledgerline psp``."""

from pathlib import Path
from typing import Annotated, Final, NamedTuple

import typer

from ledgerline.base.statements import statements
from ledgerline.cli import output, program
from ledgerline.cli.key_check import check_key
from ledgerline.cli.program import Program
from ledgerline.cli.settings import CommandFailed
from ledgerline.flows.put_psp_account import NewPspAccount, put_psp_account
from ledgerline.payments.contract import Secret

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
def add(
    context: typer.Context,
    *,
    code: Annotated[str, typer.Argument(help="Our name of the account.")],
    setting: Annotated[list[str], typer.Option(help="NAME=VALUE, as often as needed.")],
    secret: Annotated[list[str], typer.Option(help="NAME=FILE that holds it, as often as needed.")],
    psp: Annotated[str, typer.Option(help="The connector to use.")] = "sandbox",
    deadline_ms: Annotated[int, typer.Option(help="How long a call may take.")] = DEADLINE_MS,
) -> None:
    """Register or update a merchant account; its connector checks it, its secrets are sealed."""
    new = NewPspAccount(
        code=code,
        psp=psp,
        settings=dict(_named(each) for each in setting),
        secrets={name: _secret(Path(file)) for name, file in map(_named, secret)},
        call_deadline_ms=deadline_ms,
    )
    program.wait(_add(program.of(context), new))
    output.say(f"{code} is registered; a process that runs sees it when it starts again")


@app.command("list")
def list_accounts(context: typer.Context, *, as_json: Annotated[bool, output.JSON] = False) -> None:
    """List merchant accounts."""
    rows = program.wait(_list(program.of(context)))
    output.show_rows([row._asdict() for row in rows], as_json=as_json, title="accounts")


def _named(given: str) -> tuple[str, str]:
    name, equals, value = given.partition("=")
    if not (name and equals):
        raise CommandFailed(f"{given!r} is no NAME=VALUE", hint="--setting base_url=https://…")
    return name, value


def _secret(file: Path) -> Secret:
    try:
        return Secret(file.read_text("utf-8").strip())
    except (OSError, UnicodeDecodeError) as error:
        raise CommandFailed(f"{file}: {error}", hint="a file with the secret alone") from error


async def _add(of: Program, new: NewPspAccount) -> None:
    async with of.open() as running:
        connector = of.connector(new.psp)
        await check_key(running.run)
        await put_psp_account(running.run, connector, new)


async def _list(of: Program) -> list[AccountRow]:
    async with of.open() as running, running.run.reading() as read:
        return await read.rows(_SQL["accounts"], AccountRow)
