"""``ledgerline ml``."""

import getpass
import json
from pathlib import Path
from typing import Annotated, Final

import typer

from ledgerline.cli import (
    ml_cards,
    ml_churn,
    ml_drift,
    ml_fees,
    ml_looks,
    ml_replay,
    ml_train,
    ml_versions,
    output,
    program,
)
from ledgerline.cli.ml_files import of_one_value, text_of
from ledgerline.cli.ml_steps import DRY_RUN, MODEL, Said, amounts, step
from ledgerline.cli.program import Program
from ledgerline.cli.settings import CommandFailed
from ledgerline.flows.load_retry_model import Artefact, artefact_of, load_retry_model
from ledgerline.flows.lower_model import Lowered, lower_model
from ledgerline.flows.promote_model import Wanted
from ledgerline.flows.read_models import Models, Told, read_models
from ledgerline.payments.refusals import ModelNotSwitched
from ledgerline.payments.rows.learning import LoadedRow, SwitchRow
from ledgerline.payments.rules.comparing import told
from ledgerline.payments.rules.faults import summed
from ledgerline.payments.rules.promotion import Replayed
from ledgerline.payments.scores import Kind, Mode

app: Final = typer.Typer(no_args_is_help=True)
app.command()(ml_train.train)
app.command()(ml_churn.score)
app.command()(ml_fees.claims)
app.command()(ml_looks.evaluate)
app.command()(ml_cards.card)
app.command("replay")(ml_replay.replay_decision)
app.command()(ml_drift.drift)
app.command()(ml_versions.versions)


@app.callback()
def ml() -> None:
    """Say how far models may decide, and look at what they know."""


@app.command()
def switch(  # noqa: PLR0913 - each is an option of the command line
    context: typer.Context,
    mode: Annotated[Mode, typer.Argument(help="How far the model may decide.")],
    *,
    model: Annotated[Kind, MODEL] = Kind.ROUTING,
    seller: Annotated[str, typer.Option(help="Whose charges.")],
    reason: Annotated[str, typer.Option(help="Why.")],
    percent: Annotated[
        int | None, typer.Option(help="Of how many customers, for a canary: 1, 5 or 25.")
    ] = None,
    explore_below: Annotated[
        list[str] | None,
        typer.Option(help="EUR=50000: below which minor units a model may try something out."),
    ] = None,
    by: Annotated[
        str | None, typer.Option("--as", help="Who decides; your login unless given.")
    ] = None,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Let a model decide less from now on; every change is kept.

    Up it goes by `ledgerline ml shadow` and `promote`, a step at a time.
    """
    to = Lowered(
        kind=model,
        seller_code=seller,
        mode=mode,
        percent=percent,
        explore_below=None if explore_below is None else amounts(explore_below),
    )
    row = program.wait(
        _switch(program.of(context), to, changed_by=by or getpass.getuser(), reason=reason)
    )
    output.show(_shown(row), as_json=as_json)


@app.command()
def shadow(  # noqa: PLR0913 - each is an option of the command line
    context: typer.Context,
    *,
    model: Annotated[Kind, MODEL] = Kind.ROUTING,
    seller: Annotated[str, typer.Option(help="Whose charges.")],
    reason: Annotated[str, typer.Option(help="Why.")],
    explore_below: Annotated[
        list[str] | None,
        typer.Option(help="EUR=50000: below which minor units a model may try something out."),
    ] = None,
    by: Annotated[
        str | None, typer.Option("--as", help="Who decides; your login unless given.")
    ] = None,
    anyway: Annotated[bool, typer.Option(help="Although a condition is not met.")] = False,
    dry_run: Annotated[bool, DRY_RUN] = False,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Let a model be asked, and write down what it would have chosen: rules decide."""
    below = None if explore_below is None else amounts(explore_below)
    said = Said(by or getpass.getuser(), reason, anyway, dry_run)
    wanted = Wanted(model, seller, Replayed(0, 0), below)
    step(program.of(context), wanted, said, only=Mode.SHADOW, as_json=as_json)


@app.command()
def promote(  # noqa: PLR0913 - each is an option of the command line
    context: typer.Context,
    *,
    model: Annotated[Kind, MODEL] = Kind.ROUTING,
    seller: Annotated[str, typer.Option(help="Whose charges.")],
    reason: Annotated[str, typer.Option(help="Why.")],
    by: Annotated[
        str | None, typer.Option("--as", help="Who decides; your login unless given.")
    ] = None,
    anyway: Annotated[
        bool, typer.Option(help="Although a condition is not met: who, why and which is kept.")
    ] = False,
    dry_run: Annotated[bool, DRY_RUN] = False,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Let a model decide one step more: shadow, canary of 1, 5 and 25 %, on (95 %).

    Each step has conditions; what was found of each is listed. Nothing changes while one is not
    met, unless `--anyway`.
    """
    said = Said(by or getpass.getuser(), reason, anyway, dry_run)
    step(program.of(context), Wanted(model, seller, Replayed(0, 0)), said, as_json=as_json)


@app.command()
def load(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="What `ledgerline ml train` wrote.")],
    *,
    reason: Annotated[str, typer.Option(help="Why.")],
    by: Annotated[
        str | None, typer.Option("--as", help="Who decides; your login unless given.")
    ] = None,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Load a table of retry timing as the next version; how far it decides is a switch."""
    artefact = artefact_of(text_of(file, wrote="train retry"))
    row = program.wait(
        _load(program.of(context), artefact, by=by or getpass.getuser(), reason=reason)
    )
    output.show(_loaded(row), as_json=as_json)


@app.command()
def show(context: typer.Context, *, as_json: Annotated[bool, output.JSON] = False) -> None:
    """Show how far models may decide, how fresh they are, and where they were not believed."""
    found, simulated = program.wait(_show(program.of(context)))
    switches = [_shown(row) for row in found.switches]
    router = None if found.router is None else found.router._asdict()
    timing = None if found.timing is None else _loaded(found.timing)
    faults = [row._asdict() for row in found.faults]
    both = [_compared(one) for one in found.compared]
    if as_json:
        output.print_json(
            {
                "simulated": simulated,
                "switches": switches,
                "counted": router,
                "timing": timing,
                "compared": both,
                "not_believed": faults,
            }
        )
        return
    output.show({"simulated": simulated}, as_json=False)
    output.show_rows(switches, as_json=False, title="\nswitches")
    output.show_rows([] if router is None else [router], as_json=False, title="\ncounted")
    output.show_rows([] if timing is None else [timing], as_json=False, title="\nretry timing")
    said = [{name: one[name] for name in ("kind", "seller_code", "said")} for one in both]
    output.show_rows(said, as_json=False, title="\ncompared")
    few = [one._asdict() for one in summed(found.faults)]
    output.show_rows(few, as_json=False, title="\nnot believed")


def _shown(row: SwitchRow) -> dict[str, object]:
    unmet = json.loads(row.unmet)
    return {**row._asdict(), "explore_below": json.loads(row.explore_below), "unmet": unmet}


def _compared(one: Told) -> dict[str, object]:
    arms = (("acted", one.both.acted), ("held_out", one.both.held_out))
    return {
        "kind": one.kind.value,
        "seller_code": one.seller_code,
        **{name: None if arm is None else {"tries": arm.tries, "good": arm.good}
           for name, arm in arms},
        "loss": None if one.both.loss is None else one.both.loss._asdict(),
        "said": told(one.kind, one.both),
    }  # fmt: skip


def _loaded(row: LoadedRow) -> dict[str, object]:
    return {**row._asdict(), "metrics": of_one_value(json.loads(row.metrics))}


async def _switch(of: Program, to: Lowered, *, changed_by: str, reason: str) -> SwitchRow:
    async with of.open() as running:
        here = await running.run.at_clock()
        try:
            return await lower_model(here, to, changed_by=changed_by, reason=reason)
        except ModelNotSwitched as refused:
            if refused.facts.get("reason") != "up":
                raise
            raise CommandFailed(
                refused.detail, hint="`ledgerline ml shadow`, then `ledgerline ml promote`"
            ) from refused


async def _load(of: Program, artefact: Artefact, *, by: str, reason: str) -> LoadedRow:
    async with of.open() as running:
        here = await running.run.at_clock()
        return await load_retry_model(here, artefact, loaded_by=by, reason=reason)


async def _show(of: Program) -> tuple[Models, bool]:
    """Read what is known of models, and whether all of it is of a sandbox."""
    async with of.open() as running:
        environment = await running.run.environment()
        return await read_models(running.run), environment.kind == "sandbox"
