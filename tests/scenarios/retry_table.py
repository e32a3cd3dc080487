"""A table of retry timing as training writes it: it has tries at one o'clock, and soon."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from ledgerline.payments.rules.artefacts import digest, seal

FILE: Final = Path(__file__).with_name("retry_table.json")


def written(trained_at: datetime | None = None, **more: Any) -> str:
    """Return its artefact, with another table or day."""
    told = json.loads(FILE.read_text())
    table = told["table"] | more
    body = json.dumps(table, sort_keys=True, separators=(",", ":"))
    at = told["trained_at"] if trained_at is None else trained_at.isoformat()
    return sealed(table=table, sha256=digest(body), trained_at=at)


def sealed(**more: Any) -> str:
    """Return its artefact with anything else in it, as if training had written that."""
    told = json.loads(FILE.read_text()) | more
    return json.dumps(told | {"file_sha256": seal(told)})
