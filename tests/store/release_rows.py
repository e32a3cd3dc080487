"""One valid row of the tables of releases."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, Final

_NOON: Final = datetime(2026, 7, 1, 12, tzinfo=UTC)

RELEASES: Final[Mapping[str, Mapping[str, Any]]] = {
    "dataset_interval": {
        "no": 1,
        "epoch": "7/1",
        "since": 3,
        "until": 9,
        "read_at": _NOON,
        "extracts": "{}",
    },
    "dataset_release": {
        "no": 1,
        "interval_no": 1,
        "business_day": date(2026, 7, 1),
        "code_version": "c0de",
        "engine": "duckdb",
        "reason": "new intervals",
        "actor": "system",
        "made_at": _NOON,
        "tables": "{}",
        "checks": "[]",
    },
}
