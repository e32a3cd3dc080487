"""GoCardless's own Python library, pointed at a simulator."""

import asyncio
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import gocardless_pro  # type: ignore[import-untyped]  # it has no types of its own

from tests.pspsim.simulator import Simulator, write_world

TOKEN: Final = "sandbox_debit_token"
WEBHOOK_SECRET: Final = "a-webhook-secret"
EUR_10_99: Final = 1099
T = TypeVar("T")


def write_debit_world(folder: Path, **changed: object) -> Path:
    """Write a world with the account ``debit`` and return its path."""
    account = {
        "dialect": "gocardless",
        "api_secret": TOKEN,
        "webhook_secret": WEBHOOK_SECRET,
        **changed,
    }
    return write_world(
        folder,
        providers={"debit": account},
        segments={"*": {"approval_ppm": {"debit": 1_000_000}}},
    )


def client(at: Simulator, *, token: str = TOKEN, **options: object) -> Any:
    """Return the library's client; it knows no path below a host."""
    return gocardless_pro.Client(
        access_token=token, base_url=f"http://127.0.0.1:{at.port}", **options
    )


async def ask(call: Callable[..., T], *given: object, **named: object) -> T:
    """Make one call of the library, which blocks."""
    return await asyncio.to_thread(call, *given, **named)


async def every(listed: Callable[..., Any], **params: object) -> list[Any]:
    """Read all pages of a list."""
    return await asyncio.to_thread(lambda: list(listed(params=params)))


def payment(mandate: str = "MDtok_ok_x", **changes: object) -> dict[str, object]:
    """Return what is asked for to collect EUR 10.99."""
    return {
        "amount": EUR_10_99,
        "currency": "EUR",
        "description": "Season ticket",
        "metadata": {"reference": str(uuid.uuid5(uuid.NAMESPACE_URL, mandate))},
        "links": {"mandate": mandate},
        **changes,
    }


def under(key: str) -> dict[str, str]:
    """Return the headers of a creation under an idempotency key."""
    return {"Idempotency-Key": key}


async def move_clock(running: Simulator, now: str) -> None:
    """Move the clock once all that happened before is told, and wait until what follows is."""
    await running.control("drain")
    await running.control("clock", {"now": now})
    await running.control("drain")
