"""The ledger: accounts with what stands on them, their newest transfers, and what caused each."""

from collections.abc import Sequence
from datetime import date
from typing import Final, NamedTuple
from uuid import UUID

from ledgerline.base.db import ReadTx
from ledgerline.base.ids import Bucket
from ledgerline.base.saying import noted
from ledgerline.base.statements import statements
from ledgerline.console.asking import Ask, path_of
from ledgerline.console.customers import PAGE, TOP
from ledgerline.ledger import views
from ledgerline.ledger.rows import BalanceView
from ledgerline.web.wire import Response

LOOKED: Final = 10_000
"""How many of the newest transfers are gone through for those of one account."""
SUMMED_MAX: Final = 200_000
"""Of more transfers than these a page does not add up: the command line does."""
_DEBITED: Final = frozenset({"asset", "expense"})
_SQL: Final = statements(__name__)


class AccountView(NamedTuple):
    """An account of the chart."""

    code: str
    kind: str


class TransferView(NamedTuple):
    """An amount that moved, and the payment or invoice that caused it, where one did."""

    bucket: Bucket
    source_id: UUID
    purpose: str
    seller_code: str
    customer_id: UUID | None
    currency: str
    amount_minor: int
    debit: str
    credit: str
    booked_on: date
    payment_id: UUID | None
    invoice_id: UUID | None


class EstimatedTransfers(NamedTuple):
    """About how many transfers there are."""

    transfers: int


class Balance(NamedTuple):
    """What stands on an account, with the sign of its kind."""

    account: str
    kind: str
    seller: str
    currency: str
    minor: int


class Cause(NamedTuple):
    """A transfer and the page of what caused it."""

    row: TransferView
    label: str
    path: str | None


async def show(ask: Ask) -> Response:
    """Show accounts and the newest transfers, of all or of one."""
    account = ask.asked.get("account") or None
    async with ask.run.reading() as read:
        accounts = await read.rows(_SQL["accounts"], AccountView)
        rows = await read.rows(
            _SQL["transfers"], TransferView, before=_before(ask), looked=LOOKED, account=account,
            limit=PAGE + 1,
        )  # fmt: skip
        balances = await _balances(read, ask, accounts)
    page, following = _cut(rows)
    known = {one.code for one in accounts}
    return ask.page(
        "ledger.html",
        {
            "accounts": accounts, "account": account if account in known else None,
            "causes": [_cause(ask, one) for one in page], "following": following,
            "balances": balances, "looked": LOOKED, "path_of": path_of,
            "section": "/console/ledger",
        },
    )  # fmt: skip


def _before(ask: Ask) -> UUID:
    try:
        return UUID(hex=ask.asked.get("after", ""))
    except ValueError:
        return TOP


def _cut(rows: Sequence[TransferView]) -> tuple[Sequence[TransferView], str]:
    """Keep whole sources on a page; return where the next one begins, or nothing."""
    if len(rows) <= PAGE:
        return rows, ""
    last = rows[-1].source_id
    whole = [one for one in rows if one.source_id != last] or rows[:PAGE]
    return whole, whole[-1].source_id.hex


async def _balances(
    read: ReadTx, ask: Ask, accounts: Sequence[AccountView]
) -> list[Balance] | None:
    """Add all transfers up, where there are few enough of them."""
    estimated = await read.row(_SQL["estimated"], EstimatedTransfers)
    assert estimated is not None, "the table is there"
    if estimated.transfers > SUMMED_MAX:
        return None
    kinds = {one.code: one.kind for one in accounts}
    rows = await views.trial_balance(read, at=ask.run.now(), month=None)
    return [_balance(one, kinds[one.account]) for one in rows]


def _balance(row: BalanceView, kind: str) -> Balance:
    net = row.debit_minor - row.credit_minor
    return Balance(
        account=row.account, kind=kind, seller=row.seller_code, currency=row.currency,
        minor=net if kind in _DEBITED else -net,
    )  # fmt: skip


def _cause(ask: Ask, row: TransferView) -> Cause:
    if row.payment_id is not None:
        return Cause(row, noted("Payment"), path_of("payment", row.payment_id))
    if row.invoice_id is not None:
        return Cause(row, noted("Invoice"), path_of("invoice", row.invoice_id))
    if row.customer_id is not None:
        return Cause(row, noted("Customer"), path_of("customer", row.customer_id))
    return Cause(row, ask.writer.word(row.purpose), None)
