"""What a demo prints: lines on the way, a summary at the end."""

import time
from collections.abc import Mapping, Sequence
from typing import Final

from ledgerline.cli import output
from ledgerline.cli.demo_models import Compared, Learned, lines_of, sentence_of
from ledgerline.cli.demo_payments import PaymentStory
from ledgerline.cli.figures import BalanceRow, Figures
from ledgerline.cli.invocation import runnable
from ledgerline.cli.simulation import Tick

LOOK_FURTHER: Final = (
    "ledgerline exceptions list",
    "ledgerline reconcile breaks",
    "ledgerline pay route --market DE --currency EUR --amount 1199 --explain",
)


def line_of(tick: Tick) -> str:
    """Say in one line where the simulation is."""
    rate = 1000 * tick.succeeded // tick.tried if tick.tried else 0
    return (
        f"{tick.instant.date()}  {tick.joined:,} joined  {tick.invoiced:,} renewals  "
        f"{rate // 10}.{rate % 10} % authorised"
    )


def step(name: str, started: float, *, good: bool = True) -> None:
    """Print one finished step with its seconds at the right."""
    mark = "✓" if good else "✗"
    output.say(f"{mark} {name:<70} {time.monotonic() - started:6.1f} s")


def print_summary(figures: Figures) -> None:
    """Print the figures as tables."""
    console = output.console()
    for title, counts in (
        ("documents", figures.documents),
        ("subscriptions by state", figures.subscriptions),
        ("invoices by state", figures.invoices),
        ("payments", figures.payments),
    ):
        if counts:
            output.print_table([counts], title=f"\n{title}", to=console)
    providers = [{"provider": name, **row} for name, row in figures.providers.items()]
    for title, rows in (
        ("providers", providers),
        ("monthly recurring revenue, minor units", _by_month(figures.mrr_by_month)),
        ("trial balance, minor units", _balances(figures.trial_balance)),
    ):
        if rows:
            output.print_table(rows, title=f"\n{title}", to=console)


def print_story(story: PaymentStory) -> None:
    """Print how charges went to providers, what is explained, and how to look further."""
    console = output.console()
    for title, rows in (
        ("charges by routing rule", story.routes),
        ("while a provider failed", story.avoided),
        ("settlement files", story.settlement),
        ("exceptions", story.exceptions),
    ):
        if rows:
            output.print_table([row._asdict() for row in rows], title=f"\n{title}", to=console)
    console.print("\nlook further, while the demo serves")
    for command in LOOK_FURTHER:
        console.print(f"  {runnable(command)}", soft_wrap=True)


def print_learned(found: Learned) -> None:
    """Print what a model that decided did against those who were held out."""
    if found.approved is None:
        return
    console = output.console()
    title = "\nroutes chosen by a model, simulated"
    output.print_table(list(lines_of(found.approved)), title=title, to=console)
    console.print(sentence_of(found.approved))
    if found.recovered is None:
        ours, others = found.refused
        console.print(f"renewals refused meanwhile: {ours:,} by its routes, {others:,} held out")
        return
    title = "\nrefused renewals paid by now, simulated"
    lines = list(lines_of(found.recovered, "refused renewals", "recovered"))
    output.print_table(lines, title=title, to=console)
    console.print(sentence_of(found.recovered))


def plain(story: PaymentStory) -> dict[str, list[dict[str, object]]]:
    """Return a story as ``--json`` prints it."""
    return {name: [row._asdict() for row in rows] for name, rows in story._asdict().items()}


def plain_learned(found: Learned) -> dict[str, object]:
    """Return what a model did as ``--json`` prints it."""
    ours, others = found.refused
    return {
        "approved": _plain(found.approved),
        "recovered": _plain(found.recovered),
        "refused": {"model": ours, "held_out": others},
    }


def _plain(found: Compared | None) -> dict[str, object] | None:
    if found is None:
        return None
    sides = {"model": found.model._asdict(), "held_out": found.held_out._asdict()}
    return found._asdict() | sides


def _by_month(mrr: Mapping[str, Mapping[str, int]]) -> list[dict[str, object]]:
    currencies = sorted({currency for row in mrr.values() for currency in row})
    return [
        {"month": month, **{currency: row.get(currency, 0) for currency in currencies}}
        for month, row in mrr.items()
    ]


def _balances(rows: Sequence[BalanceRow]) -> list[dict[str, object]]:
    """One row a seller and currency, one column an account; each row sums to 0."""
    accounts = sorted({row.account for row in rows})
    table: dict[tuple[str, str], dict[str, object]] = {}
    for row in rows:
        entry = table.setdefault(
            (row.seller, row.currency),
            {"seller": row.seller, "currency": row.currency, **dict.fromkeys(accounts, 0)},
        )
        entry[row.account] = row.balance_minor
    return list(table.values())
