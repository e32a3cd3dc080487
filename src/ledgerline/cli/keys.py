"""``ledgerline keys``."""

from typing import Annotated, Final

import typer

from ledgerline.access import views
from ledgerline.access.rows import ListedKeyView
from ledgerline.base.calendar import advance
from ledgerline.cli import output, program
from ledgerline.cli.key_check import check_key
from ledgerline.cli.program import Program
from ledgerline.cli.settings import CommandFailed
from ledgerline.flows.create_api_key import create_api_key, new_key_id
from ledgerline.flows.revoke_api_key import revoke_api_key
from ledgerline.flows.roll_api_key import Roll, roll_api_key

app: Final = typer.Typer(no_args_is_help=True)


@app.command()
def create(
    context: typer.Context,
    principal: Annotated[str, typer.Argument(help="Who uses it; several keys may share a name.")],
    *,
    read_only: Annotated[bool, typer.Option("--read-only", help="It may change nothing.")] = False,
    expires: Annotated[
        str | None, typer.Option(help='For how long it opens: "30 days", "P1Y".')
    ] = None,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Create a key and show it once."""
    key = program.wait(
        _create(program.of(context), principal, read_only=read_only, expires=expires)
    )
    output.show({"principal": principal, "key": key}, as_json=as_json)
    output.say("this is the only time the key is shown")


@app.command("list")
def list_keys(context: typer.Context, *, as_json: Annotated[bool, output.JSON] = False) -> None:
    """List keys."""
    rows = program.wait(_list(program.of(context)))
    output.show_rows([row._asdict() for row in rows], as_json=as_json, title="keys")


@app.command()
def roll(
    context: typer.Context,
    key_id: str,
    *,
    ends: Annotated[str, typer.Option(help="For how long the old key opens too.")] = "7 days",
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Make another key for the same caller, show it once, and let the old one end."""
    key = program.wait(_roll(program.of(context), key_id, ends=ends))
    if key is None:
        raise CommandFailed(f"no key {key_id!r} is in use", hint="ledgerline keys list")
    output.show({"key": key}, as_json=as_json)
    output.say(f"this is the only time the key is shown; {key_id} opens for {ends} more")


@app.command()
def revoke(context: typer.Context, key_id: str) -> None:
    """Revoke a key by its id (the second part of `sk_test_<id>_…`)."""
    if not program.wait(_revoke(program.of(context), key_id)):
        raise CommandFailed(f"no key {key_id!r} is in use", hint="ledgerline keys list")
    output.say(f"{key_id} is revoked")


async def _create(of: Program, principal: str, *, read_only: bool, expires: str | None) -> str:
    async with of.open() as running:
        await check_key(running.run)
        environment = await running.run.environment()
        until = None if expires is None else advance(running.run.wall(), expires)
        return await create_api_key(
            running.run, principal=principal, live=environment.kind == "live",
            read_only=read_only, expires_at=until,
        )  # fmt: skip


async def _roll(of: Program, key_id: str, *, ends: str) -> str | None:
    async with of.open() as running:
        run = running.run
        await check_key(run)
        environment = await run.environment()
        now = run.wall()
        rolled = Roll(key_id, new_key_id(run), both_open=advance(now, ends) - now)
        return await roll_api_key(run, rolled, live=environment.kind == "live")


async def _list(of: Program) -> list[ListedKeyView]:
    async with of.open() as running, running.run.reading() as read:
        return await views.api_keys(read)


async def _revoke(of: Program, key_id: str) -> bool:
    async with of.open() as running:
        return await revoke_api_key(running.run, key_id=key_id)
