"""What a demo prints: a live line on the way, a summary at the end."""

import time
from collections.abc import Mapping, Sequence
from typing import Final, Self

from rich.console import Console
from rich.live import Live
from rich.text import Text

from ledgerline.cli import output
from ledgerline.cli.figures import BalanceRow, Figures
from ledgerline.cli.simulation import Tick

LINE_SECONDS: Final = 2.0


class ProgressLine:
    """One line about where the simulation is: live on a terminal, else one every two seconds."""

    def __init__(self) -> None:
        """Write to standard error, so that standard output holds only the result."""
        self._console = Console(stderr=True)
        self._live = Live(console=self._console, refresh_per_second=8, transient=False)
        self._said = time.monotonic()

    def __enter__(self) -> Self:
        """Begin to show."""
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(self, *_failure: object) -> None:
        """Leave the last line standing."""
        if self._console.is_terminal:
            self._live.stop()

    def show(self, tick: Tick) -> None:
        """Show one tick."""
        rate = 1000 * tick.succeeded // tick.tried if tick.tried else 0
        line = (
            f"{tick.instant.date()}  {tick.joined:,} joined  {tick.invoiced:,} renewals  "
            f"{rate // 10}.{rate % 10} % authorised"
        )
        if self._console.is_terminal:
            self._live.update(Text(line))
        elif time.monotonic() - self._said >= LINE_SECONDS:
            self._said = time.monotonic()
            output.say(line)


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
