"""``ledgerline login-link``: a way in for somebody who works at the console."""

import getpass
from typing import Annotated, Final

import typer

from ledgerline.cli import output, program
from ledgerline.cli.key_check import check_key
from ledgerline.cli.program import Program
from ledgerline.flows.make_sign_in_link import make_sign_in_link
from ledgerline.web.links import sign_in_path

app: Final = typer.Typer()


@app.command()
def login_link(
    context: typer.Context,
    *,
    person: Annotated[str, typer.Option(help="An e-mail address, or per_….")],
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Print a link that signs a person in once, within ten minutes."""
    of = program.of(context)
    path = program.wait(_make(of, person))
    demo = of.place.running()
    link = f"{'' if demo is None else demo.url}{path}"
    output.show({"person": person, "link": link}, as_json=as_json)
    below = "below the address of `ledgerline serve`; " if demo is None else ""
    output.say(f"{below}it opens once, within ten minutes")


async def _make(of: Program, person: str) -> str:
    async with of.open() as running:
        await check_key(running.run)
        run = await running.run.at_clock()
        secret = await make_sign_in_link(
            run, person, by=getpass.getuser(), route="ledgerline login-link"
        )
        return sign_in_path(secret)
