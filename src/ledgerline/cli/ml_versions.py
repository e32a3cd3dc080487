"""``ledgerline ml versions``: the versions of all kinds of models."""

from collections.abc import Sequence
from typing import Annotated

import typer

from ledgerline.cli import output, program
from ledgerline.cli.program import Program
from ledgerline.flows.read_model_versions import read_model_versions
from ledgerline.payments.rules.versions import Version


def versions(context: typer.Context, *, as_json: Annotated[bool, output.JSON] = False) -> None:
    """List the versions of all models: of what each was made, by which code, and its state.

    Of routing, which learns all the time, it is the newest state of each code that made any.
    """
    found = program.wait(_read(program.of(context)))
    if as_json:
        output.print_json([one._asdict() for one in found])
        return
    output.show_rows([_line(one) for one in found], as_json=False)


async def _read(of: Program) -> Sequence[Version]:
    async with of.open() as running:
        return await read_model_versions(running.run)


def _line(one: Version) -> dict[str, object]:
    return {
        "model": one.kind,
        "version": one.version,
        "state": one.state,
        "known_up_to": one.known,
        "code": one.code or "",
        "sha256": one.sha256[:12],
        "since": one.since,
        "by": one.loaded_by or "",
    }
