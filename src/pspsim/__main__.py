"""The command line: ``python -m pspsim serve`` and ``python -m pspsim world``."""

import argparse
import sys
from pathlib import Path

from pspsim.journal import JournalRefused
from pspsim.server import Options, serve
from pspsim.world import WorldRefused, load_world

REFUSED = 2
PORT_MAX = 65_535


def main(arguments: list[str]) -> int:
    """Run one command and return the exit status: 0 done, 2 refused."""
    options = _parser().parse_args(arguments)
    try:
        if options.command == "world":
            _check_world(options)
        else:
            _serve(options)
    except WorldRefused as refusal:
        _complain(*refusal.problems)
        return REFUSED
    except (JournalRefused, OSError) as refusal:
        _complain(str(refusal))
        return REFUSED
    return 0


def _serve(options: argparse.Namespace) -> None:
    serve(
        Options(
            world=load_world(options.world),
            seed=options.seed,
            state=options.state,
            host=options.host,
            port=options.port,
            control_port=options.control_port,
            exits_with_parent=options.exit_with_parent,
        )
    )


def _check_world(options: argparse.Namespace) -> None:
    world = load_world(options.check)
    providers = ", ".join(world.providers)
    sys.stdout.write(
        f"{world.name}: providers {providers}; {len(world.segments)} segments; no problems\n"
    )


def _complain(*problems: str) -> None:
    for problem in problems:
        sys.stderr.write(f"pspsim: {problem}\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="pspsim", description="Simulated payment providers.")
    commands = parser.add_subparsers(dest="command", required=True)
    server = commands.add_parser("serve", help="serve the providers of a world")
    server.add_argument("--world", required=True, help="a file, or demo, calm or storm")
    server.add_argument("--seed", type=int, required=True, help="equal seeds, equal outcomes")
    server.add_argument("--port", type=_port, required=True, help="public port; 0: any free one")
    server.add_argument("--control-port", type=_port, required=True, help="0: any free one")
    server.add_argument("--state", type=Path, required=True, help="folder of the journal")
    server.add_argument("--host", default="127.0.0.1", help="address of both ports")
    server.add_argument(
        "--exit-with-parent", action="store_true", help="exit when standard input closes"
    )
    checker = commands.add_parser("world", help="look at a world file")
    checker.add_argument("--check", required=True, metavar="FILE", help="a file or shipped name")
    return parser


def _port(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and int(text) <= PORT_MAX):
        raise argparse.ArgumentTypeError(f"{text!r} is no port, 0 to {PORT_MAX}")
    return int(text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
