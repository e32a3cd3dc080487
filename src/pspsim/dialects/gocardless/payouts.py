"""Payouts: one a day and currency, and the items that make up each of them.

Fees are one percent and twenty minor units a payment, at most four hundred, as kept to a tenth of
a minor unit; the sum of a payout is rounded once.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from pspsim.dialects.gocardless.stages import Object, creditor_id, name, taken_back, timestamp
from pspsim.provider import Provider
from pspsim.records import Charge, DisputeChanged, Refund, Status

_FEE_TENTHS_MAX: Final = 4_000
_FEE_TENTHS_FIXED: Final = 200


@dataclass(slots=True)
class _Group:
    at: datetime
    currency: str
    charges: list[Charge] = field(default_factory=list)
    refunds: list[Refund] = field(default_factory=list)
    later: list[Object] = field(default_factory=list)


def payout_id(provider: Provider, currency: str, *, at: datetime) -> str:
    """Name the payout of a day and currency."""
    return name(provider.draws, "PO", "payout", provider.name, at.date().isoformat(), currency)


def is_first(provider: Provider, charge: Charge) -> bool:
    """Tell whether no earlier charge is in the payout of the one that was paid out last."""
    own = provider.own
    day = own.paid_out[charge.id].date()
    for id_, at in reversed(own.paid_out.items()):
        if at.date() != day:
            return True
        if id_ != charge.id and own.charges[id_].currency == charge.currency:
            return False
    return True


def payouts(provider: Provider) -> Iterator[Object]:
    """Show every payout, newest first."""
    for group in reversed(_groups(provider)):
        fees = sum(_fee_tenths(charge) for charge in group.charges)
        gross = sum(each.amount for each in group.charges) - sum(
            each.amount for each in group.refunds
        )
        gross += sum(int(each["amount"].partition(".")[0]) for each in group.later)
        yield {
            "id": payout_id(provider, group.currency, at=group.at),
            "created_at": timestamp(group.at),
            "arrival_date": group.at.date().isoformat(),
            "amount": _rounded(gross * 10 - fees),
            "deducted_fees": _rounded(fees),
            "currency": group.currency,
            "payout_type": "merchant",
            "reference": f"{provider.name}-{group.at.date().isoformat()}",
            "status": "paid",
            "tax_currency": None,
            "fx": {"estimated_exchange_rate": None, "exchange_rate": None, "fx_currency": None},
            "metadata": {},
            "links": {
                "creditor": creditor_id(provider),
                "creditor_bank_account": name(provider.draws, "BA", "creditor", provider.name),
            },
        }


def items(provider: Provider, payout: str) -> list[Object] | None:
    """List the items of one payout, or None where there is no such payout."""
    for group in _groups(provider):
        if payout_id(provider, group.currency, at=group.at) == payout:
            return [*_charge_items(group), *_refund_items(group), *group.later]
    return None


def _groups(provider: Provider) -> list[_Group]:
    """Gather what was paid out, and put each refund into the next payout of its currency."""
    own = provider.own
    groups: dict[tuple[str, str], _Group] = {}
    for id_, at in own.paid_out.items():
        charge = own.charges[id_]
        key = (at.date().isoformat(), charge.currency)
        groups.setdefault(key, _Group(at, charge.currency)).charges.append(charge)
    for refund in own.refunds.values():
        settled = provider.books.settled_at.get(refund.id)
        has_moved = refund.status is Status.SUCCEEDED or refund.id in own.later.reversed
        if not has_moved or settled is None:
            continue
        found = _following(groups.values(), refund.currency, at=settled)
        if found is not None:
            found.refunds.append(refund)
    for currency, at, item in _taken_back(provider, groups.values()):
        group = _following(groups.values(), currency, at=at)
        if group is not None:
            group.later.append(item)
    return list(groups.values())


def deducted(provider: Provider) -> Iterator[tuple[DisputeChanged, datetime]]:
    """List what banks took back of payments and a payout lacks for that, and since when."""
    return _deducted(provider, _groups(provider))


def _deducted(
    provider: Provider, groups: Collection[_Group]
) -> Iterator[tuple[DisputeChanged, datetime]]:
    """Skip what was cancelled before there was a payout: it is neither deducted nor paid again."""
    changes = provider.own.later.changes
    for changed in changes:
        group = _following(groups, changed.item.currency, at=changed.at)
        if changed.moved >= 0 or group is None:
            continue
        is_cancelled = any(
            one.item.id == changed.item.id and one.moved > 0 and changed.at <= one.at <= group.at
            for one in changes
        )
        if not is_cancelled:
            yield changed, group.at


def _following(groups: Iterable[_Group], currency: str, *, at: datetime) -> _Group | None:
    return next((each for each in groups if each.currency == currency and each.at >= at), None)


def _taken_back(
    provider: Provider, groups: Collection[_Group]
) -> Iterator[tuple[str, datetime, Object]]:
    """List what banks took back of payments, and refunds that came back."""
    own = provider.own
    for changed, _ in _deducted(provider, groups):
        kind = f"payment_{taken_back(changed.item.reason)}"
        links = {"payment": changed.item.charge}
        item = {"type": kind, "amount": f"{changed.moved}.0", "links": links}
        yield changed.item.currency, changed.at, item
    for id_, at in own.later.reversed.items():
        refund = own.refunds[id_]
        links = {"payment": refund.charge, "refund": id_}
        item = {"type": "refund_funds_returned", "amount": f"{refund.amount}.0", "links": links}
        yield refund.currency, at, item


def _charge_items(group: _Group) -> Iterator[Object]:
    for charge in group.charges:
        links = {"payment": charge.id}
        yield {"type": "payment_paid_out", "amount": f"{charge.amount}.0", "links": links}
        fee = _fee_tenths(charge)
        yield {
            "type": "gocardless_fee",
            "amount": f"-{fee // 10}.{fee % 10}",
            "links": links,
            "taxes": [],
        }


def _refund_items(group: _Group) -> Iterator[Object]:
    for refund in group.refunds:
        links = {"payment": refund.charge, "refund": refund.id}
        yield {"type": "payment_refunded", "amount": f"-{refund.amount}.0", "links": links}


def _fee_tenths(charge: Charge) -> int:
    return min(_FEE_TENTHS_MAX, (charge.amount + 5) // 10 + _FEE_TENTHS_FIXED)


def _rounded(tenths: int) -> int:
    return (tenths + 5) // 10
