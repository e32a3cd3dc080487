"""Publish the data sets of a demo, where what computes them is installed."""

import importlib
import time
from collections.abc import Callable

from ledgerline.base.run import Run
from ledgerline.cli import output
from ledgerline.cli.demo_report import step
from ledgerline.cli.place import Place


async def publish_datasets(
    run: Run, place: Place, database_url: str, tell: Callable[[str], None]
) -> None:
    """Export what there is, release every table that ties to the ledger, and write its pages."""
    started = time.monotonic()
    try:
        work = importlib.import_module("ledgerline.cli.datasets_work")
    except ModuleNotFoundError as missing:
        if missing.name is None or missing.name.startswith("ledgerline"):
            raise
        output.say(f"no data sets: they need {missing.name}, which `ledgerline[data]` brings")
        return
    built = await work.publish(await run.at_clock(), place.lake, database_url, tell)
    if built["release"] is not None:
        rows = sum(built["built"].values())
        step(f"{len(built['built'])} tables of {rows:,} rows tie to the ledger", started)
        started = time.monotonic()
        page = await work.pages(run, place, database_url, tell)
        step(f"report {page}", started)
