"""What may be begun at a merchant account, what keeps it, and what a trial call to it says."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ledgerline.payments.model import NO_LOOKUP, AccountStatus, EvidenceKind, Outcome, Reading
from ledgerline.payments.refusals import PspAccountInUse, PspAccountNotFound
from ledgerline.payments.rows.accounts import AccountUseRow

DISABLED: Final = Reading(Outcome.NOT_EXECUTED, EvidenceKind.WITHDRAWN, code="account_disabled")
"""What is read of a charge that was not sent, since its account is disabled: our own doing."""


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
