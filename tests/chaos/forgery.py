"""A provider that lies: an event it may sign, about a charge of another one."""

import json
import time
import urllib.error
import urllib.request
from typing import Final

from pspsim.dialects.native import signature
from tests.chaos.personalities import PERSONALITIES

LIAR: Final = "aster"  #: the one whose events are signed by the standard that is followed here
FORGED: Final = "forged-"
_SECONDS_MAX: Final = 0.3


def forge_event(port: int, *, reference: str, amount: int, currency: str) -> bool:
    """Tell that a charge of another provider was declined; say whether the event came in.

    Nobody may be there to listen: processes are killed all the time.
    """
    event_id = f"{FORGED}{reference}"
    charge = {
        "id": f"ch_{reference}", "object": "charge", "reference": reference, "amount": amount,
        "currency": currency, "status": "declined", "final": True, "decline_code": "stolen_card",
    }  # fmt: skip
    body = json.dumps({"id": event_id, "type": "charge.declined", "data": charge}).encode()
    timestamp = time.time_ns() // 1_000_000_000
    secret = PERSONALITIES[LIAR].webhook_secret
    asked = urllib.request.Request(
        f"http://127.0.0.1:{port}/v1/psp/{LIAR}/events",
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
