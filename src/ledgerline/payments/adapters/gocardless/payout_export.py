"""The settlement file: a payout, its items and what they are about, in the shapes of the API.

GoCardless has no file. The document is JSON, put together from its answers: ``payouts`` is one
payout (``GET /payouts/{id}``), ``payout_items`` all of its items (``GET /payout_items?payout=``),
``payments`` and ``refunds`` every object that the items link to, since our reference stands there.

Source: API reference, "Payout items": amounts are minor units to one decimal place as text, and
the sum of a payout is rounded, not its items.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Annotated, Any, Final

from msgspec import Meta

from ledgerline.base.money import EXPONENTS, Money, currency, round_half_away
from ledgerline.payments.adapters.gocardless import wire
from ledgerline.payments.adapters.strict_json import Text, decode
from ledgerline.payments.contract import SettlementLine
from ledgerline.payments.model import ChargeKind
from ledgerline.payments.refusals import SettlementFileRefused

Decimal = Annotated[str, Meta(pattern=r"\A-?[0-9]{1,15}(\.[0-9]{1,4})?\Z")]
_GROSS: Final[Mapping[str, ChargeKind]] = {
    "payment_paid_out": ChargeKind.CHARGE,
    "payment_failed": ChargeKind.CHARGE,  # collected, paid out, and taken back since
    "payment_charged_back": ChargeKind.CHARGE,
    "payment_refunded": ChargeKind.REFUND,
    "refund_funds_returned": ChargeKind.REFUND,
}
_HALF: Final = Fraction(1, 2)  # which way a half is rounded is not said
_FEES: Final = frozenset({"gocardless_fee", "app_fee", "surcharge_fee"})
_NOT_OURS: Final = frozenset({"refund", "revenue_share"})  # of a mandate; of a partner
_PROBLEMS_MAX: Final = 20  # of one document that are told


@dataclass(frozen=True, slots=True)
class _Links:
    payment: Text | None = None
    refund: Text | None = None


@dataclass(frozen=True, slots=True)
class _Item:
    type: Text
    amount: Decimal
    links: _Links = _Links()

    def id_of(self, kind: ChargeKind) -> str:
        """Return the id of what it is about; nothing has an id that is empty."""
        return (self.links.payment if kind is ChargeKind.CHARGE else self.links.refund) or ""


@dataclass(frozen=True, slots=True)
class _Payout:
    id: wire.Id
    amount: int
    currency: Text
    status: Text
    arrival_date: date | None = None


@dataclass(frozen=True, slots=True)
class _Named:
    id: wire.Id
    metadata: Any = None


@dataclass(frozen=True, slots=True)
class _Export:
    payouts: _Payout
    payout_items: tuple[_Item, ...]
    payments: tuple[_Named, ...] = ()
    refunds: tuple[_Named, ...] = ()


def lines(raw: bytes) -> Iterator[SettlementLine]:
    """Read a payout export; raises ``SettlementFileRefused`` with all that is wrong.

    A line for each item that moved what a payer paid or got back: what was taken back later is
    negative, what came back is positive. ``fee`` is what the payout lost to fees of the payment,
    at the first of its lines, negative where fees were given back. Payments of other integrations
    bear no reference of ours and are left out.
    """
    export = decode(raw, _Export)
    if export is None:
        raise _refused("this is no payout export")
    payout = export.payouts
    problems = [*_problems_of(export), *_problems_of_items(export)]
    if problems or payout.arrival_date is None:
        raise _refused(f"payout {payout.id} cannot be read", *problems)
    fees = _whole(_fees(export.payout_items))
    references = _references(export)
    in_currency = currency(payout.currency)
    for number, item in enumerate(export.payout_items, start=1):
        kind = _GROSS.get(item.type)
        if kind is None:
            continue
        fee = fees.pop(item.links.payment, 0) if kind is ChargeKind.CHARGE else 0
        reference = references[kind, item.id_of(kind)]
        if reference is not None:
            yield SettlementLine(
                line_no=number,
                kind=kind,
                reference=reference,
                psp_ref=item.id_of(kind),
                gross=Money(int(Fraction(item.amount)), in_currency),
                fee=Money(fee, in_currency),
                settled_on=payout.arrival_date,
            )


def _refused(what: str, *problems: str) -> SettlementFileRefused:
    return SettlementFileRefused(what, problems=list(problems[:_PROBLEMS_MAX]) or [what])


def _references(export: _Export) -> dict[tuple[ChargeKind, str], str | None]:
    """Return our reference of everything that the document holds; None where it is not ours."""
    return {
        (kind, each.id): wire.reference_in(each.metadata)
        for kind, things in (
            (ChargeKind.CHARGE, export.payments),
            (ChargeKind.REFUND, export.refunds),
        )
        for each in things
    }


def _fees(items: tuple[_Item, ...]) -> dict[str | None, Fraction]:
    """Return what each payment cost, in minor units and their fractions; positive is a cost."""
    fees: dict[str | None, Fraction] = {}
    for item in items:
        if item.type in _FEES:
            payment = item.links.payment
            fees[payment] = fees.get(payment, Fraction(0)) - Fraction(item.amount)
    return fees


def _whole(fees: Mapping[str | None, Fraction]) -> dict[str | None, int]:
    """Round fees one after the other so that their sum is that of the payout, rounded once."""
    whole: dict[str | None, int] = {}
    exact, told = Fraction(0), 0
    for payment, fee in fees.items():
        exact += fee
        whole[payment] = round_half_away(exact) - told
        told += whole[payment]
    return whole


def _problems_of(export: _Export) -> Iterator[str]:
    """Say what is wrong with the payout: it must be paid, and its items must be all of it."""
    payout = export.payouts
    if payout.currency not in EXPONENTS:
        yield f"there is no currency {payout.currency}"
    if payout.status != "paid" or payout.arrival_date is None:
        yield f"the payout is {payout.status}, and not paid on a day"
    exact = sum((Fraction(item.amount) for item in export.payout_items), Fraction(0))
    if abs(exact - payout.amount) > _HALF:
        yield f"the items miss the amount of the payout by {payout.amount - exact} minor units"


def _problems_of_items(export: _Export) -> Iterator[str]:
    known = _references(export)
    for number, item in enumerate(export.payout_items, start=1):
        kind = _GROSS.get(item.type)
        if kind is None:
            if item.type not in _FEES | _NOT_OURS:
                yield f"item {number}: the type {item.type} is not known"
            continue
        if (kind, item.id_of(kind)) not in known:
            yield f"item {number}: the {kind} it is about is not in the document"
        if Fraction(item.amount).denominator != 1:
            yield f"item {number}: it moves a fraction of a minor unit"
