"""``ledgerline person``: who works at the console."""

import getpass
from typing import Annotated, Final

import typer

from ledgerline.access import views
from ledgerline.access.model import Role
from ledgerline.access.rules.people import actor_of
from ledgerline.base import money
from ledgerline.cli import output, program
from ledgerline.cli.program import Program
from ledgerline.flows.add_person import NewPerson, add_person
from ledgerline.flows.change_person import change_person
from ledgerline.flows.set_amount_limit import set_amount_limit

app: Final = typer.Typer(no_args_is_help=True)
Who = Annotated[str, typer.Argument(metavar="PERSON", help="An e-mail address, or per_….")]
_ROUTE: Final = "ledgerline person"


@app.callback()
def person() -> None:
    """Say who works at the console, and as what."""


@app.command()
def add(
    context: typer.Context,
    email: Annotated[str, typer.Argument(help="Nobody else here has it.")],
    *,
    name: Annotated[str, typer.Option(help="As colleagues see it.")],
    role: Annotated[Role, typer.Option(help="What they may do.")],
) -> None:
    """Let somebody work at the console; `ledgerline login-link` makes their way in."""
    of = program.of(context)
    program.wait(_add(of, NewPerson(email, name, role)))
    output.say(f"{email} may work at the console: {role.value}")


@app.command("list")
def list_people(context: typer.Context, *, as_json: Annotated[bool, output.JSON] = False) -> None:
    """List everybody who works at the console, or did."""
    rows = program.wait(_list(program.of(context)))
    output.show_rows(rows, as_json=as_json, title="people")


@app.command()
def role(context: typer.Context, person: Who, role: Role) -> None:
    """Say as what somebody works from now on; who was disabled works again."""
    program.wait(_change(program.of(context), person, role))
    output.say(f"{person} is {role.value}")


@app.command()
def disable(
    context: typer.Context, person: Who, *, yes: Annotated[bool, output.YES] = False
) -> None:
    """End all sessions of somebody, and let them in no more."""
    of = program.of(context)
    output.confirm(f"Disable {person}?", yes=yes)
    program.wait(_change(of, person, None))
    output.say(f"{person} works here no more")


@app.command()
def limit(
    context: typer.Context,
    role: Role,
    currency: Annotated[str, typer.Argument(help="Such as EUR.")],
    minor: Annotated[int, typer.Argument(min=0, help="In minor units: 8000 are 80.00 EUR.")],
) -> None:
    """Say how much a role gives back at once, alone, in a currency."""
    of = program.of(context)
    program.wait(_limit(of, role, money.Money(minor, money.currency(currency))))
    output.say(f"{role.value} gives back up to {minor} minor units of {currency} alone")


@app.command("limits")
def list_limits(context: typer.Context, *, as_json: Annotated[bool, output.JSON] = False) -> None:
    """List the limits that were set; where none was, it is the usual one of the role."""
    rows = program.wait(_limits(program.of(context)))
    output.show_rows(rows, as_json=as_json, title="limits")


async def _limit(of: Program, role: Role, limit: money.Money) -> None:
    async with of.open() as running:
        run = await running.run.at_clock()
        await set_amount_limit(run, role, limit, by=getpass.getuser(), route=f"{_ROUTE} limit")


async def _limits(of: Program) -> list[dict[str, object]]:
    async with of.open() as running, running.run.reading() as read:
        rows = await views.amount_limits(read)
    return [row._asdict() for row in rows]


async def _add(of: Program, new: NewPerson) -> None:
    async with of.open() as running:
        run = await running.run.at_clock()
        await add_person(run, new, by=getpass.getuser(), route=f"{_ROUTE} add")


async def _list(of: Program) -> list[dict[str, object]]:
    async with of.open() as running, running.run.reading() as read:
        rows = await views.people(read)
    return [{**row._asdict(), "id": actor_of(row.id)} for row in rows]


async def _change(of: Program, person: str, role: Role | None) -> None:
    async with of.open() as running:
        run = await running.run.at_clock()
        route = f"{_ROUTE} {'disable' if role is None else 'role'}"
        await change_person(run, person, role=role, by=getpass.getuser(), route=route)
