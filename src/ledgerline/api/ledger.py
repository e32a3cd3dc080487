"""The ledger: the trial balance."""

from collections import defaultdict
from datetime import date, datetime
from typing import Annotated, Final

from msgspec import Meta, Struct

from ledgerline.api.operations import Answer, Call, Operation
from ledgerline.api.shapes import Instant, Money, money, utc
from ledgerline.ledger import views
from ledgerline.ledger.rows import BalanceView

MonthText = Annotated[str, Meta(pattern="^[1-9][0-9]{3}-(?:0[1-9]|1[0-2])$")]


class BalanceQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Up to which instant, now unless given; ``month``: only what is booked in it."""

    at: Instant | None = None
    month: MonthText | None = None


class AccountBalance(Struct, frozen=True, kw_only=True):
    """The turnover of one account; ``balance`` is debit less credit."""

    seller: str
    account: str
    debit: Money
    credit: Money
    balance: Money


class TrialBalance(Struct, frozen=True, kw_only=True):
    """All accounts up to an instant. Per seller and currency the balances sum to zero."""

    object: str = "trial_balance"
    livemode: bool
    at: datetime
    is_balanced: bool
    data: list[AccountBalance]


async def trial_balance(call: Call) -> Answer:
    """Sum all transfers up to an instant, now unless given, or those of a month."""
    query: BalanceQuery = call.query
    at = query.at or call.run.now()
    month = None if query.month is None else date.fromisoformat(f"{query.month}-01")
    async with call.run.surveying() as read:
        rows = await views.trial_balance(read, at=at, month=month)
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for row in rows:
        sums[row.seller_code, row.currency] += row.debit_minor - row.credit_minor
    shown = TrialBalance(
        livemode=call.livemode,
        at=utc(at),
        is_balanced=not any(sums.values()),
        data=[_shape(row) for row in rows],
    )
    return Answer(200, shown)


def _shape(row: BalanceView) -> AccountBalance:
    return AccountBalance(
        seller=row.seller_code,
        account=row.account,
        debit=money(row.debit_minor, row.currency),
        credit=money(row.credit_minor, row.currency),
        balance=money(row.debit_minor - row.credit_minor, row.currency),
    )


OPERATIONS: Final = (
    Operation(
        name="get_trial_balance", method="GET", path="/v1/ledger/trial_balance",
        summary="Sum all transfers by seller, currency and account", handle=trial_balance,
        gives={200: TrialBalance}, query=BalanceQuery,
    ),
)  # fmt: skip
