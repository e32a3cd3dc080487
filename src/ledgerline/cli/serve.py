"""``ledgerline serve``."""

import asyncio
import socket
from typing import Annotated, Final

import typer

from ledgerline.base.run import calm_collector
from ledgerline.cli import output, program
from ledgerline.cli.program import Program
from ledgerline.cli.settings import PORT_MAX, CommandFailed

app: Final = typer.Typer()
POOL_SIZE: Final = 8


@app.command()
def serve(
    context: typer.Context,
    host: Annotated[str | None, typer.Option(help="Default: LEDGERLINE_HOST.")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=PORT_MAX, help="Default: LEDGERLINE_PORT.")
    ] = None,
    *,
    with_worker: Annotated[
        bool, typer.Option("--with-worker", help="Work off what falls due as well.")
    ] = False,
) -> None:
    """Serve the API and the pages until SIGTERM or Ctrl-C."""
    of = program.of(context)
    listening = listen(host or of.settings.host, of.settings.port if port is None else port)
    with listening:
        program.wait(_serve(of, listening, with_worker=with_worker))


def listen(host: str, port: int) -> socket.socket:
    """Bind an address; 0 lets the system choose the port. Raises ``CommandFailed``."""
    try:
        return socket.create_server((host, port))
    except (OSError, UnicodeError) as error:
        why = getattr(error, "strerror", None) or "no such host"
        raise CommandFailed(f"{host}:{port}: {why}", hint="another --port") from error


async def _serve(of: Program, listening: socket.socket, *, with_worker: bool) -> None:
    stop = program.stopping()
    async with of.connect_paying(
        of.database_url(), size=POOL_SIZE, name="ledgerline serve"
    ) as running:
        calm_collector()
        host, port = listening.getsockname()[:2]
        output.say(f"Ledgerline serves at http://{host}:{port}")
        working = asyncio.create_task(of.work(running, jobs=(), stop=stop)) if with_worker else None
        await of.serve(running, listening=listening, stop=stop)
        stop.set()
        if working is not None:
            await working
