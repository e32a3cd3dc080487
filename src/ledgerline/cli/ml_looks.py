"""``ledgerline ml evaluate``: what a model is worth, by the log."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Annotated, Any, Final

import typer

from ledgerline.cli import output, program
from ledgerline.cli.datasets_upkeep import heavy
from ledgerline.cli.ml_train import released_of
from ledgerline.cli.settings import CommandFailed

_WORK: Final = "ledgerline.cli.ml_work"
_DAY: Final = ["%Y-%m-%d"]
Shown = dict[str, Any]


def evaluate(
    context: typer.Context,
    *,
    since: Annotated[datetime | None, typer.Option(formats=_DAY, help="First day.")] = None,
    until: Annotated[datetime | None, typer.Option(formats=_DAY, help="Last day.")] = None,
    seller: Annotated[str | None, typer.Option(help="Whose charges; all unless given.")] = None,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Say what the model and the rules would have earned, by the log of the current release.

    Shares of first tries that are approved, with 95 % intervals. Where the log cannot answer it
    says why and gives no number.
    """
    if since is not None and until is not None and since > until:
        raise CommandFailed(
            f"{_day(since)} is after {_day(until)}",
            hint="--since is the first day, --until the last",
        )
    of = program.of(context)
    released, simulated = program.wait(released_of(of, seller))
    work = heavy(_WORK)
    wanted = work.Wanted(_day(since), _day(until), seller)
    found = work.evaluate(of, released, wanted, simulated=simulated)
    if as_json:
        output.print_json(found)
        return
    policies = found.pop("policies")
    output.show(found, as_json=False)
    output.show_rows([line_of(one) for one in policies], as_json=False, title="\npolicies")
    found = [line for one in policies for line in segments_of(one)]
    output.show_rows(found, as_json=False, title="\nsegments that stand out")


def _day(at: datetime | None) -> date | None:
    return None if at is None else at.date()


def segments_of(one: Shown) -> Iterator[Shown]:
    """Name the segments in which a policy differs from what was logged, by more than chance."""
    for part in one.get("segments", ()):
        if part["stands_out"]:
            lead = " to ".join(
                f"{part[f'lead_{end}_ppm'] / 10_000:+.2f}" for end in ("low", "high")
            )
            yield {
                "policy": one["policy"],
                "segment": part["segment"],
                "against_logged": f"{part['lead_ppm'] / 10_000:+.2f} points ({lead})",
                "decisions": part["decisions"],
            }


def line_of(one: Shown) -> Shown:
    """Write a policy on one line: shares in per cent, or why there is none."""
    if one["refused"] is not None:
        return {"policy": one["policy"], "approved": "no answer", "against_logged": one["because"]}
    lead = " to ".join(f"{one[f'lead_{end}_ppm'] / 10_000:+.2f}" for end in ("low", "high"))
    approved = [f"{one[f'approved{end}_ppm'] / 10_000:.2f} %" for end in ("", "_low", "_high")]
    return {
        "policy": one["policy"],
        "approved": f"{approved[0]} ({approved[1]} to {approved[2]})",
        "against_logged": f"{one['lead_ppm'] / 10_000:+.2f} points ({lead}),"
        f" {one['effective_decisions']:,} decisions speak of it",
    }
