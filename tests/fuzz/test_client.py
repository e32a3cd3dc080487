"""A client that is generated from the description is typed, and buys something."""

import asyncio
import sys
from pathlib import Path
from typing import Final

import pytest

from ledgerline.flows.number_documents import number_documents
from tests.flow_world import World
from tests.scenarios.api_client import Api, buy, new_buyer

DESCRIPTION: Final = Path(__file__).parents[2] / "docs" / "reference" / "openapi.json"
SETTINGS: Final = "content_type_overrides:\n  application/pdf: application/octet-stream\n"
CHECKER: Final = """\
[mypy]
strict = True
[mypy-ledgerline_client.client]
# The one file that does not depend on the description: the generator does not type its __exit__.
disable_error_code = arg-type
"""
SHOP: Final = '''\
"""Buy, read and print through the generated client; every type is known to the checker."""

import sys
from datetime import datetime

from ledgerline_client import AuthenticatedClient
from ledgerline_client.api.invoices import get_invoice
from ledgerline_client.api.purchases import create_purchase
from ledgerline_client.api.receipts import list_receipts, print_receipt
from ledgerline_client.models import Invoice, Problem, Purchase, PurchaseBody, Quote, ReceiptPage
from ledgerline_client.types import File

url, token, customer, method, earlier = sys.argv[1:]
client = AuthenticatedClient(base_url=url, token=token)
body = PurchaseBody(
    customer=customer, payment_method=method, plan="individual_monthly", trial=False
)

bought = create_purchase.sync(client=client, body=body, idempotency_key="generated")
assert isinstance(bought, Purchase), bought
assert bought.invoice is not None
invoice = get_invoice.sync(bought.invoice, client=client)
assert isinstance(invoice, Invoice), invoice
total: int = invoice.total.amount
issued: datetime | None = invoice.issued
assert total == 1199

receipts = list_receipts.sync(client=client, customer=earlier)
assert isinstance(receipts, ReceiptPage), receipts
printed = print_receipt.sync(receipts.data[0].id, client=client)
assert isinstance(printed, File), printed
assert printed.payload.read(4) == b"%PDF"

preview = create_purchase.sync(client=client, body=PurchaseBody(
    customer=customer, payment_method=method, plan="gold", validate_only=True
))
assert isinstance(preview, Problem), preview
code: str = preview.code.value
assert code == "unknown_plan"
shown: Quote | Purchase | Problem | None = create_purchase.sync(client=client, body=body)
assert isinstance(shown, Problem), shown
assert shown.code.value == "idempotency_key_required"
print(total, code)
'''


async def told(*command: str, folder: Path) -> str:
    """Run a command that must succeed and return what it says."""
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, env={"PATH": str(Path(sys.executable).parent)},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
    return said.decode()


async def test_a_generated_client_is_typed_and_buys(
    served: Api, world: World, tmp_path: Path, *, long_form: bool
) -> None:
    if not long_form:
        pytest.skip("in the long form: make test DIR=fuzz")
    # given a client, generated without a warning
    (tmp_path / "settings.yaml").write_text(SETTINGS, encoding="utf-8")
    (tmp_path / "mypy.ini").write_text(CHECKER, encoding="utf-8")
    (tmp_path / "shop.py").write_text(SHOP, encoding="utf-8")
    said = await told(
        "openapi-python-client", "generate", "--path", str(DESCRIPTION), "--meta", "none",
        "--output-path", "ledgerline_client", "--config", "settings.yaml", "--fail-on-warning",
        folder=tmp_path,
    )  # fmt: skip
    assert "WARNING" not in said
    # when the strictest checker reads it and what uses it
    checked = await told("mypy", "ledgerline_client", "shop.py", folder=tmp_path)
    assert checked.startswith("Success: no issues found")
    # then it is right about a server, where somebody has a receipt
    buyer, earlier = await new_buyer(served), await new_buyer(served)
    await buy(served, earlier)
    while await number_documents(world.run):
        pass
    given = (served.url, served.bearer, *buyer, earlier.customer)
    assert await told(sys.executable, "shop.py", *given, folder=tmp_path) == "1199 unknown_plan\n"
