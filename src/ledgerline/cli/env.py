"""``ledgerline env``: a sandbox of one's own in one command."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from typing import Annotated, Any, Final, NamedTuple

import typer

from ledgerline.base.conninfo import spot_of
from ledgerline.base.run import Run
from ledgerline.base.statements import statements
from ledgerline.catalog.rules.parse import parse
from ledgerline.cli import migrate, output, program
from ledgerline.cli.demo_report import step
from ledgerline.cli.empty_database import Held, held, next_step, refusal
from ledgerline.cli.invocation import runnable
from ledgerline.cli.key_check import check_key
from ledgerline.cli.migrate import MigrationError, Sandbox
from ledgerline.cli.place import OwnSimulator
from ledgerline.cli.program import Program
from ledgerline.cli.settings import PORT_MAX, CommandFailed
from ledgerline.cli.simulator import Simulator
from ledgerline.flows.create_api_key import create_api_key
from ledgerline.flows.load_catalog import load_catalog
from ledgerline.flows.put_psp_account import put_psp_account
from ledgerline.flows.revoke_api_key import revoke_api_key

app: Final = typer.Typer(no_args_is_help=True)
ACCOUNT: Final = "aster"  # a provider of the shipped worlds
WORLD: Final = "calm"  # everything approved: a first purchase does not fail by chance
CALL_DEADLINE_MS: Final = 10_000
PRINCIPAL: Final = "shop"
PRINCIPAL_MAX: Final = 100
_SQL: Final = statements(__name__)


class UnseenKeyRow(NamedTuple):
    """A key that an interrupted run made and never showed."""

    id: str


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is made; ``instant`` is where the clock begins, None the present moment."""

    names: Sequence[str]
    instant: datetime | None
    simulator: OwnSimulator


@app.callback()
def env() -> None:
    """Make a sandbox of one's own."""


@app.command()
def create(  # noqa: PLR0913 - each is an option of the command line
    context: typer.Context,
    names: Annotated[
        list[str] | None, typer.Argument(help=f"Who gets an API key. Default: {PRINCIPAL}.")
    ] = None,
    *,
    sandbox: Annotated[bool, typer.Option("--sandbox", help="Invented money, a clock.")] = False,
    clock: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Where it begins. Default: now.")
    ] = None,
    psp_port: Annotated[int, typer.Option(min=1, max=PORT_MAX, help="Of the simulator.")] = 9400,
    control_port: Annotated[int, typer.Option(min=1, max=PORT_MAX, help="To steer it.")] = 9401,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Make a sandbox of an empty database: tables, clock, catalog, merchant account, API keys.

    The keys are shown once. A run that was interrupted is simply repeated.
    """
    of = program.of(context)
    if not sandbox:
        raise CommandFailed(
            "only a sandbox is made this way",
            hint="`ledgerline env create --sandbox`; a live environment: `ledgerline db upgrade`",
        )
    if psp_port == control_port:
        raise CommandFailed("both ports of the simulator are the same", hint="--control-port 9401")
    own = OwnSimulator(psp_port, control_port, seed=7)
    instant = clock and clock.replace(tzinfo=UTC)
    made = _create(of, _Plan(_names(names or [PRINCIPAL]), instant, own))
    if as_json:
        output.print_json(made)
    else:
        keys = made.pop("keys")
        output.show(made, as_json=False)
        output.show_rows(keys, as_json=False, title="API keys")
    output.say("this is the only time the keys are shown")


def _create(of: Program, plan: _Plan) -> dict[str, Any]:
    url = of.database_url()
    there = held(url)
    if there not in {Held.NOTHING, Held.HALF_A_SANDBOX}:
        raise refusal(url, there)
    started = time.monotonic()
    if of.settings.kek is None and of.settings.kek_file is None:
        of.place.keep_key()
    begin = Sandbox(plan.instant, plan.simulator.seed)
    try:
        migrate.upgrade(url, migrate.migrations_folder(), sandbox=begin)
    except MigrationError as error:
        raise CommandFailed(str(error), hint=next_step(url, there)) from error
    step("tables and clock", started)
    made = program.wait(_fill(of, plan))
    step("catalog, merchant account, API keys", started)
    return made


async def _fill(of: Program, plan: _Plan) -> dict[str, Any]:
    async with of.open() as running:
        await check_key(running.run)
        run = await running.run.at_clock()
        text = files("ledgerline.catalog").joinpath("music.yaml").read_text("utf-8")
        await load_catalog(run, parse(text))
        world = _world(run.now())
        own = plan.simulator
        accounts = Simulator(own.url, own.control_url, world["providers"])
        new = accounts.merchant_account(ACCOUNT, call_deadline_ms=CALL_DEADLINE_MS)
        await put_psp_account(run, of.connector("sandbox"), new)
        of.place.note_simulator(spot_of(of.database_url()), own, json.dumps(world, indent=1))
        await _revoke_unseen(run)
        keys = [
            {"principal": name, "key": await create_api_key(run, principal=name, live=False)}
            for name in plan.names
        ]
        await run.finish_sandbox()
    return {
        "environment": "sandbox",
        "clock": run.now(),
        "catalog": "music.yaml, invented",
        "merchant_account": ACCOUNT,
        "provider": own.url,
        "start_the_provider": runnable("ledgerline psp-simulator"),
        "serve_the_api": runnable("ledgerline serve"),
        "move_the_clock": runnable('ledgerline clock advance "1 month"'),
        "keys": keys,
    }


async def _revoke_unseen(run: Run) -> None:
    async with run.reading() as read:
        unseen = await read.rows(_SQL["unseen_keys"], UnseenKeyRow)
    for row in unseen:
        await revoke_api_key(run, key_id=row.id)


def _world(instant: datetime) -> dict[str, Any]:
    """Let the shipped world begin where our clock does."""
    shipped = files("pspsim").joinpath("worlds", f"{WORLD}.json").read_text("utf-8")
    world: dict[str, Any] = json.loads(shipped)
    return world | {"clock": instant.isoformat()}


def _names(given: Sequence[str]) -> list[str]:
    for name in given:
        if not 0 < len(name) <= PRINCIPAL_MAX or not name.isprintable() or name != name.strip():
            raise CommandFailed(f"{name!r} is no name", hint="such as shop; printable characters")
    if len(set(given)) < len(given):
        raise CommandFailed("a name is given twice", hint="each name once")
    return list(given)
