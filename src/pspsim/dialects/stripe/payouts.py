"""A payout as its list of balance transactions: pages as they are sent, one after the other.

Unlike the list of the API, what was charged in other currencies is paid out in one.

Source: Stripe API reference, "List all balance transactions" with ``payout`` and
``expand[]=data.source``; guide "Currency conversions".
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from pspsim.dialects.stripe import balance, disputes, units
from pspsim.dialects.stripe.call import Object
from pspsim.dialects.stripe.pages import PAGE_MAX
from pspsim.draws import PPM
from pspsim.provider import Provider
from pspsim.records import Charge, Refund, encode
from pspsim.statements import (
    PAYOUT_FEE,
    PAYOUT_FEE_TAX,
    StatementBody,
    failed,
    paid_out,
    payout_id,
    rounded,
    settled,
)

_CATEGORIES: Final = {"payout": "payout", "payout_failure": "payout_reversal"}
_COSTS: Final = (("stripe_fee", PAYOUT_FEE), ("tax_fee", PAYOUT_FEE_TAX))


def statement(provider: Provider, asked: StatementBody) -> bytes:
    """Write what is paid out for a span; nothing where too little came in for a payout."""
    lines, payout = _lines(provider, asked), payout_id(provider, asked)
    left = sum(line["net"] for line in lines)
    if left <= 0:
        return b""
    source = {"id": payout, "object": "payout", "amount": left}
    lines.append(_of_account("payout", f"txn_{payout[3:]}", -left, source, asked=asked))
    newest = lines[::-1]
    pages = [newest[first : first + PAGE_MAX] for first in range(0, len(newest), PAGE_MAX)]
    return b"\n".join(
        encode(
            {
                "object": "list",
                "data": page,
                "has_more": page is not pages[-1],
                "url": "/v1/balance_transactions",
            }
        )
        for page in pages
    )


def earned(provider: Provider, asked: StatementBody) -> int:
    """Return what is paid out for a span, in minor units."""
    left = sum(line["net"] for line in _lines(provider, asked))
    return units.counted(left, asked.currency.lower())


def _lines(provider: Provider, asked: StatementBody) -> list[Object]:
    """List what moved in the span, which payouts came back, and what its own costs."""
    lines = [_executed(provider, item, at, asked=asked) for item, at in settled(provider, asked)]
    lines += _later(provider, asked)
    for one in failed(provider, asked):
        txn = f"txn_{one.id[3:]}_failure"
        source = {"id": one.id, "object": "payout", "status": "failed"}
        lines.append(_of_account("payout_failure", txn, one.amount, source, asked=asked))
    payout = payout_id(provider, asked)
    for kind, cost in _COSTS:
        lines.append(_of_account(kind, f"txn_{payout[3:]}_{kind}", -cost, None, asked=asked))
    return lines


def _executed(
    provider: Provider, item: Charge | Refund, at: datetime, *, asked: StatementBody
) -> Object:
    line = balance.expanded(provider, balance.line(provider, item))
    is_charge = isinstance(item, Charge)
    amount = paid_out(item.amount if is_charge else -item.amount, item.currency, asked)
    fee = rounded(amount * balance.FEE_PPM) + balance.FEE_FIXED if is_charge else 0
    currency, rate = asked.currency.lower(), asked.rates.get(item.currency)
    return {
        **line,
        "amount": units.shown(amount, currency),
        "created": int(at.timestamp()),
        "currency": currency,
        "exchange_rate": None if item.currency == asked.currency or rate is None else rate / PPM,
        "fee": units.shown(fee, currency),
        "fee_details": [
            {**one, "amount": units.shown(fee, currency), "currency": currency}
            for one in line["fee_details"]
        ],
        "net": units.shown(amount - fee, currency),
        "status": "available",
    }


def _later(provider: Provider, asked: StatementBody) -> Iterator[Object]:
    """List what disputes took and gave back in the span, and refunds that came back."""
    span = range(int(asked.start.timestamp()), int(asked.end.timestamp()))
    for line in (*disputes.lines(provider), *disputes.reversals(provider)):
        if line["created"] in span and line["currency"] == asked.currency.lower():
            yield {**balance.expanded(provider, line), "status": "available"}


def _of_account(
    kind: str, id_: str, amount: int, source: Object | None, *, asked: StatementBody
) -> Object:
    currency, at = asked.currency.lower(), int(asked.end.timestamp())
    return {
        "id": id_,
        "object": "balance_transaction",
        "amount": units.shown(amount, currency),
        "available_on": at,
        "balance_type": "payments",
        "created": at,
        "currency": currency,
        "description": None,
        "exchange_rate": None,
        "fee": 0,
        "fee_details": [],
        "net": units.shown(amount, currency),
        "reporting_category": _CATEGORIES.get(kind, "fee"),
        "source": source,
        "status": "available",
        "type": kind,
    }
