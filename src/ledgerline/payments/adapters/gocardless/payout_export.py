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
from typing import Annotated, Any, BinaryIO, Final

from msgspec import Meta

from ledgerline.base.money import EXPONENTS, Currency, Money, currency, round_half_away
from ledgerline.payments.adapters.gocardless import wire
from ledgerline.payments.adapters.strict_json import Text, decode
from ledgerline.payments.contract import LineKind, SettlementLine
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
_KINDS: Final[Mapping[str, LineKind]] = {
    "payment_paid_out": LineKind.CHARGE,
    "payment_failed": LineKind.BANK_RETURN,
    "payment_charged_back": LineKind.BANK_RETURN,
    "payment_refunded": LineKind.REFUND,
    "refund_funds_returned": LineKind.REFUND_REVERSAL,
    "refund": LineKind.ADJUSTMENT,
    "revenue_share": LineKind.ADJUSTMENT,
}
_HALF: Final = Fraction(1, 2)  # which way a half is rounded is not said
_FEES: Final = frozenset({"gocardless_fee", "app_fee", "surcharge_fee"})
_NOT_OURS: Final = frozenset({"refund", "revenue_share"})  # of a mandate; of a partner
FILE_BYTES_MAX: Final = 64 * 1024**2  # all of it is read at once
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


def lines(raw: BinaryIO) -> Iterator[SettlementLine]:
    """Read a payout export; raises ``SettlementFileRefused`` with all that is wrong.

    A line for each item that is no fee: what was taken back later is a bank's return, what came
    back of a refund its reversal. ``fee`` is what the payout lost to fees of the payment, at the
    first of its lines, negative where fees were given back; fees of what has no line here are lines
    of their own, and the payout is the last. Payments of other integrations bear no reference of
    ours.
    """
    held = raw.read(FILE_BYTES_MAX + 1)
    export = decode(held, _Export) if len(held) <= FILE_BYTES_MAX else None
    if export is None:
        raise _refused("this is no payout export")
    payout = export.payouts
    problems = [*_problems_of(export), *_problems_of_items(export)]
    if problems or payout.arrival_date is None:
        raise _refused(f"payout {payout.id} cannot be read", *problems)
    yield from _lines(export, payout, on=payout.arrival_date)


def _lines(export: _Export, payout: _Payout, *, on: date) -> Iterator[SettlementLine]:
    fees, references = _whole(_fees(export.payout_items)), _references(export)
    made = _Maker(currency(payout.currency), on)
    for number, item in enumerate(export.payout_items, start=1):
        kind = _KINDS.get(item.type)
        if kind is None:
            continue
        about = _GROSS.get(item.type)
        id_ = "" if about is None else item.id_of(about)
        yield made.line(
            number,
            kind,
            (references[about, id_] if about is not None else None, id_ or f"{payout.id}:{number}"),
            gross=round_half_away(Fraction(item.amount)),
            fee=fees.pop(item.links.payment, 0) if about is ChargeKind.CHARGE else 0,
        )
    number = len(export.payout_items)
    for payment, fee in fees.items():
        if fee:
            number += 1
            yield made.line(number, LineKind.FEE, (None, payment or payout.id), gross=0, fee=fee)
    yield made.line(number + 1, LineKind.PAYOUT, (None, payout.id), gross=-payout.amount, fee=0)


@dataclass(frozen=True, slots=True)
class _Maker:
    """Makes lines of one payout: of one currency, on one day."""

    currency: Currency
    on: date

    def line(
        self, number: int, kind: LineKind, named: tuple[str | None, str], *, gross: int, fee: int
    ) -> SettlementLine:
        """Return a line; ``named`` is our reference and the provider's."""
        reference, psp_ref = named
        return SettlementLine(
            line_no=number,
            kind=kind,
            reference=reference,
            psp_ref=psp_ref,
            gross=Money(gross, self.currency),
            fee=Money(fee, self.currency),
            net=Money(gross - fee, self.currency),
            settled_on=self.on,
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
