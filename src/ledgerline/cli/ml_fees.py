"""``ledgerline ml claims``, and what is read for contracts of fees."""

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any, Final, NamedTuple

import typer

from ledgerline.base.run import Run
from ledgerline.base.statements import statements
from ledgerline.cli import output, program
from ledgerline.cli.datasets_upkeep import heavy
from ledgerline.cli.program import Program
from ledgerline.flows.check_seller import check_seller
from ledgerline.flows.read_release import read_release
from ledgerline.flows.read_routing import read_routing
from ledgerline.payments.rules.routing import Policy
from ledgerline.releases.rows import ReleaseRow

_SQL: Final = statements(__name__)
_WORK: Final = "ledgerline.cli.ml_fees_work"
SELLER: Final[Any] = typer.Option(help="Whose charges; all unless given.")


class LoadedFeesRow(NamedTuple):
    """The fees of a version of the routing rules, as JSON."""

    version: int
    fees: str | None
    loaded_at: datetime


class Known(NamedTuple):
    """What is known beside the lines: the release, the rules in force, and when fees changed.

    ``announced`` holds days by account and currency. All of it is ``simulated`` in a sandbox.
    """

    released: ReleaseRow
    policy: Policy
    announced: dict[tuple[str, str], frozenset[date]]
    simulated: bool


def claims(
    context: typer.Context,
    *,
    seller: Annotated[str | None, SELLER] = None,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """List fees that are dearer than agreed, by the settlement lines of the current release.

    What was agreed is read out of the lines themselves: what accounts keep of like charges, and
    since when. Nothing is posted or written. Exit status 3 when there is any.
    """
    of = program.of(context)
    found = heavy(_WORK).claimed(of, program.wait(known(of, seller)), seller=seller)
    if as_json:
        output.print_json(found)
    else:
        rows = [_shown(one) for one in found.pop("claims")]
        output.show(found, as_json=False)
        output.show_rows(rows, as_json=False, title="\nclaims")
        found["claims"] = rows
    if found["claims"]:
        raise typer.Exit(output.FOUND_PROBLEMS)


async def known(of: Program, seller: str | None) -> Known:
    """Read the current release, the rules, and on which days people loaded other fees.

    Raises ``UnknownSeller`` where a seller is asked about that there is not.
    """
    async with of.open() as running:
        await check_seller(running.run, seller)
        released = (await read_release(running.run)).current
        policy, _ = await read_routing(running.run)
        environment = await running.run.environment()
        return Known(
            released=released,
            policy=policy,
            announced=announced(await _loaded(running.run)),
            simulated=environment.kind == "sandbox",
        )


async def _loaded(run: Run) -> list[LoadedFeesRow]:
    async with run.reading() as read:
        return await read.rows(_SQL["loaded_fees"], LoadedFeesRow)


def announced(rows: Sequence[LoadedFeesRow]) -> dict[tuple[str, str], frozenset[date]]:
    """Say on which days (UTC) the fee of an account in a currency became another one.

    The first one that was loaded announces nothing: it says what was so already.
    """
    held: dict[tuple[str, str], Any] = {}
    days: dict[tuple[str, str], set[date]] = {}
    for row in sorted(rows, key=lambda one: one.version):
        for account, fees in json.loads(row.fees or "{}").items():
            for currency, fee in fees.items():
                key = (account, currency)
                if held.setdefault(key, fee) != fee:
                    days.setdefault(key, set()).add(row.loaded_at.date())
                held[key] = fee
    return {key: frozenset(of_key) for key, of_key in days.items()}


def _shown(claim: dict[str, Any]) -> dict[str, object]:
    cards = (claim[name] for name in ("brand", "funding", "region"))
    return {
        "account": claim["account"],
        "cards": " ".join(one for one in cards if one) or "not known",
        "currency": claim["currency"],
        "from": claim["since"],
        "to": claim["until"],
        "because": claim["because"],
        "lines": claim["count"],
        "charged_minor": claim["charged_minor"],
        "expected_minor": claim["expected_minor"],
        "over_minor": claim["over_minor"],
    }
