"""``ledgerline psp``."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Final, NamedTuple

import typer

from ledgerline.base.statements import statements
from ledgerline.cli import output, program
from ledgerline.cli.key_check import check_key
from ledgerline.cli.program import Program
from ledgerline.cli.settings import CommandFailed
from ledgerline.flows.put_psp_account import (
    CALL_DEADLINE_MS_MAX,
    CALL_DEADLINE_MS_MIN,
    NewPspAccount,
    put_psp_account,
    read_merchants,
)
from ledgerline.flows.remove_psp_account import remove_psp_account
from ledgerline.flows.switch_psp_account import switch_psp_account
from ledgerline.flows.try_psp_account import try_psp_account
from ledgerline.payments.contract import Merchant, Secret
from ledgerline.payments.model import AccountStatus
from ledgerline.payments.refusals import PspAccountInUse, PspAccountNotFound
from ledgerline.payments.rows.accounts import AccountUseRow
from ledgerline.payments.rules.accounts import Answered, Trial

app: Final = typer.Typer(no_args_is_help=True)
DEADLINE_MS: Final = 10_000
CODE: Final[Any] = typer.Argument(help="Our name of the account.")
DRY_RUN: Final[Any] = typer.Option("--dry-run", help="Say what would be, and change nothing.")
_SQL: Final = statements(__name__)


class AccountRow(NamedTuple):
    """A merchant account as an operator may see it."""

    code: str
    psp: str
    base_url: str
    status: str
    call_deadline_ms: int


@app.callback()
def psp() -> None:
    """Register, try and retire merchant accounts at providers."""


@app.command()
def add(  # noqa: PLR0913 - each is an option of the command line
    context: typer.Context,
    *,
    code: Annotated[str, CODE],
    setting: Annotated[list[str], typer.Option(help="NAME=VALUE, as often as needed.")],
    secret: Annotated[list[str], typer.Option(help="NAME=FILE that holds it, as often as needed.")],
    psp: Annotated[str, typer.Option(help="The connector to use.")] = "sandbox",
    deadline_ms: Annotated[
        int,
        typer.Option(
            min=CALL_DEADLINE_MS_MIN, max=CALL_DEADLINE_MS_MAX, help="How long a call may take."
        ),
    ] = DEADLINE_MS,
    no_trial: Annotated[bool, typer.Option("--no-trial", help="Do not call it first.")] = False,
    dry_run: Annotated[bool, DRY_RUN] = False,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Register or update a merchant account, once its connector and a trial call have checked it.

    The trial call asks for a charge that never was: it moves no money. Secrets are kept sealed.
    """
    new = NewPspAccount(
        code=code,
        psp=psp,
        settings=_named(setting),
        secrets={name: _secret(Path(file)) for name, file in _named(secret).items()},
        call_deadline_ms=deadline_ms,
    )
    trial = program.wait(_add(program.of(context), new, trial=not no_trial, dry_run=dry_run))
    made = {"code": code, "psp": psp, "base_url": new.settings["base_url"]}
    output.show({**made, "trial_call": _shown(trial), "registered": not dry_run}, as_json=as_json)
    if not dry_run:
        output.say(f"{code} is registered; a process that runs sees it when it starts again")


@app.command("list")
def list_accounts(context: typer.Context, *, as_json: Annotated[bool, output.JSON] = False) -> None:
    """List merchant accounts and whether they take new charges."""
    rows = program.wait(_list(program.of(context)))
    output.show_rows([row._asdict() for row in rows], as_json=as_json, title="accounts")


@app.command("test")
def try_account(
    context: typer.Context,
    code: Annotated[str, CODE],
    *,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Make a trial call to a merchant account; exit 3 when it does not answer as it should."""
    trial = program.wait(_test(program.of(context), code))
    output.show({"code": code, "trial_call": _shown(trial)}, as_json=as_json)
    if trial.answered is Answered.NO:
        raise typer.Exit(output.FOUND_PROBLEMS)


@app.command()
def disable(
    context: typer.Context,
    code: Annotated[str, CODE],
    *,
    dry_run: Annotated[bool, DRY_RUN] = False,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Send no new charge to an account; what was begun there is still found out and refunded.

    Cards with a token elsewhere are charged there; with others, purchases are refused and renewals
    wait.
    """
    _switch(program.of(context), code, AccountStatus.DISABLED, dry_run=dry_run, as_json=as_json)


@app.command()
def enable(
    context: typer.Context,
    code: Annotated[str, CODE],
    *,
    dry_run: Annotated[bool, DRY_RUN] = False,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Send new charges to an account again."""
    _switch(program.of(context), code, AccountStatus.ACTIVE, dry_run=dry_run, as_json=as_json)


@app.command()
def remove(
    context: typer.Context,
    code: Annotated[str, CODE],
    *,
    dry_run: Annotated[bool, DRY_RUN] = False,
    yes: Annotated[bool, output.YES] = False,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Forget an account and its secrets, if nothing rests on it."""
    of = program.of(context)
    program.wait(_remove(of, code, dry_run=True))
    if not dry_run:
        output.confirm(f"Forget {code} and its secrets?", yes=yes)
        program.wait(_remove(of, code, dry_run=False))
    output.show({"code": code, "removed": not dry_run}, as_json=as_json)


def _named(given: Sequence[str]) -> dict[str, str]:
    named: dict[str, str] = {}
    for each in given:
        name, equals, value = each.partition("=")
        if not (name and equals):
            raise CommandFailed("an option is no NAME=VALUE", hint="--setting base_url=https://…")
        if name in named:
            raise CommandFailed(f"{name} is given twice", hint="each name once")
        named[name] = value
    return named


def _secret(file: Path) -> Secret:
    try:
        return Secret(file.read_text("utf-8").strip())
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise CommandFailed(
            f"a secret cannot be read: {getattr(error, 'strerror', None) or 'no UTF-8 text'}",
            hint="--secret NAME=FILE, a file with the secret alone",
        ) from error


def _shown(trial: Trial | None) -> str:
    if trial is None:
        return "not made"
    if trial.answered is Answered.YES:
        return "answered"
    return f"not possible ({trial.code})" if trial.answered is Answered.NOT_ASKED else trial.code


async def _add(of: Program, new: NewPspAccount, *, trial: bool, dry_run: bool) -> Trial | None:
    connector = of.connector(new.psp)
    async with of.open() as running:
        await check_key(running.run)
        await put_psp_account(running.run, connector, new, dry_run=True)
        made = await _try(of, running, _merchant(new)) if trial else None
        if made is not None and made.answered is Answered.NO:
            raise CommandFailed(
                f"{new.code} does not answer as it should ({made.code}); nothing was registered",
                hint="check its address and secrets, or add it with --no-trial",
            )
        await put_psp_account(running.run, connector, new, dry_run=dry_run)
    return made


def _merchant(new: NewPspAccount) -> Merchant:
    return Merchant(
        code=new.code,
        psp=new.psp,
        settings=new.settings,
        secrets=new.secrets,
        call_deadline=timedelta(milliseconds=new.call_deadline_ms),
    )


async def _try(of: Program, running: program.Running, merchant: Merchant) -> Trial:
    async with of.reach(merchant) as psps:
        return await try_psp_account(running.run, psps, merchant.code)


async def _test(of: Program, code: str) -> Trial:
    async with of.open() as running:
        await check_key(running.run)
        if code not in {row.code for row in await _accounts(running)}:
            raise _unknown(code)
        for merchant in await read_merchants(running.run):
            if merchant.code == code:
                return await _try(of, running, merchant)
    raise CommandFailed(
        f"the secrets of {code} cannot be opened",
        hint=f"give them again: `ledgerline psp add {code} --setting … --secret …`",
    )


def _switch(of: Program, code: str, status: AccountStatus, *, dry_run: bool, as_json: bool) -> None:
    use = program.wait(_set(of, code, status, dry_run=dry_run))
    shown = {"code": code, "status": status.value, "changed": not dry_run, **use._asdict()}
    output.show(shown, as_json=as_json)


async def _set(of: Program, code: str, status: AccountStatus, *, dry_run: bool) -> AccountUseRow:
    async with of.open() as running:
        try:
            return await switch_psp_account(running.run, code, status, dry_run=dry_run)
        except PspAccountNotFound as refusal:
            raise _unknown(code) from refusal


async def _remove(of: Program, code: str, *, dry_run: bool) -> None:
    async with of.open() as running:
        try:
            await remove_psp_account(running.run, code, dry_run=dry_run)
        except PspAccountNotFound as refusal:
            raise _unknown(code) from refusal
        except PspAccountInUse as refusal:
            raise CommandFailed(
                str(refusal), hint=f"`ledgerline psp disable {code}` sends no new charge there"
            ) from refusal


def _unknown(code: str) -> CommandFailed:
    return CommandFailed(f"there is no account {code!r}", hint="`ledgerline psp list`")


async def _list(of: Program) -> list[AccountRow]:
    async with of.open() as running:
        return await _accounts(running)


async def _accounts(running: program.Running) -> list[AccountRow]:
    async with running.run.reading() as read:
        return await read.rows(_SQL["accounts"], AccountRow)
