"""Settlement details reports: a batch a day of the virtual clock, from the books alone.

Of each payment the issuer keeps 3 ‰ and the scheme 1 ‰, rounded down, and Adyen ten minor units;
of a refund Adyen keeps ten as well. Each currency is paid out in itself.

Source: Adyen docs, "Settlement details report", standard columns.
"""

import csv
import io
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Final

from pspsim.dialects.adyen.amounts import printed
from pspsim.dialects.adyen.notifications import dispute_reference
from pspsim.provider import Provider
from pspsim.records import Charge, Execution, Kind, Refund, Status

COLUMNS: Final = (
    *("Company Account", "Merchant Account", "Psp Reference", "Merchant Reference"),
    *("Payment Method", "Creation Date", "TimeZone", "Type", "Modification Reference"),
    *("Gross Currency", "Gross Debit (GC)", "Gross Credit (GC)", "Exchange Rate"),
    *("Net Currency", "Net Debit (NC)", "Net Credit (NC)", "Commission (NC)", "Markup (NC)"),
    *("Scheme Fees (NC)", "Interchange (NC)", "Payment Method Variant"),
    *("Modification Merchant Reference", "Batch Number"),
)
_MARKUP: Final = 10
_DISPUTE_FEE: Final = 1500
_THOUSAND: Final = 1000
_INTERCHANGE: Final = 3

_Line = dict[str, str]


def report(provider: Provider, account: str, batch: int) -> bytes | None:
    """Write the report of the day with this number, the first being 1; None until it is over."""
    day = provider.world.clock.date() + timedelta(days=batch - 1)
    if batch < 1 or day >= provider.books.now.date():
        return None
    text = io.StringIO(newline="")
    table = csv.DictWriter(text, COLUMNS, restval="")
    table.writeheader()
    paid: dict[str, int] = {}
    found = (*_lines(provider, account, day), *_later(provider, account, day))
    for line, currency, net in found:
        table.writerow({**line, "Batch Number": str(batch)})
        paid[currency] = paid.get(currency, 0) + net
    for currency, net in sorted(paid.items()):
        table.writerow(_payout(account, currency, net, batch=batch, day=day))
    return text.getvalue().encode()


def _lines(provider: Provider, account: str, day: date) -> Iterator[tuple[_Line, str, int]]:
    own = provider.own
    for execution in provider.books.executions:
        if execution.provider != provider.name:
            continue
        item = _item(provider, execution)
        at = provider.books.settled_at.get(item.id, item.created)
        has_moved = item.status is Status.SUCCEEDED or item.id in own.later.reversed
        if not has_moved or item.amount == 0 or at.date() != day:
            continue
        if own.notes[item.id]["account"] != account:
            continue
        if isinstance(item, Charge):
            yield _settled(provider, item, at=at)
        else:
            yield _refunded(
                item, own.charges[item.charge], named=own.notes[item.id]["named"], at=at
            )


def _later(provider: Provider, account: str, day: date) -> Iterator[tuple[_Line, str, int]]:
    """List what disputes took and gave back on a day, and refunds that came back."""
    own = provider.own
    for changed in own.later.changes:
        charge = own.charges[changed.item.charge]
        if not changed.moved or changed.at.date() != day:
            continue
        if own.notes[charge.id]["account"] != account:
            continue
        again = changed.step == "lose" and changed.number > 1
        kind = ("SecondChargeback" if again else "Chargeback") if changed.moved < 0 else ""
        net = changed.moved - (_DISPUTE_FEE if changed.moved < 0 else 0)
        currency = charge.currency
        column = "Gross Debit (GC)" if changed.moved < 0 else "Gross Credit (GC)"
        line = _head(account, charge, at=changed.at) | {
            "Type": kind or "ChargebackReversed",
            "Modification Reference": dispute_reference(provider, changed.item),
            column: printed(abs(changed.moved), currency),
            "Markup (NC)": printed(_DISPUTE_FEE if changed.moved < 0 else 0, currency),
            **_net(net, currency),
        }
        yield line, currency, net
    for id_, at in own.later.reversed.items():
        refund = own.refunds[id_]
        note = own.notes[id_]
        if at.date() == day and note["account"] == account:
            charge = own.charges[refund.charge]
            line = _head(account, charge, at=at) | {
                "Type": "RefundedReversed",
                "Modification Reference": refund.id,
                "Modification Merchant Reference": note["named"],
                "Gross Credit (GC)": printed(refund.amount, refund.currency),
                "Markup (NC)": "",
                **_net(refund.amount, refund.currency),
            }
            yield line, refund.currency, refund.amount


def _item(provider: Provider, execution: Execution) -> Charge | Refund:
    own = provider.own
    if execution.kind is Kind.CHARGE:
        return own.charges[execution.id]
    return own.refunds[execution.id]


def _settled(provider: Provider, charge: Charge, *, at: datetime) -> tuple[_Line, str, int]:
    currency = charge.currency
    scheme = charge.amount // _THOUSAND
    interchange = charge.amount * _INTERCHANGE // _THOUSAND
    net = charge.amount - _MARKUP - scheme - interchange
    capture = provider.draws.name("capture", "capture", provider.name, charge.id)
    line = _head(provider.own.notes[charge.id]["account"], charge, at=at) | {
        "Type": "Settled",
        "Modification Reference": capture.rpartition("_")[2][:16].upper(),
        "Gross Credit (GC)": printed(charge.amount, currency),
        "Scheme Fees (NC)": printed(scheme, currency),
        "Interchange (NC)": printed(interchange, currency),
        **_net(net, currency),
    }
    return line, currency, net


def _refunded(
    refund: Refund, charge: Charge, *, named: str, at: datetime
) -> tuple[_Line, str, int]:
    currency, net = refund.currency, -refund.amount - _MARKUP
    line = _head("", charge, at=at) | {
        "Type": "Refunded",
        "Modification Reference": refund.id,
        "Modification Merchant Reference": named,
        "Gross Debit (GC)": printed(refund.amount, currency),
        **_net(net, currency),
    }
    return line, currency, net


def _head(account: str, charge: Charge, *, at: datetime) -> _Line:
    return {
        "Company Account": "Simulated",
        "Merchant Account": account,
        "Psp Reference": charge.id,
        "Merchant Reference": charge.reference,
        "Payment Method": "visa",
        "Creation Date": f"{at:%Y-%m-%d %H:%M:%S}",
        "TimeZone": "UTC",
        "Gross Currency": charge.currency,
        "Exchange Rate": "1",
        "Net Currency": charge.currency,
        "Markup (NC)": printed(_MARKUP, charge.currency),
        "Payment Method Variant": f"visa{charge.card.funding}",
    }


def _net(net: int, currency: str) -> _Line:
    column = "Net Credit (NC)" if net >= 0 else "Net Debit (NC)"
    return {column: printed(abs(net), currency)}


def _payout(account: str, currency: str, net: int, *, batch: int, day: date) -> _Line:
    column = "Net Debit (NC)" if net >= 0 else "Net Credit (NC)"
    return {
        "Company Account": "Simulated",
        "Merchant Account": account,
        "Creation Date": f"{day} 23:59:59",
        "TimeZone": "UTC",
        "Type": "MerchantPayout",
        "Modification Reference": f"batch {batch}",
        "Gross Currency": currency,
        "Net Currency": currency,
        column: printed(abs(net), currency),
        "Batch Number": str(batch),
    }
