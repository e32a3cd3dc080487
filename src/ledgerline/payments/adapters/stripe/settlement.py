"""What was paid out: balance transactions as Stripe lists them, with the source of each expanded.

A file is the pages of one payout's list as they were sent, one after the other. Every transaction
is yielded, the payout itself too: together they come to nothing.

Source: Stripe API reference, "List all balance transactions" with ``payout`` and
``expand[]=data.source``; "Balance transaction types".
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Any, BinaryIO, Final

from ledgerline.base.money import Money
from ledgerline.payments.adapters import strict_json
from ledgerline.payments.adapters.csv_rows import Problems, refused
from ledgerline.payments.adapters.stripe import units, wire
from ledgerline.payments.adapters.stripe.requests import REFERENCE
from ledgerline.payments.contract import LineKind, SettlementLine

FILE_BYTES_MAX: Final = 64 * 1024**2  # all of it is read at once: JSON has no lines
# ``type`` of a balance transaction, the object behind it and the sign of what it adds.
_OF_PAYMENTS: Final[Mapping[str, tuple[LineKind, str, int]]] = MappingProxyType(
    {
        "charge": (LineKind.CHARGE, "charge", 1),
        "payment": (LineKind.CHARGE, "charge", 1),
        "refund": (LineKind.REFUND, "refund", -1),
        "payment_refund": (LineKind.REFUND, "refund", -1),
        "refund_failure": (LineKind.REFUND_REVERSAL, "refund", 1),
    }
)
_OF_ACCOUNT: Final[Mapping[str, LineKind]] = MappingProxyType(
    {
        "stripe_fee": LineKind.FEE,
        "stripe_fx_fee": LineKind.FEE,
        "application_fee": LineKind.FEE,
        "tax_fee": LineKind.TAX_ON_FEE,
        "payout": LineKind.PAYOUT,
        "payout_failure": LineKind.PAYOUT_REVERSAL,
        "payout_cancel": LineKind.PAYOUT_REVERSAL,
        "payment_failure_refund": LineKind.CORRECTION,
    }
)
"""Any other type is an adjustment, which people look at; a dispute is told by its source."""
_COSTS: Final = frozenset({LineKind.FEE, LineKind.TAX_ON_FEE})


class _Unreadable(Exception):
    """A line is not as documented."""


def read(raw: BinaryIO) -> Iterator[SettlementLine]:
    """Read the transactions of a payout; ``line_no`` counts them from one, over all pages.

    ``gross`` is what was charged or, negative, given back, in its own currency; ``fee`` what Stripe
    kept of it and ``net`` what it adds, in the currency of the balance. Raises
    ``SettlementFileRefused`` with every line that cannot be read, and where the list goes on after
    the last page.
    """
    problems, line_no, has_more = Problems(), 0, True
    for page in _pages(raw):
        for plain in page.data:
            line_no += 1
            try:
                yield _line(line_no, plain)
            except _Unreadable as problem:
                problems.add(line_no, str(problem))
        has_more = page.has_more
    if has_more:
        problems.add(line_no + 1, "the list goes on, and the file does not")
    problems.end()


def _pages(raw: BinaryIO) -> Iterator[wire.Found[Any]]:
    held = raw.read(FILE_BYTES_MAX + 1)
    if len(held) > FILE_BYTES_MAX:
        what = f"more than {FILE_BYTES_MAX} bytes of JSON"
        raise refused(what, [f"line 1: {what}; split the list by payout"])
    try:
        for plain in strict_json.documents(held):
            page = strict_json.convert(plain, wire.Found[Any])
            if page is None:
                raise refused("this is no list of balance transactions", ["line 1: no list"])
            yield page
    except ValueError as error:
        raise refused("this is no list of balance transactions", [f"line 1: {error}"]) from None


def _line(line_no: int, plain: object) -> SettlementLine:
    transaction = strict_json.convert(plain, wire.BalanceTransaction)
    if transaction is None:
        raise _Unreadable("no balance transaction")
    added = units.read(transaction.amount, transaction.currency)
    fee = units.read(transaction.fee, transaction.currency)
    if added is None or fee is None:
        raise _Unreadable("an amount that its currency cannot have")
    if transaction.type in _OF_PAYMENTS:
        return _of_payment(line_no, transaction, added=added, fee=fee)
    source = strict_json.convert(transaction.source, wire.Source)
    kind = _kind(transaction, source)
    nothing = Money(0, added.currency)
    return SettlementLine(
        line_no=line_no,
        kind=kind,
        reference=None,
        psp_ref=wire.id_of(source.payment_intent if source else None)
        or wire.id_of(transaction.source)
        or transaction.id,
        gross=nothing if kind in _COSTS else added,
        fee=fee - added if kind in _COSTS else fee,
        net=added - fee,
        settled_on=_day(transaction),
    )


def _kind(transaction: wire.BalanceTransaction, source: wire.Source | None) -> LineKind:
    if source is not None and source.object == "dispute":
        return LineKind.DISPUTE if transaction.amount < 0 else LineKind.DISPUTE_REVERSAL
    return _OF_ACCOUNT.get(transaction.type, LineKind.ADJUSTMENT)


def _of_payment(
    line_no: int, transaction: wire.BalanceTransaction, *, added: Money, fee: Money
) -> SettlementLine:
    """Read a charge or refund; one that is somebody else's on the same account has no reference."""
    kind, expected, sign = _OF_PAYMENTS[transaction.type]
    source = strict_json.convert(transaction.source, wire.Source)
    if source is None or source.object != expected:
        raise _Unreadable(f"its source is no expanded {expected}")
    gross = units.read(sign * source.amount, source.currency)
    if gross is None:
        raise _Unreadable("an amount that its currency cannot have")
    if transaction.currency == source.currency and added != gross:
        raise _Unreadable("it adds another amount than its source tells")
    return SettlementLine(
        line_no=line_no,
        kind=kind,
        reference=strict_json.word((source.metadata or {}).get(REFERENCE)),
        psp_ref=_psp_ref(kind, source),
        gross=gross,
        fee=fee,
        net=added - fee,
        settled_on=_day(transaction),
    )


def _day(transaction: wire.BalanceTransaction) -> date:
    return datetime.fromtimestamp(transaction.available_on, UTC).date()


def _psp_ref(kind: LineKind, source: wire.Source) -> str:
    """Name a charge by its PaymentIntent, as everywhere; one without is named itself."""
    intent = wire.id_of(source.payment_intent) if kind is LineKind.CHARGE else None
    return intent or source.id
