"""Whether a charge that came to nothing is tried at the next account while its payer waits."""

from datetime import timedelta
from typing import Final

from ledgerline.payments.model import DeclineCategory, Outcome, Reading
from ledgerline.payments.rules.advice import advised_by

CASCADE_MAX: Final = 2  # further attempts
CASCADE_BUDGET: Final = timedelta(seconds=25)  # for all of them, with the longest they may take

# The provider or the way to the issuer failed: nothing is said about the payer.
_OTHER_PROVIDER: Final = frozenset(
    {DeclineCategory.PROCESSOR_ERROR, DeclineCategory.ISSUER_UNAVAILABLE}
)


def may_cascade(reading: Reading, *, refused_before: bool) -> bool:
    """Say whether another account may be asked after this answer.

    Only after proof that nothing was executed, or a refusal which another provider may not meet: a
    plain one (``do_not_honor``) once, ``refused_before`` says that there was one. Never where the
    network or the provider advises more strictly, nor where it is not known what happened: an
    unknown may have taken the money.
    """
    if reading.outcome is Outcome.NOT_EXECUTED:
        return True
    if reading.outcome is not Outcome.DECLINED or not advised_by(reading).allows_machine:
        return False
    if reading.category is DeclineCategory.DO_NOT_HONOR:
        return not refused_before
    return reading.category in _OTHER_PROVIDER


def has_time(*, gone: timedelta, call_deadline: timedelta) -> bool:
    """Say whether a further call that takes all of its time still ends within the budget."""
    return gone + call_deadline <= CASCADE_BUDGET
