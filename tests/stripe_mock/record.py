"""Write down what stripe-mock says of every request: ``python -m tests.stripe_mock.record``."""

import asyncio
import json
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Final

from ledgerline.base.http import HttpClient
from ledgerline.payments.contract import PspRequest
from tests.stripe_mock.asked import ASKED, REFUSED, send
from tests.stripe_mock.server import SPEC, VERSION, stripe_mock

RECORD: Final = Path(__file__).with_name("verdicts.json")


def recorded() -> Any:
    """Read what was written."""
    return json.loads(RECORD.read_text("utf-8"))


def asked(request: PspRequest, status: int) -> dict[str, object]:
    """Put down one request, without its credentials, and the status that answered it."""
    headers = dict(request.headers)
    return {
        "request": f"{request.method} {request.path}",
        "headers": headers,
        "body": request.body.decode(),
        "status": status,
    }


async def verdicts(client: HttpClient, url: str) -> dict[str, dict[str, dict[str, object]]]:
    """Ask about every request, those that must be refused included."""

    async def each(requests: Mapping[str, PspRequest]) -> dict[str, dict[str, object]]:
        return {
            name: asked(request, (await send(client, url, request)).status)
            for name, request in requests.items()
        }

    return {"asked": await each(ASKED), "refused": await each(REFUSED)}


async def record() -> None:
    """Ask, and write the verdicts with the version and the day."""
    async with stripe_mock() as url, HttpClient() as client:
        answer = await send(client, url, ASKED["intent by its id"])
        told = {
            "stripe_mock": VERSION,
            "api_version": SPEC,
            "recorded_on": parsedate_to_datetime(answer.headers["date"]).date().isoformat(),
            **await verdicts(client, url),
        }
    RECORD.write_text(json.dumps(told, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    asyncio.run(record())
