"""What ``ledgerline ml train`` does."""

import json
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

from ledgerline.cli.datasets_lake import lake_of
from ledgerline.cli.ml_files import of_one_value
from ledgerline.cli.program import Program
from ledgerline.cli.settings import CommandFailed
from ledgerline.ml.train.churn import FAMILIES, TooFewEnds, Trained, train_head
from ledgerline.ml.train.churn_artefact import artefact_of, written
from ledgerline.ml.train.churn_released import Known, mature, read_renewals, split_of
from ledgerline.ml.train.released import as_of, read_tries
from ledgerline.ml.train.timing import TooFewRows, artefact, train
from ledgerline.releases.rows import ReleaseRow

_SHOWN: Final = (
    "rows", "ends", "ece_ppm", "ece_of_chance_ppm", "auc_ppm", "auc_low_ppm", "auc_high_ppm",
)  # fmt: skip


def train_retry(
    of: Program, released: ReleaseRow, out: Path, *, seller: str | None, simulated: bool
) -> dict[str, Any]:
    """Train on the tries of a release, and write the artefact."""
    read = read_tries(lake_of(of), released, seller=seller)
    try:
        trained = train(read.rows)
    except TooFewRows as few:
        raise CommandFailed(
            f"the log of release {released.no} is too small: {few}",
            hint="tries count 28 days after they were decided, once their end is known",
        ) from few
    told = {
        "release": released.no,
        "interval": released.interval_no,
        "since": str(read.since),
        "until": str(read.until),
        "seller": seller,
        "code": released.code_version,
        "simulated": simulated,
    }
    text = artefact(trained, trained_at=as_of(released), told=told)
    _write(out, text)
    written: dict[str, Any] = json.loads(text)
    return {"file": str(out), "sha256": written["sha256"], **of_one_value(written["metrics"])}


def train_churn(
    of: Program, released: ReleaseRow, out: Path, *, seller: str | None, simulated: bool
) -> dict[str, Any]:
    """Train on the renewals of a release, each way to leave by itself, and write the artefact.

    Ways that too few left by are left out, and named.
    """
    known = read_renewals(lake_of(of), released, mature(released, seller=seller))
    trained, left_out = _heads(known, released)
    decided = known.renewals.decided_on
    told = {
        "release": released.no,
        "since": str(date.fromordinal(int(decided.min()))),
        "until": str(date.fromordinal(int(decided.max()))),
        "seller": seller,
        "code": released.code_version,
        "renewals": len(decided),
        "simulated": simulated,
        "left_out": left_out,
    }
    text = written(trained, trained_at=as_of(released), told=told)
    _write(out, text)
    found = artefact_of(text)
    return {"file": str(out), "sha256": found.sha256, **told, **dict(_lines(found.metrics))}


def _heads(known: Known, released: ReleaseRow) -> tuple[dict[str, Trained], dict[str, str]]:
    """Train what can be; raises ``CommandFailed`` where nothing can."""
    trained, left_out = dict[str, Trained](), dict[str, str]()
    try:
        split = split_of(known)
        for name in FAMILIES:
            try:
                trained[name] = train_head(name, split)
            except TooFewEnds as few:
                left_out[name] = str(few)
        _any_of(trained, left_out)
    except TooFewEnds as few:
        raise CommandFailed(
            f"release {released.no} tells too little of who leaves: {few}",
            hint="renewals count 38 days after they were asked about, once it is known who left",
        ) from few
    return trained, left_out


def _any_of(trained: Mapping[str, Trained], left_out: Mapping[str, str]) -> None:
    if not trained:
        raise TooFewEnds("; ".join(left_out.values()))


def _lines(metrics: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    """Lay what was measured out by name: how far off, how much of the order is right, by chance."""
    for name, one in metrics.items():
        for what in _SHOWN:
            yield f"{name}_{what}", one["model"][what]


def _write(out: Path, text: str) -> None:
    try:
        out.write_text(text, "utf-8")
    except OSError as failure:
        raise CommandFailed(
            f"{out}: {failure.strerror}", hint="name a file that can be written"
        ) from failure
