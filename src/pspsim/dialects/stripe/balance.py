"""Balance transactions: what every charge and refund adds to the balance, and what it costs.

Source: Stripe API reference, "The balance transaction object", "List all balance transactions".
"""

from datetime import timedelta
from typing import Final

from pspsim.dialects.stripe import disputes, units, views
from pspsim.dialects.stripe.call import Object
from pspsim.provider import Provider
from pspsim.records import Charge, Refund, Status

FEE_PPM: Final = 15_000
FEE_FIXED: Final = 25
AVAILABLE_AFTER: Final = timedelta(days=2)


def every(provider: Provider) -> list[Object]:
    """Show the lines of all charges and refunds that succeeded, in order of execution."""
    own = provider.own
    lines = []
    for execution in provider.books.executions:
        if execution.provider != provider.name:
            continue
        item = own.charges.get(execution.id) or own.refunds[execution.id]
        if item.status is Status.SUCCEEDED or item.id in own.later.reversed:
            lines.append(line(provider, item))
    lines += [*disputes.lines(provider), *disputes.reversals(provider)]
    return sorted(lines, key=lambda one: int(one["created"]))


def line(provider: Provider, item: Charge | Refund) -> Object:
    """Show the line of a charge or refund that succeeded."""
    currency = item.currency.lower()
    amount = units.shown(item.amount, currency)
    is_charge = isinstance(item, Charge)
    fee = (amount * FEE_PPM + 500_000) // 1_000_000 + FEE_FIXED if is_charge else 0
    gross = amount if is_charge else -amount
    at = provider.books.settled_at.get(item.id, item.created)
    kind = "charge" if is_charge else "refund"
    details = {"amount": fee, "currency": currency, "description": "fees", "type": "stripe_fee"}
    return {
        "id": views.transaction_id(item),
        "object": "balance_transaction",
        "amount": gross,
        "available_on": int((at + AVAILABLE_AFTER).timestamp()),
        "balance_type": "payments",
        "created": int(at.timestamp()),
        "currency": currency,
        "description": None,
        "exchange_rate": None,
        "fee": fee,
        "fee_details": [{**details, "application": None}] if fee else [],
        "net": gross - fee,
        "reporting_category": kind,
        "source": views.charge_id(item) if isinstance(item, Charge) else item.id,
        "status": "available" if at + AVAILABLE_AFTER <= provider.books.now else "pending",
        "type": kind,
    }


def expanded(provider: Provider, shown: Object) -> Object:
    """Show a line with the charge, refund or dispute behind it."""
    if shown["type"] in {"adjustment", "refund_failure"}:
        return {**shown, "source": disputes.source(provider, shown)}
    own = provider.own
    name = shown["id"].partition("_")[2]
    if shown["type"] == "refund":
        return {**shown, "source": views.refund(provider, own.refunds[f"re_{name}"])}
    return {**shown, "source": views.charge(provider, own.charges[f"pi_{name}"])}
