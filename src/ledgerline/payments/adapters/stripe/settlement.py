"""What was paid out: balance transactions as Stripe lists them, with the source of each expanded.

A file is one page of the list. Only what was charged and what was refunded is yielded; fees of the
account, disputes, refunds that came back and payouts are other lines of the same list.

Source: Stripe API reference, "List all balance transactions" with ``expand[]=data.source``.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final

from ledgerline.payments.adapters import strict_json
from ledgerline.payments.adapters.stripe import units, wire
from ledgerline.payments.adapters.stripe.requests import REFERENCE
from ledgerline.payments.contract import SettlementLine
from ledgerline.payments.model import ChargeKind
from ledgerline.payments.refusals import SettlementFileRefused

# ``type`` of a balance transaction, the object behind it and the sign of what it adds.
_KINDS: Final[Mapping[str, tuple[ChargeKind, str, int]]] = MappingProxyType(
    {
        "charge": (ChargeKind.CHARGE, "charge", 1),
        "payment": (ChargeKind.CHARGE, "charge", 1),
        "refund": (ChargeKind.REFUND, "refund", -1),
        "payment_refund": (ChargeKind.REFUND, "refund", -1),
    }
)
_PROBLEMS_MAX: Final = 100


class _Unreadable(Exception):
    """A line is not as documented."""


def read(raw: bytes) -> Sequence[SettlementLine]:
    """Read the charges and refunds that bear a reference; ``line_no`` counts all lines from one.

    ``gross`` is what was charged or, negative, given back, in its own currency; ``fee`` what Stripe
    kept of it, in the currency of the balance. Raises ``SettlementFileRefused`` with every line
    that cannot be read.
    """
    found = strict_json.decode_signed(raw, wire.Found[Any])
    if found is None:
        raise SettlementFileRefused(
            "this is no list of balance transactions", problems=["no JSON of a list"]
        )
    lines: list[SettlementLine] = []
    problems: list[str] = []
    for number, plain in enumerate(found.data, start=1):
        try:
            line = _line(number, plain)
        except _Unreadable as problem:
            problems.append(f"line {number}: {problem}")
            continue
        if line is not None:
            lines.append(line)
    if problems:
        raise SettlementFileRefused(
            f"{len(problems)} lines cannot be read", problems=problems[:_PROBLEMS_MAX]
        )
    return lines


def _line(number: int, plain: object) -> SettlementLine | None:
    transaction = strict_json.convert(plain, wire.BalanceTransaction)
    if transaction is None:
        raise _Unreadable("no balance transaction")
    if transaction.type not in _KINDS:
        return None
    kind, expected, sign = _KINDS[transaction.type]
    source = strict_json.convert(transaction.source, wire.Source)
    if source is None or source.object != expected:
        raise _Unreadable(f"its source is no expanded {expected}")
    reference = strict_json.word((source.metadata or {}).get(REFERENCE))
    if reference is None:  # a charge of somebody else's on the same account
        return None
    gross = units.read(sign * source.amount, source.currency)
    fee = units.read(transaction.fee, transaction.currency)
    if gross is None or fee is None:
        raise _Unreadable("an amount that its currency cannot have")
    if transaction.currency == source.currency and transaction.amount != sign * source.amount:
        raise _Unreadable("it adds another amount than its source tells")
    return SettlementLine(
        line_no=number,
        kind=kind,
        reference=reference,
        psp_ref=_psp_ref(kind, source),
        gross=gross,
        fee=fee,
        settled_on=datetime.fromtimestamp(transaction.available_on, UTC).date(),
    )


def _psp_ref(kind: ChargeKind, source: wire.Source) -> str:
    """Name a charge by its PaymentIntent, as everywhere; one without is named itself."""
    intent = wire.id_of(source.payment_intent) if kind is ChargeKind.CHARGE else None
    return intent or source.id
