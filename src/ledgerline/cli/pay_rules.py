"""``ledgerline pay rules``."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from ledgerline.cli import output, program
from ledgerline.cli.program import Program
from ledgerline.cli.settings import CommandFailed
from ledgerline.flows.load_routing import body_of, load_routing
from ledgerline.flows.read_routing import read_routing
from ledgerline.payments.refusals import RoutingRefused
from ledgerline.payments.rules.routing import Policy
from ledgerline.rules.routing_file import RoutingFile, parse_routing

app: Final = typer.Typer(no_args_is_help=True)
FILE: Final[Any] = typer.Argument(help="Routing rules; docs/how-to/route-payments.md shows them.")


@app.callback()
def rules() -> None:
    """Load and look at the rules by which charges go to merchant accounts."""


@app.command()
def load(
    context: typer.Context,
    file: Annotated[Path, FILE],
    *,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Let rules hold from now on, in every process; nothing changes if one of them is wrong."""
    held, new = _load(program.of(context), file, dry_run=False)
    shown = {"version": new.version, "rules": len(new.rules), "changed": new is not held}
    output.show(shown, as_json=as_json)


@app.command()
def diff(
    context: typer.Context,
    file: Annotated[Path, FILE],
    *,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Say what `load` would change, and change nothing."""
    held, new = _load(program.of(context), file, dry_run=True)
    rows = list(_changes(plain(held), plain(new)))
    output.show_rows(rows, as_json=as_json, title="changes")


@app.command()
def show(context: typer.Context) -> None:
    """Print the rules that hold, as JSON."""
    policy, _ = program.wait(_read(program.of(context)))
    output.print_json({"version": policy.version, **plain(policy)})


def _load(of: Program, file: Path, *, dry_run: bool) -> tuple[Policy, Policy]:
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandFailed(f"{file}: {error}", hint="a readable UTF-8 file") from error
    lines: Mapping[str, int] = {}
    try:
        parsed = parse_routing(text)
        lines = parsed.lines
        return program.wait(_put(of, parsed, dry_run=dry_run))
    except RoutingRefused as refusal:
        raise _refused(file.name, refusal.facts["findings"], lines) from refusal


async def _put(of: Program, parsed: RoutingFile, *, dry_run: bool) -> tuple[Policy, Policy]:
    async with of.open() as running:
        run = await running.run.at_clock()
        return await load_routing(run, parsed.policy, dry_run=dry_run)


async def _read(of: Program) -> tuple[Policy, dict[str, str]]:
    async with of.open() as running:
        return await read_routing(running.run)


def plain(policy: Policy) -> dict[str, Any]:
    """Return a policy as plain values, without what a rule does not say."""
    found: dict[str, Any] = _said(json.loads(body_of(policy)))
    return found


def _said(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _said(part) for name, part in value.items() if part is not None}
    return [_said(part) for part in value] if isinstance(value, list) else value


def _changes(held: Mapping[str, Any], new: Mapping[str, Any]) -> Sequence[dict[str, object]]:
    """List what is added, removed or changed: of the rules by name and place, then the rest."""
    before = {one["name"]: [no, one] for no, one in enumerate(held["rules"])}
    after = {one["name"]: [no, one] for no, one in enumerate(new["rules"])}
    pairs = [(f"rule {name}", before.get(name), after.get(name)) for name in {**before, **after}]
    pairs += [(part, held[part], new[part]) for part in ("default", "fees")]
    return [
        {"what": what, "held": _cell(was), "new": _cell(becomes)}
        for what, was, becomes in pairs
        if was != becomes
    ]


def _cell(value: Any) -> str | None:
    return None if value is None else json.dumps(value, sort_keys=True)


def _refused(name: str, findings: Any, lines: Mapping[str, int]) -> CommandFailed:
    told = [
        f"  {name}:{one.get('line') or _line(one['pointer'], lines)}: {one['pointer']}:"
        f" {one['message']} ({one['code']})"
        for one in findings
    ]
    count = f"{len(told)} mistake{'s' if len(told) > 1 else ''}"
    return CommandFailed(
        "\n".join([f"{count}, nothing was loaded", *told]),
        hint="mend the lines above and load again",
    )


def _line(pointer: str, lines: Mapping[str, int]) -> int:
    """Find the line of a place: its own, or that of what it stands in."""
    while pointer and pointer not in lines:
        pointer = pointer.rpartition("/")[0]
    return lines.get(pointer, 1)
