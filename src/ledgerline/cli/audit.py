"""``ledgerline audit``."""

from collections.abc import Callable
from typing import Annotated, Final

import typer

from ledgerline.cli import output, program, proof
from ledgerline.cli.program import Program
from ledgerline.cli.proof import Proof

app: Final = typer.Typer()


@app.command()
def audit(
    context: typer.Context,
    against_psp: Annotated[
        str | None, typer.Option(metavar="CONTROL_URL", help="Compare the simulator's book too.")
    ] = None,
    *,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Prove the invariants on the data; exit 3 when one is broken."""
    with output.progress(as_json=as_json) as tell:
        proven = program.wait(_prove(program.of(context), against_psp, tell))
    if as_json:
        output.print_json(proven.as_json())
    else:
        proof.print_problems(proven)
        output.say(proven.sentence)
    if proven.is_broken:
        raise typer.Exit(output.FOUND_PROBLEMS)


async def _prove(of: Program, control_url: str | None, tell: Callable[[str], None]) -> Proof:
    async with of.open() as running:
        return await proof.prove(running.run, control_url=control_url, tell=tell)
