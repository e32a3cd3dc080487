"""Whether a person may send a mail again, and in which words it is refused."""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Final

from ledgerline.base.saying import noted
from ledgerline.mail.model import MailKind, MailState, SkipReason
from ledgerline.mail.rules.deciding import FORETOLD
from ledgerline.mail.rules.occasions import Told

ON_ITS_WAY: Final = frozenset({MailState.WAITING, MailState.SENDING})
UNDER_WAY: Final = noted("it is still on its way")
HAS_COME: Final = noted("it tells of a day that was to come, and the day has come")
REFUSED: Final[Mapping[SkipReason, str]] = MappingProxyType(
    {
        SkipReason.NO_ADDRESS: noted("its customer has no e-mail address"),
        SkipReason.ERASED: noted("its customer was erased"),
        SkipReason.BLOCKED: noted(
            "a server refused the address for good; once it is right: `ledgerline mail unblock`"
        ),
        SkipReason.OVERTAKEN: noted("what it tells is not so any more"),
        SkipReason.PAYER_PRESENT: noted("whoever it would tell saw it on the page of the payment"),
        SkipReason.NOTHING_OWED: noted("its invoice has no number and is owed by nobody"),
        SkipReason.RECEIPT_FOLLOWS: noted("its invoice comes with the receipt"),
    }
)
"""Why a mail is not sent again: what would have it skipped refuses it before it is written."""


def is_over(kind: MailKind, told: Told, *, today: date) -> bool:
    """Say whether the day that a mail tells of beforehand has come; ``today`` is the business's."""
    return kind in FORETOLD and date.fromisoformat(str(told["renews_on"])) <= today
