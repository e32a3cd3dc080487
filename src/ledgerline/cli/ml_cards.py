"""``ledgerline ml card``: the page of a model."""

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from ledgerline.cli import output, program
from ledgerline.cli.datasets_upkeep import heavy
from ledgerline.cli.ml_files import text_of
from ledgerline.cli.ml_train import released_of
from ledgerline.cli.program import Program
from ledgerline.cli.settings import CommandFailed
from ledgerline.flows.load_retry_model import artefact_of
from ledgerline.flows.read_calibration import read_calibration
from ledgerline.flows.read_models import Models, read_models
from ledgerline.payments import views
from ledgerline.payments.rules.comparing import told
from ledgerline.payments.scores import Kind
from ledgerline.report.timing_card import TimingCarded, write_timing_card

_WORK: Final = "ledgerline.cli.ml_work"
_OF_FILES: Final = {
    "churn": "ledgerline.cli.ml_churn_work",
    "fees": "ledgerline.cli.ml_fees_work",
}


class Carded(StrEnum):
    """Of what there is a card."""

    ROUTING = "routing"
    RETRY = "retry"
    CHURN = "churn"
    FEES = "fees"


_MODEL: Final[Any] = typer.Argument(
    help="routing: the model in use; retry: the table that is loaded, or a file; others: a file."
)


def card(
    context: typer.Context,
    model: Annotated[Carded, _MODEL] = Carded.ROUTING,
    *,
    file: Annotated[Path | None, typer.Option(help="What `ledgerline ml train` wrote.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="The folder; an earlier card in it is replaced.")
    ] = None,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Write the card of a model as a page: what it knows, how it does, what bounds it."""
    of = program.of(context)
    name = "model-card" if model is Carded.ROUTING else f"{model}-card"
    folder = (of.place.folder / name if out is None else out).resolve()
    if (module := _OF_FILES.get(model)) is not None:
        text = text_of(file, wrote=f"train {model}")
        output.show(heavy(module).card(text, folder), as_json=as_json)
        return
    if model is Carded.RETRY:
        carded = program.wait(_timing(of, file))
        output.show(_written(carded, folder), as_json=as_json)
        return
    if file is not None:
        raise CommandFailed(
            "the model of routing is no file", hint="`ledgerline ml card` writes the one in use"
        )
    released, simulated = program.wait(released_of(of))
    work = heavy(_WORK)
    state = program.wait(_state(of, work))
    output.show(work.card(of, released, state, out=folder, simulated=simulated), as_json=as_json)


async def _state(of: Program, work: Any) -> Any:
    async with of.open() as running:
        models = await read_models(running.run)
        believed = await read_calibration(await running.run.at_clock())
        async with running.run.reading() as read:
            snapshot = await views.router_state(read, tick=None)
    if snapshot is None:
        raise CommandFailed(
            "the model of routing has kept no state yet",
            hint="`ledgerline ml shadow` lets it be asked, `ledgerline work` lets it learn",
        )
    switches, faults = models.of(Kind.ROUTING)
    return work.State(snapshot, switches, faults, tuple(believed[Kind.ROUTING]))


async def _timing(of: Program, file: Path | None) -> TimingCarded:
    """Read what the card of a file is made of, or that of the table that was loaded last."""
    async with of.open() as running:
        environment = await running.run.environment()
        simulated = environment.kind == "sandbox"
        if file is not None:
            return _of_file(text_of(file, wrote="train retry"), simulated=simulated)
        models = await read_models(running.run)
        weeks = await read_calibration(await running.run.at_clock())
        loaded = models.timing
        if loaded is None:
            raise CommandFailed(
                "no table of retry timing is loaded",
                hint="`ledgerline ml card retry --file` shows what `ledgerline ml train` wrote",
            )
        async with running.run.reading() as read:
            table = await views.retry_table(read, version=loaded.version)
    assert table is not None
    switches, faults = models.of(Kind.RETRY)
    return TimingCarded(
        body=table.body,
        sha256=loaded.sha256,
        trained_at=loaded.trained_at,
        metrics=json.loads(loaded.metrics),
        loaded=loaded,
        switches=switches,
        faults=faults,
        weeks=weeks[Kind.RETRY],
        told=_told(models),
        simulated=simulated,
    )


def _of_file(text: str, *, simulated: bool) -> TimingCarded:
    new = artefact_of(text)
    return TimingCarded(
        body=new.body,
        sha256=new.sha256,
        trained_at=new.trained_at,
        metrics=new.metrics,
        loaded=None,
        switches=(),
        faults=(),
        weeks=(),
        told=(),
        simulated=bool(new.metrics.get("simulated", simulated)),
    )


def _told(models: Models) -> list[tuple[str, str]]:
    both = [one for one in models.compared if one.kind is Kind.RETRY]
    return [(one.seller_code, told(one.kind, one.both)) for one in both]


def _written(carded: TimingCarded, folder: Path) -> dict[str, object]:
    loaded = carded.loaded
    return {
        "page": write_timing_card(carded, folder).as_uri(),
        "version": None if loaded is None else loaded.version,
        "sha256": carded.sha256,
        "simulated": carded.simulated,
    }
