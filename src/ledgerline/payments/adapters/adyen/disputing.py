"""Disputes of Adyen: every step is an event of its own, all under the reference of the dispute.

What happened, to which payment and with which amount is signed. When an answer is due, why it is
disputed and when it happened is not: it orders events, alerts people, and keeps a machine from
charging; it moves no money.

Source: Adyen docs, "Dispute webhooks".
"""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final

from ledgerline.payments.adapters import strict_json
from ledgerline.payments.adapters.adyen import wire
from ledgerline.payments.adapters.adyen.amounts import money_of
from ledgerline.payments.adapters.dispute_reasons import reason_of
from ledgerline.payments.disputes import DisputeEvent, DisputeKind, DisputeReading, DisputeStage

_E: Final = DisputeEvent
_S: Final = DisputeStage
# A notification of a chargeback comes before the amount is taken, and may be answered already.
EVENTS: Final[Mapping[str, tuple[DisputeEvent, DisputeStage]]] = MappingProxyType(
    {
        "REQUEST_FOR_INFORMATION": (_E.WARNED, _S.INQUIRY),
        "NOTIFICATION_OF_CHARGEBACK": (_E.WARNED, _S.FORMAL),
        "CHARGEBACK": (_E.OPENED, _S.FORMAL),
        "CHARGEBACK_REVERSED": (_E.WON, _S.FORMAL),
        "SECOND_CHARGEBACK": (_E.LOST, _S.FORMAL),
        "ISSUER_RESPONSE_TIMEFRAME_EXPIRED": (_E.WON, _S.FORMAL),
        "DISPUTE_DEFENSE_PERIOD_ENDED": (_E.EXPIRED, _S.FORMAL),
        "PREARBITRATION_OPEN": (_E.WARNED, _S.PRE_ARBITRATION),
        "PREARBITRATION_WON": (_E.WON, _S.PRE_ARBITRATION),
        "PREARBITRATION_LOST": (_E.LOST, _S.PRE_ARBITRATION),
        "PREARBITRATION_ACCEPTED": (_E.LOST, _S.PRE_ARBITRATION),
        "PREARBITRATION_ISSUER_WITHDRAWN": (_E.WON, _S.PRE_ARBITRATION),
        "SCHEME_ARBITRATION_WON": (_E.WON, _S.ARBITRATION),
        "SCHEME_ARBITRATION_LOST": (_E.LOST, _S.ARBITRATION),
    }
)


def read(item: wire.Item, *, psp_ref: str) -> DisputeReading | None:
    """Read what an item that was signed for us tells of a dispute; None for any other event."""
    found = EVENTS.get(item.event_code)
    amount = money_of(item.amount.value, item.amount.currency)
    if found is None or amount is None or amount.minor <= 0:
        return None
    event, stage = found
    more = item.additional_data
    code = strict_json.word(more.chargeback_reason_code)
    return DisputeReading(
        event=event,
        kind=_kind(strict_json.word(item.payment_method)),
        stage=stage,
        psp_ref=psp_ref,
        charge_ref=strict_json.word(item.original_reference),
        amount=amount,
        reason=reason_of(code),
        reason_code=code,
        due_by=_instant(more.defense_period_ends_at),
        occurred_at=_instant(item.event_date),
    )


def _kind(method: str | None) -> DisputeKind:
    """Tell the debits of banks from cards; their payers take back without a dispute."""
    debits = {"sepadirectdebit", "directdebit_GB", "ach"}
    return DisputeKind.BANK_RETURN if method in debits else DisputeKind.CARD


def _instant(plain: object) -> datetime | None:
    """Read an instant with its offset; anything else is none."""
    try:
        found = datetime.fromisoformat(plain) if isinstance(plain, str) else None
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None
