"""A payout is told as Stripe lists it: its pages add up, and what was converted says at which rate.

That Ledgerline reads it is held by tests/scenarios/test_cli_demo.py.
"""

import json
from pathlib import Path
from typing import Any

import requests

from tests.pspsim.simulator import Simulator, simulator, write_world
from tests.pspsim.stripe.face import PROVIDERS, client_of, paying

ASKED = {
    "provider": "aster",
    "currency": "EUR",
    "from": "2026-01-01T00:00:00Z",
    "to": "2026-01-02T00:00:00Z",
    "rates": {"USD": 900_000},
}


def pages(raw: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in raw.splitlines()]


def charge(running: Simulator, **changed: Any) -> Any:
    with requests.Session() as session:
        client = client_of(running, session)
        return client.v1.payment_intents.create(paying(**changed))


async def test_payout_lists_what_moved_what_it_cost_and_itself(tmp_path: Path) -> None:
    file = write_world(tmp_path, providers=PROVIDERS)
    async with simulator(file, tmp_path / "state") as running:
        # given a day of one charge in the currency of the payout, and a hundred in another
        assert await running.statement(**ASKED) == b""
        paid = charge(running, metadata={"reference": "home"})
        for _ in range(100):
            charge(running, currency="usd")
        # when it is paid out
        raw = await running.statement(**ASKED)
        first, second = pages(raw)
    # then two pages hold it, the newest first
    assert (len(first["data"]), first["has_more"]) == (100, True)
    assert (len(second["data"]), second["has_more"]) == (4, False)
    lines = [*first["data"], *second["data"]]
    payout, abroad, home = lines[0], lines[-2], lines[-1]
    assert (payout["type"], payout["source"]["object"]) == ("payout", "payout")
    assert sum(line["net"] for line in lines) == 0
    # and each line says what was charged, and what of it came
    assert (home["amount"], home["fee"], home["net"]) == (1099, 41, 1058)
    assert home["source"]["payment_intent"] == paid.id
    assert home["source"]["metadata"] == {"reference": "home"}
    assert (abroad["amount"], abroad["currency"], abroad["exchange_rate"]) == (989, "eur", 0.9)
    assert (abroad["source"]["amount"], abroad["source"]["currency"]) == (1099, "usd")


async def test_files_of_this_dialect_are_not_broken(tmp_path: Path) -> None:
    file = write_world(tmp_path, providers=PROVIDERS)
    async with simulator(file, tmp_path / "state") as running:
        url = f"http://127.0.0.1:{running.control_port}/_sim/statement"
        asked = {**ASKED, "broken": "extra_line"}
        async with running.session.post(url, json=asked) as refused:
            assert refused.status == 422
            assert "native" in await refused.text()
