"""Valid rows of what is learned, and rows that break its checks."""

from datetime import UTC, date, datetime
from typing import Any, Final

_NOON: Final = datetime(2026, 7, 1, 12, tzinfo=UTC)
_OF: Final = {"market": "DE", "region": "", "brand": "visa payer", "funding": ""}
LEARNING_ROWS: Final[dict[str, dict[str, Any]]] = {
    "model_switch": {
        "kind": "routing", "seller_code": "acme", "no": 1, "mode": "shadow", "percent": 0,
        "explore_below": '{"EUR": 50000}', "changed_by": "me", "reason": "to look",
        "changed_at": _NOON, "unmet": "[]",
    },
    "retry_model": {
        "version": 1, "body": "{}", "sha256": "0" * 64, "metrics": "{}", "trained_at": _NOON,
        "loaded_at": _NOON, "loaded_by": "me", "reason": "to look",
    },
    "router_cursor": {
        "kind": "routing", "tick": 1, "upto": 3, "tick_from": 2, "window_from": 1,
        "counted_at": _NOON,
    },
    "router_delta": {
        "upto": 3, **_OF, "psp_account": "aster", "is_burst": False, "tick": 1, "tries": 2,
        "approved": 1,
    },
    "router_share": {"tick": 1, **_OF, "psp_account": "aster", "ppm": 1_000_000},
    "router_snapshot": {
        "tick": 1, "upto": 3, "body": "{}", "taken_at": _NOON, "sha256": "0" * 64,
        "code_version": "0a1b2c",
    },
    "model_tally": {
        "kind": "routing", "seller_code": "acme", "no": 1, "version": 0, "acts": True, "cell": 1,
        "tries": 2, "good": 1,
    },
    "model_belief": {
        "kind": "routing", "week": date(2026, 6, 29), "tenth": 8, "tries": 2,
        "believed": 1_700_000, "good": 1,
    },
    "model_feature": {
        "kind": "routing", "day": _NOON.date(), "feature": "market", "level": "DE", "decisions": 1,
    },
    "model_fault": {
        "kind": "routing", "tick": 1, "seller_code": "acme", "why": "stale", "decisions": 1,
        "seen_at": _NOON,
    },
}  # fmt: skip
