"""What ``ledgerline ml score churn`` and ``ledgerline ml card churn`` compute."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from ledgerline.base.ids import PREFIXES, encode
from ledgerline.cli.datasets_lake import lake_of
from ledgerline.cli.program import Program
from ledgerline.cli.settings import CommandFailed
from ledgerline.ml.train.churn_artefact import (
    Artefact,
    NoArtefact,
    artefact_of,
    reasons,
    scored,
    silent_of,
)
from ledgerline.ml.train.churn_released import Known, ahead, read_renewals
from ledgerline.ml.train.renewals import facts_of
from ledgerline.releases.rows import ReleaseRow
from ledgerline.report.churn_card import write_churn_card

Shown = dict[str, Any]
_HINT: Final = "name what `ledgerline ml train churn` wrote"


def score(
    of: Program, released: ReleaseRow, text: str, *, seller: str | None, simulated: bool
) -> Shown:
    """Score the renewals that are ahead of a release, the likeliest to leave first."""
    artefact = _artefact(text)
    if (whose := artefact.trained_on["seller"]) not in {None, seller}:
        raise CommandFailed(
            f"the artefact was trained on customers of {whose}", hint=f"`--seller {whose}`"
        )
    known = read_renewals(lake_of(of), released, ahead(released, seller=seller))
    rows = sorted(
        _scores(artefact, known),
        key=lambda one: (-sum(one[f"{name}_ppm"] for name in artefact.heads), one["subscription"]),
    )
    return {
        "release": released.no,
        "sha256": artefact.sha256,
        "simulated": simulated,
        "says_nothing_of": _silent(artefact, known),
        "scores": rows,
    }


def card(text: str, folder: Path) -> Shown:
    """Write the card of an artefact."""
    artefact = _artefact(text)
    return {
        "page": write_churn_card(artefact, folder).as_uri(),
        "sha256": artefact.sha256,
        "simulated": artefact.trained_on["simulated"],
    }


def write_csv(rows: Sequence[Shown], out: Path) -> None:
    """Write scores as CSV; raises ``CommandFailed`` where the file cannot be written."""
    names = list(rows[0]) if rows else ["subscription"]
    try:
        with out.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, names)
            writer.writeheader()
            writer.writerows(rows)
    except OSError as failure:
        raise CommandFailed(
            f"{out}: {failure.strerror}", hint="name a file that can be written"
        ) from failure


def _scores(artefact: Artefact, known: Known) -> Iterator[Shown]:
    if not known.rows:
        return
    facts = facts_of(known.renewals)
    chances = {name: scored(head, facts) for name, head in artefact.heads.items()}
    because = {name: reasons(head, facts) for name, head in artefact.heads.items()}
    for no, row in enumerate(known.rows):
        yield {
            "subscription": encode(PREFIXES["subscription"], UUID(row["subscription_id"])),
            "customer": encode(PREFIXES["customer"], UUID(row["customer_id"])),
            "plan": row["plan_code"],
            "market": row["market_code"],
            "renews_on": row["renews_on"],
            **{f"{name}_ppm": int(ppm[no]) for name, ppm in chances.items()},
            **{f"{name}_because": said[no] for name, said in because.items()},
        }


def _silent(artefact: Artefact, known: Known) -> dict[str, list[str]]:
    if not known.rows:
        return {}
    facts = facts_of(known.renewals)
    found = {name: silent_of(head, facts) for name, head in artefact.heads.items()}
    return {name: words for name, words in found.items() if words}


def _artefact(text: str) -> Artefact:
    try:
        return artefact_of(text)
    except NoArtefact as wrong:
        raise CommandFailed(f"the artefact is not read: {wrong}", hint=_HINT) from wrong
