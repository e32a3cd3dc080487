"""Values of customers and their refusals."""

from typing import ClassVar

from ledgerline.base.errors import Rejected


class CustomerNotFound(Rejected):
    """There is no such customer."""

    code: ClassVar[str] = "customer_not_found"


class UnknownZone(Rejected):
    """The time zone is not in the IANA database."""

    code: ClassVar[str] = "unknown_zone"


class PersonalTextRefused(Rejected):
    """A name or address holds control or direction-override characters, or is too long."""

    code: ClassVar[str] = "personal_text_refused"


class TrialAlreadyUsed(Rejected):
    """The customer has had the one trial of this product family."""

    code: ClassVar[str] = "trial_already_used"
