"""A provider that lies: an event it may sign, about a charge of another one."""

import json
import time
import urllib.error
import urllib.request
from importlib.resources import files
from typing import Any, Final

from pspsim.dialects.native import signature

FORGED: Final = "forged-"
_SECONDS_MAX: Final = 0.3


def forge_event(port: int, account: str, *, reference: str, amount: int, currency: str) -> bool:
    """Tell that a charge of ``account`` was declined, as another provider; say whether it came in.

    Nobody may be there to listen: processes are killed all the time.
    """
    providers = _providers()
    liar = next(name for name in sorted(providers) if name != account)
    event_id = f"{FORGED}{reference}"
    charge = {
        "id": f"ch_{reference}", "object": "charge", "reference": reference, "amount": amount,
        "currency": currency, "status": "declined", "final": True, "decline_code": "stolen_card",
    }  # fmt: skip
    body = json.dumps({"id": event_id, "type": "charge.declined", "data": charge}).encode()
    timestamp = time.time_ns() // 1_000_000_000
    secret = providers[liar]["webhook_secret"]
    asked = urllib.request.Request(
        f"http://127.0.0.1:{port}/v1/psp/{liar}/events",
        data=body,
        headers={
            "Content-Type": "application/json",
            "Webhook-Id": event_id,
            "Webhook-Timestamp": str(timestamp),
            "Webhook-Signature": signature(
                secret, event_id=event_id, timestamp=timestamp, body=body
            ),
        },
    )
    try:
        with urllib.request.urlopen(asked, timeout=_SECONDS_MAX) as reply:  # noqa: S310 - ours
            return bool(reply.status < 300)
    except (urllib.error.URLError, OSError):
        return False


def _providers() -> dict[str, Any]:
    world = json.loads(files("pspsim").joinpath("worlds/storm.json").read_text("utf-8"))
    providers: dict[str, Any] = world["providers"]
    return providers
