"""What ``ledgerline ml train`` does."""

import json
from pathlib import Path
from typing import Any

from ledgerline.cli.datasets_lake import lake_of
from ledgerline.cli.program import Program
from ledgerline.cli.settings import CommandFailed
from ledgerline.ml.train.released import read_tries
from ledgerline.ml.train.timing import TooFewRows, artefact, train
from ledgerline.releases.rows import ReleaseRow


def train_retry(
    of: Program, released: ReleaseRow, out: Path, *, seller: str | None
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
    }
    text = artefact(trained, trained_at=released.made_at, told=told)
    try:
        out.write_text(text)
    except OSError as failure:
        raise CommandFailed(
            f"{out}: {failure.strerror}", hint="name a file that can be written"
        ) from failure
    metrics: dict[str, Any] = json.loads(text)["metrics"]
    return {"file": str(out), "sha256": json.loads(text)["sha256"], **metrics}
