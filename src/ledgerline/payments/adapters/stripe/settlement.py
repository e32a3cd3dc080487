"""What was paid out: balance transactions as Stripe lists them, with the source of each expanded.

Source: Stripe API reference, "List all balance transactions" with ``expand[]=data.source``.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final

from ledgerline.payments.adapters import strict_json
from ledgerline.payments.adapters.stripe import units, wire
from ledgerline.payments.adapters.stripe.requests import REFERENCE
from ledgerline.payments.contract import SettlementLine
from ledgerline.payments.model import ChargeKind
from ledgerline.payments.refusals import SettlementFileMissing

# ``type`` of a balance transaction and the object behind it.
_KINDS: Final[Mapping[str, tuple[ChargeKind, str]]] = MappingProxyType(
    {
        "charge": (ChargeKind.CHARGE, "charge"),
        "payment": (ChargeKind.CHARGE, "charge"),
        "refund": (ChargeKind.REFUND, "refund"),
        "payment_refund": (ChargeKind.REFUND, "refund"),
    }
)


def lines(raw: bytes) -> Iterator[SettlementLine]:
    """Read the charges and refunds of ours; ``line_no`` counts every line from one.

    Payouts, fees and disputes are no lines of ours, and neither is what bears no reference.
    Raises ``SettlementFileMissing`` for what is no such list.
    """
    found = strict_json.decode(raw, wire.Found[wire.BalanceTransaction])
    if found is None:
        raise SettlementFileMissing("this is no list of balance transactions", size_bytes=len(raw))
    return _lines(found.data)


def _lines(transactions: tuple[wire.BalanceTransaction, ...]) -> Iterator[SettlementLine]:
    for number, transaction in enumerate(transactions, start=1):
        source = strict_json.convert(transaction.source, wire.Source)
        kind, expected = _KINDS.get(transaction.type, (None, None))
        if source is None or kind is None or source.object != expected:
            continue
        reference = strict_json.word((source.metadata or {}).get(REFERENCE))
        gross = units.read(transaction.amount, transaction.currency)
        fee = units.read(transaction.fee, transaction.currency)
        if reference is None or gross is None or fee is None:
            continue
        intent = wire.id_of(source.payment_intent) if kind is ChargeKind.CHARGE else None
        yield SettlementLine(
            line_no=number,
            kind=kind,
            reference=reference,
            psp_ref=intent or source.id,
            gross=gross,
            fee=fee,
            settled_on=datetime.fromtimestamp(transaction.available_on, UTC).date(),
        )
