"""Values of set-ups: a means to pay that is verified and kept without a charge."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ledgerline.base.ids import Bucket, SetupId
from ledgerline.base.moments import Dated
from ledgerline.base.money import Currency, Money
from ledgerline.payments.debits import MandateReading


class SetupState(StrEnum):
    """Where one set-up stands. Nothing is ever charged by it."""

    SENT = "sent"
    UNKNOWN = "unknown"
    REQUIRES_ACTION = "requires_action"
    SUCCEEDED = "succeeded"
    FAILED = "failed"  # the issuer or the payer refused
    NOT_EXECUTED = "not_executed"


class SetupEvent(StrEnum):
    """What we learn about a set-up; the words are those of an attempt."""

    SENT = "sent"  # again, under the same key
    ACTION_ASKED = "action_asked"
    ANSWER_LOST = "answer_lost"
    PENDING = "pending"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    PROVEN_ABSENT = "proven_absent"


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenMandate:
    """A mandate that its payer has just given: what its provider says of it, and since when."""

    reading: MandateReading
    given_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Saved:
    """What can be charged from now on, as the provider names it.

    ``brand`` and ``last4`` are what people know it by, None where the provider does not say; of a
    bank account as much of its end as the provider tells. What is debited by has a ``mandate``.
    """

    token: str
    brand: str | None = None
    last4: str | None = None
    mandate: GivenMandate | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SentSetup(Dated):
    """A set-up that is committed as ``sent``: the only thing a connector accepts to set up.

    ``psp_token`` is what the provider's fields gave, ``payment_data`` what they gave instead of a
    token, as JSON that only the provider can read; neither where the payer gives all of it on the
    provider's own page. ``currency`` is that of the customer's market. ``return_url`` is where the
    payer comes back to after an action; without it the provider may ask for none. With
    ``challenge`` the issuer is asked to authenticate the payer.
    """

    bucket: Bucket
    setup_id: SetupId
    psp_account: str
    currency: Currency
    psp_token: str | None = None
    payment_data: str | None = None
    request_digest: bytes | None = None
    psp_ref: str | None = None
    return_url: str | None = None
    challenge: bool = False

    @property
    def reference(self) -> str:
        """Our reference and idempotency key at the provider: the set-up id, hyphenated."""
        return str(self.setup_id)

    @property
    def amount(self) -> Money:
        """What is asked for: nothing."""
        return Money(0, self.currency)
