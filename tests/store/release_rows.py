"""One valid row of the tables of releases."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, Final
from uuid import UUID

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
        "restated": [],
        "made_at": _NOON,
        "tables": "{}",
        "checks": "[]",
    },
    "dataset_headline": {"release_no": 1, "body": "{}"},
    "dataset_close": {
        "month": date(2026, 6, 1),
        "no": 1,
        "release_no": 1,
        "actor": "finance",
        "closed_at": _NOON,
    },
    "dataset_retired_release": {"release_no": 1, "retired_at": _NOON},
    "dataset_retired_interval": {"interval_no": 1, "retired_at": _NOON},
    "dataset_lease": {
        "name": "lake",
        "token": UUID(int=1),
        "holder": "host 7",
        "taken_at": _NOON,
        "expires_at": _NOON,
    },
    "dataset_run": {
        "no": 1,
        "holder": "host 7",
        "began_at": _NOON,
        "ended_at": _NOON,
        "outcome": "released",
        "said": "",
        "release_no": 1,
        "next_at": None,
    },
}
