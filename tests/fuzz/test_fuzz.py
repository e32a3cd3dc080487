"""Schemathesis finds nothing: every answer is one that the description tells of."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Final

from tests.scenarios.api_client import Api, buy, new_buyer

ROOT: Final = Path(__file__).parents[2]
LONG: Final = ("--phases", "examples,coverage,fuzzing,stateful", "--max-examples", "50")
SHORT: Final = (
    "--phases", "examples,coverage", "--max-examples", "3",
    *(
        f"--include-operation-id={name}"
        for name in (
            "create_purchase", "create_refund", "create_payment_method", "change_subscription",
            "update_subscription", "get_trial_balance", "list_payments", "print_receipt",
        )
    ),
)  # fmt: skip
"""What moves money, and one of each kind of what does not: seconds instead of minutes."""


CODES: Final = {"plan": "individual_monthly", "psp_account": "aster", "market": "DE"}


async def known(api: Api) -> dict[str, str]:
    """Make one of everything that has an id, of one customer: prefix and id, and some codes."""
    buyer = await new_buyer(api)
    bought = await buy(api, buyer)
    refund = {"payment": bought["payment"], "reason": "fuzzed", "amount": 1}
    given = await api.post("/v1/refunds", refund)
    receipts = await api.get(f"/v1/receipts?customer={buyer.customer}")
    ids = [
        buyer.customer, buyer.payment_method, bought["id"], bought["subscription"],
        bought["invoice"], bought["payment"], given.body["id"], receipts.body["data"][0]["id"],
    ]  # fmt: skip
    return CODES | {one.partition("_")[0]: one for one in ids}


async def test_schemathesis_finds_nothing(served: Api, tmp_path: Path, *, long_form: bool) -> None:
    ids = [await known(served) for _ in range(2)]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.fuzz.fuzzing", json.dumps(ids),
        "--config-file", str(ROOT / "tests" / "fuzz" / "schemathesis.toml"),
        "run", f"{served.url}/openapi.json", "--header", f"Authorization: Bearer {served.bearer}",
        "--checks", "all", "--seed", "1", *(LONG if long_form else SHORT),
        cwd=tmp_path, env={"PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    told, _ = await process.communicate()
    assert process.returncode == 0, told.decode()
