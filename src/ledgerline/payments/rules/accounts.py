"""What may be begun at a merchant account, what keeps it, and what a trial call to it says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ledgerline.payments.debits import CHARGEABLE
from ledgerline.payments.model import (
    AccountStatus,
    DeclineCategory,
    EvidenceKind,
    Outcome,
    Reading,
)
from ledgerline.payments.refusals import (
    AccountsUnavailable,
    DebitTakesDays,
    MandateNotChargeable,
    NoPaymentRoute,
    PspAccountInUse,
    PspAccountNotFound,
)
from ledgerline.payments.rows.accounts import AccountUseRow
from ledgerline.payments.rows.instruments import InstrumentRow
from ledgerline.payments.rules.routing import Filtered
from ledgerline.payments.unasked import NO_LOOKUP

_OF_THE_PAYER: Final[Mapping[Filtered, DeclineCategory]] = {
    Filtered.PAYER_ONLY: DeclineCategory.REVOKED,
    Filtered.MANDATE_ENDED: DeclineCategory.REVOKED,
    Filtered.MANDATE_PAUSED: DeclineCategory.DO_NOT_HONOR,
}


class Answered(StrEnum):
    """What came of a trial call."""

    YES = "yes"
    NO = "no"
    NOT_ASKED = "not_asked"  # the provider offers no query, so nothing can be asked without money


@dataclass(frozen=True, slots=True)
class Trial:
    """What a trial call says of an account; ``code`` is the provider's or the wire's own word."""

    answered: Answered
    code: str


def require_active(code: str, status: str) -> None:
    """Refuse to begin anything at an account that takes no new charges."""
    if status != AccountStatus.ACTIVE:
        raise PspAccountNotFound("the merchant account is disabled", account=code)


def require_chargeable(instruments: Sequence[InstrumentRow]) -> None:
    """Refuse to begin anything with a method none of whose accounts takes new charges.

    Also where the mandates that it is charged by have ended, or are paused.
    """
    spoken = [one.mandate_state for one in instruments if one.mandate_state is not None]
    if spoken and not CHARGEABLE.intersection(spoken):
        raise MandateNotChargeable(f"the mandate is {spoken[0]}", mandate=spoken[0])
    statuses = {one.psp_account: one.account_status for one in instruments}
    if AccountStatus.ACTIVE not in statuses.values():
        for code, status in statuses.items():
            require_active(code, status)


def require_timely(instruments: Sequence[InstrumentRow]) -> None:
    """Refuse to let something wait for a payment that can only be a bank debit: it takes days."""
    if instruments and all(one.mandate_id is not None for one in instruments):
        raise DebitTakesDays(
            "this waits for its payment for a day, and a bank debit takes longer: change at the"
            " period's end, or charge another payment method"
        )


def require_chosen(refused: Mapping[str, Filtered]) -> None:
    """Refuse a charge that can go to no account, by what speaks against each of them."""
    if not refused:
        return
    reasons = set(refused.values())
    if Filtered.BREAKER_OPEN in reasons:
        raise AccountsUnavailable("no merchant account answers just now: try again later")
    for stopped in (Filtered.MANDATE_ENDED, Filtered.MANDATE_PAUSED):
        if stopped in reasons:
            state = stopped.value.removeprefix("mandate_")
            raise MandateNotChargeable(f"the mandate is {state}", mandate=state)
    if Filtered.NO_NOTICE in reasons:
        raise MandateNotChargeable(
            "nobody can say how long before a debit by this mandate its payer is told",
            mandate="no_notice",
        )
    if Filtered.EXCLUDED in reasons:
        raise NoPaymentRoute("the routing rules exclude every account of this payment method")
    raise PspAccountNotFound("the merchant account is disabled", account=next(iter(refused)))


def withheld(refused: Mapping[str, Filtered]) -> Reading:
    """Read a charge that was not sent, since it can go to no account: our own doing.

    Where a dispute says that no machine may charge it, or its mandate has ended, it is the payer's
    word, and is refused as such: nobody but the payer tries again. A paused mandate may be resumed.
    """
    reasons = set(refused.values())
    by_mandates = reasons <= set(_OF_THE_PAYER)  # else an account of ours is what is missing
    for reason, category in _OF_THE_PAYER.items():
        if reason in reasons and (by_mandates or reason is Filtered.PAYER_ONLY):
            return Reading(
                Outcome.DECLINED, EvidenceKind.WITHDRAWN, code=reason.value, category=category
            )
    code = "account_disabled"
    if Filtered.BREAKER_OPEN in reasons:
        code = "breaker_open"
    elif Filtered.NO_NOTICE in reasons:
        code = Filtered.NO_NOTICE.value
    elif Filtered.EXCLUDED in reasons:
        code = "no_route"
    return Reading(Outcome.NOT_EXECUTED, EvidenceKind.WITHDRAWN, code=code)


def require_unused(code: str, use: AccountUseRow) -> None:
    """Refuse to remove an account that anything rests on; says how much."""
    counted = ", ".join(
        f"{count:,} {name.replace('_', ' ')}" for name, count in use._asdict().items() if count
    )
    if counted:
        raise PspAccountInUse(f"{code} is needed for {counted}", **use._asdict())


def judge(reading: Reading) -> Trial:
    """Judge the answer to a query for a charge that never was: absent is what must come back."""
    if reading.outcome is Outcome.ABSENT:
        return Trial(Answered.YES, Outcome.ABSENT)
    if reading.code == NO_LOOKUP:
        return Trial(Answered.NOT_ASKED, NO_LOOKUP)
    return Trial(Answered.NO, reading.code or reading.outcome)
