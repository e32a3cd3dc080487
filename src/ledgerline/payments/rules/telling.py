"""What a webhook told, kept as JSON beside it until it is applied."""

from typing import Final

import msgspec
from msgspec import Struct

from ledgerline.base.money import Currency, Money
from ledgerline.payments.debits import MandateTold
from ledgerline.payments.disputes import DisputeReading
from ledgerline.payments.model import (
    Advice,
    ChargeKind,
    DeclineCategory,
    EvidenceKind,
    Outcome,
    Reading,
)

AMOUNT_MISMATCH: Final = "amount_mismatch"
"""The code of a reading whose amount is another than was asked for, at every provider."""


class _Told(Struct, frozen=True, kw_only=True, omit_defaults=True):
    outcome: Outcome
    kind: ChargeKind | None = None
    psp_ref: str | None = None
    amount: int | None = None
    currency: str | None = None
    code: str | None = None
    category: DeclineCategory | None = None
    network_advice: str | None = None
    provider_advice: Advice | None = None
    network_id: str | None = None


def told(kind: ChargeKind | None, reading: Reading) -> str:
    """Write down what the signed content of a webhook means; nothing of the card is kept.

    ``kind`` is what the reading is of, as far as the webhook says so.
    """
    amount = reading.amount
    return msgspec.json.encode(
        _Told(
            outcome=reading.outcome,
            kind=kind,
            psp_ref=reading.psp_ref,
            amount=None if amount is None else amount.minor,
            currency=None if amount is None else amount.currency,
            code=reading.code,
            category=reading.category,
            network_advice=reading.network_advice,
            provider_advice=reading.provider_advice,
            network_id=reading.network_id,
        )
    ).decode()


def is_of(text: str, kind: ChargeKind) -> bool:
    """Say whether what was written may be of a subject of this kind, whatever reference it names.

    A refund that somebody made at the provider may come under the reference of its charge, and says
    nothing of what became of that.
    """
    return msgspec.json.decode(text, type=_Told).kind in {None, kind}


def retold(text: str, *, asked: Money) -> Reading:
    """Read what was written; it proves something only of the very amount that was asked for.

    A success without an amount, or of another one, is unknown (rule T8): an amount that nobody
    signed is no fact. That nothing was executed is told by webhook only of what was ended at the
    provider.
    """
    found = msgspec.json.decode(text, type=_Told)
    amount = (
        None
        if found.amount is None or found.currency is None
        else Money(found.amount, Currency(found.currency))
    )
    matches = amount == asked or (amount is None and found.outcome is not Outcome.SUCCEEDED)
    is_void = found.outcome is Outcome.NOT_EXECUTED
    return Reading(
        outcome=found.outcome if matches else Outcome.UNKNOWN,
        kind=EvidenceKind.VOID_CONFIRMED if is_void else EvidenceKind.WEBHOOK,
        psp_ref=found.psp_ref,
        amount=amount,
        code=found.code if matches else AMOUNT_MISMATCH if amount else "amount_unsigned",
        category=found.category,
        network_advice=found.network_advice,
        provider_advice=found.provider_advice,
        network_id=found.network_id,
    )


def is_answer(found: Reading, told: Reading | None, *, has_ended: bool) -> bool:
    """Say whether a look answers what a webhook hinted at; else it has to be looked at again.

    Of what has ended nobody looks by themselves any more, so only proof answers, or a hint that
    says what is known; of what is live a provider may say that it holds it.
    """
    if found.outcome in {Outcome.SUCCEEDED, Outcome.DECLINED, Outcome.NOT_EXECUTED}:
        return True
    is_held = found.outcome in {Outcome.PENDING, Outcome.REQUIRES_ACTION}
    hints_little = told is not None and told.outcome is Outcome.PENDING
    return is_held and (hints_little or not has_ended)


def is_other_amount(reading: Reading, *, asked: Money) -> bool:
    """Say whether a provider means another amount than was asked for, be it by one minor unit.

    A refusal may be of any amount: nothing moved.
    """
    differs = reading.amount is not None and reading.amount != asked
    refused = {Outcome.DECLINED, Outcome.NOT_EXECUTED, Outcome.ABSENT}
    return reading.outcome not in refused and (differs or reading.code == AMOUNT_MISMATCH)


def dispute_told(reading: DisputeReading) -> str:
    """Write down what a webhook tells of a dispute."""
    return msgspec.json.encode(reading).decode()


def dispute_retold(text: str) -> DisputeReading:
    """Read what was written of a dispute."""
    return msgspec.json.decode(text, type=DisputeReading)


def mandate_told(told: MandateTold) -> str:
    """Write down what a webhook tells of a mandate."""
    return msgspec.json.encode(told).decode()


def mandate_retold(text: str) -> MandateTold:
    """Read what was written of a mandate."""
    return msgspec.json.decode(text, type=MandateTold)
